import { testSearcher } from '../testing/searcher.ts'
import { auto } from './auto.ts'
import { bohb } from './bohb.ts'
import { cmaes } from './cmaes.ts'
import { gp } from './gp.ts'
import { gridSearch } from './grid.ts'
import { mfes } from './mfes.ts'
import { nsga2 } from './nsga2.ts'
import { random } from './random.ts'
import { sobol } from './sobol.ts'
import { tpe } from './tpe.ts'

testSearcher('random', random)
testSearcher('sobol', sobol)
testSearcher('tpe', tpe)
testSearcher('bohb', bohb, { spaces: 300 })
testSearcher('mfes', mfes, { slow: true, spaces: 300 })
testSearcher('gp', gp, { slow: true })
// Its draws are independent: they are as far apart as its distribution is wide.
testSearcher('cmaes', cmaes, { apart: 0.01 })
// Children are near their parents.
testSearcher('nsga2', nsga2, { apart: 0.01 })
testSearcher('auto', auto, { slow: true })
testSearcher('grid', gridSearch, { endsBySelf: true })
