import { testBetter, testConformance, testGoingOn, testMissing } from '../engines.ts'
import { testSpaces } from '../spaces.ts'

const brief = { options: { initialization_budget: 4 } }
testGoingOn('ax', brief, 8)
// Most of it is over before the model takes over, which takes a second for each suggestion.
testConformance('ax', { options: { initialization_budget: 7 } }, { runs: 1, happenings: 6 })
testBetter('ax', brief, 16)
testSpaces('ax')
testMissing('ax', /-m pip install ax-platform==1\.3\.1/)
