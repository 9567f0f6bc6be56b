import { testScheduler } from '../testing/scheduler.ts'
import { asha } from './asha.ts'
import { fifo } from './fifo.ts'
import { medianStopping } from './median-stopping.ts'

testScheduler('fifo', fifo)
testScheduler('asha', () => asha({ maxT: 9 }))
testScheduler('asha, promotion', () => asha({ maxT: 9, eta: 2, type: 'promotion' }))
testScheduler('asha, three brackets', () => asha({ maxT: 9, eta: 2, brackets: 3 }))
testScheduler('asha without an end, halving', () => asha({ eta: 2 }))
testScheduler('median', () => medianStopping({ minTrials: 3 }))
