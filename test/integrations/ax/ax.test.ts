import { testBetter, testGoingOn, testMissing } from '../engines.ts'

const brief = { options: { initialization_budget: 4 } }
testGoingOn('ax', brief, 8)
testBetter('ax', brief, 16)
testMissing('ax', /-m pip install ax-platform==1\.3\.1/)
