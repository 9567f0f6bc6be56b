import { testBetter, testConformance, testGoingOn, testMissing } from '../engines.ts'
import { testSpaces } from '../spaces.ts'

const brief = { n_trees: 3, challengers: 100, local_search_iterations: 1 }
const forest = { options: { ...brief, n_configs: 4 } }
testGoingOn('smac', forest, 10)
testGoingOn('smac', { sampler: 'BlackBoxFacade', options: { n_configs: 4, challengers: 100 } }, 7)
testConformance('smac', { options: { ...brief, n_configs: 6 } }, { runs: 1, happenings: 8 })
testBetter('smac', forest, 24)
testSpaces('smac')
testMissing('smac', /-m pip install smac==2\.4\.0 scikit-learn==1\.8\.0/)
