import { Registry } from '../base/registry.ts'
import { asha } from './asha.ts'
import { autoScheduler } from './auto.ts'
import { fifo } from './fifo.ts'
import { hyperband } from './hyperband.ts'
import { medianStopping } from './median-stopping.ts'
import { pairedTest } from './paired-test.ts'
import { patience } from './patience.ts'
import type { PatienceOptions } from './patience.ts'
import { pb2 } from './pb2.ts'
import { pbtReplay } from './pbt-replay.ts'
import { pbt } from './pbt.ts'
import { resourceChanging } from './resource-changing.ts'
import type { ResourceChangingOptions } from './resource-changing.ts'
import type { SchedulerFactory } from './scheduler.ts'

export const schedulers: Registry<SchedulerFactory> = new Registry('scheduler', {
  fifo,
  asha,
  median: medianStopping,
  auto: autoScheduler,
  paired: pairedTest,
  patience: (options: PatienceOptions) => patience({ ...options, ...(options.of && { of: whole(options.of) }) }),
  hyperband,
  pbt,
  pb2,
  pbtReplay,
  resourceChanging: (options: ResourceChangingOptions) =>
    resourceChanging({ ...options, ...(options.of && { of: whole(options.of) }) }),
})

/** What a record names, or a user: one scheduler may be around another. */
function whole(of: SchedulerFactory): SchedulerFactory {
  if (typeof of === 'string') return schedulers.resolve(of)
  return 'create' in of ? of : (schedulers.from(of) ?? schedulers.resolve((of as SchedulerFactory).name))
}
