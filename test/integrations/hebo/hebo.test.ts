import { testBetter, testGoingOn, testMissing } from '../engines.ts'

// Once its model takes over, a suggestion takes seconds.
const brief = { options: { rand_sample: 4 } }
testGoingOn('hebo', brief, 6)
testBetter('hebo', brief, 10)
testMissing('hebo', /-m pip install HEBO==0\.3\.6/)
