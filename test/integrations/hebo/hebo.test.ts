import { testBetter, testConformance, testGoingOn, testMissing } from '../engines.ts'
import { testSpaces } from '../spaces.ts'

const brief = { options: { rand_sample: 4 } }
testGoingOn('hebo', brief, 6)
// Most of it is over before the model takes over, which takes three seconds for each suggestion.
testConformance('hebo', { options: { rand_sample: 10 } }, { runs: 1, happenings: 8 }, 1)
testBetter('hebo', brief, 14)
testSpaces('hebo')
testMissing('hebo', /-m pip install HEBO==0\.3\.6/)
