import { testScheduler } from '../testing/scheduler.ts'
import { asha } from './asha.ts'
import { fifo } from './fifo.ts'
import { medianStopping } from './median-stopping.ts'

testScheduler('fifo', fifo)
testScheduler('asha', () => asha({ maxT: 9 }))
testScheduler('asha without an end, halving', () => asha({ eta: 2 }))
testScheduler('median', () => medianStopping({ minTrials: 3 }))
