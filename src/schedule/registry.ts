import { Registry } from '../base/registry.ts'
import { asha } from './asha.ts'
import { fifo } from './fifo.ts'
import { hyperband } from './hyperband.ts'
import { medianStopping } from './median-stopping.ts'
import { pb2 } from './pb2.ts'
import { pbtReplay } from './pbt-replay.ts'
import { pbt } from './pbt.ts'
import type { SchedulerFactory } from './scheduler.ts'

export const schedulers: Registry<SchedulerFactory> = new Registry('scheduler', {
  fifo,
  asha,
  median: medianStopping,
  hyperband,
  pbt,
  pb2,
  pbtReplay,
})
