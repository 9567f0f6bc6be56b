import { testSearcher } from '../testing/searcher.ts'
import { auto } from './auto.ts'
import { cmaes } from './cmaes.ts'
import { gp } from './gp.ts'
import { gridSearch } from './grid.ts'
import { random } from './random.ts'
import { sobol } from './sobol.ts'
import { tpe } from './tpe.ts'

testSearcher('random', random)
testSearcher('sobol', sobol)
testSearcher('tpe', tpe)
testSearcher('gp', gp, { spaces: 40 })
testSearcher('cmaes', cmaes)
testSearcher('auto', auto, { spaces: 200 })
testSearcher('grid', gridSearch, { endsBySelf: true })
