import { testBetter, testGoingOn, testMissing, testConformance } from '../engines.ts'
import { testSpaces } from '../spaces.ts'

const brief = { options: { n_startup_jobs: 8 } }
testGoingOn('hyperopt', brief)
testConformance('hyperopt', { options: { n_startup_jobs: 4 } }, { runs: 1, happenings: 20 }, 5)
testBetter('hyperopt', brief, 70, 3)
testSpaces('hyperopt')
testMissing('hyperopt', /-m pip install hyperopt==0\.3\.0/)
