import { testBetter, testGoingOn, testMissing, testPromises } from '../engines.ts'

const brief = { options: { n_startup_jobs: 8 } }
testGoingOn('hyperopt', brief)
testPromises('hyperopt', brief)
testBetter('hyperopt', brief, 70)
testMissing('hyperopt', /-m pip install hyperopt==0\.3\.0/)
