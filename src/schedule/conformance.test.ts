import { testScheduler } from '../testing/scheduler.ts'
import { asha } from './asha.ts'
import { autoScheduler } from './auto.ts'
import { fifo } from './fifo.ts'
import { hyperband } from './hyperband.ts'
import { medianStopping } from './median-stopping.ts'
import { pairedTest } from './paired-test.ts'
import { patience } from './patience.ts'
import { pb2 } from './pb2.ts'
import { pbt } from './pbt.ts'
import { resourceChanging } from './resource-changing.ts'

testScheduler('fifo', fifo)
testScheduler('asha', () => asha({ maxT: 9 }))
testScheduler('asha, promotion', () => asha({ maxT: 9, eta: 2, type: 'promotion' }))
testScheduler('asha, revival', () => asha({ maxT: 9, eta: 2, type: 'revival' }))
testScheduler('asha, three brackets', () => asha({ maxT: 9, eta: 2, brackets: 3 }))
testScheduler('asha without an end, halving', () => asha({ eta: 2 }))
testScheduler('median', () => medianStopping({ minTrials: 3 }))
testScheduler('pbt', () => pbt({ interval: 2 }))
testScheduler('pbt, synchronous', () => pbt({ interval: 2, synch: true, burnIn: 3, quantile: 0.4 }))
testScheduler('pbt, of four at a time', () => pbt({ interval: 1, population: 4, resample: 1, mutate: ['lr', 'kind'] }))
testScheduler('hyperband', () => hyperband({ maxT: 8, eta: 2 }))
testScheduler('hyperband, the fewest first, by time', () =>
  hyperband({ maxT: 9, first: 'fewest', resource: 'time', graceT: 0.1 }),
)
testScheduler('hyperband, asynchronous', () => hyperband({ maxT: 9, type: 'asynchronous' }))
testScheduler('pb2', () => pb2({ interval: 2 }), { seeds: 3 })
testScheduler('pb2, synchronous', () => pb2({ interval: 2, synch: true }), { seeds: 3 })
testScheduler('median, soft, among all', () => medianStopping({ minTrials: 3, among: 'all', hardStop: false }))
testScheduler('asha by time', () => asha({ maxT: 40, resource: 'time' }))
testScheduler('patience', () => patience({ patience: 2, minDelta: 0.1 }))
testScheduler('patience around asha', () => patience({ patience: 1, of: asha({ maxT: 9, eta: 2 }) }))
testScheduler('resources in equal shares', () => resourceChanging())
testScheduler('resources to the best, around asha', () =>
  resourceChanging({ of: asha({ maxT: 9, eta: 2, type: 'promotion' }), to: 'best', by: 2, times: 1, reserve: 1 }),
)
testScheduler('resources around a population', () => resourceChanging({ of: pbt({ interval: 2 }) }))
testScheduler('paired', () => pairedTest({ level: 0.3 }))
testScheduler('auto', () => autoScheduler({ maxT: 9 }))
testScheduler('auto, of unknown length', autoScheduler)
