import type { Scheduler } from '../schedule/scheduler.ts'
import type { Searcher } from '../search/searcher.ts'
import type { Stopper } from '../stop/stopper.ts'

/** The algorithms of an experiment; each is a function of the events it observed. */
export interface Algorithms {
  readonly searcher: Searcher
  readonly scheduler: Scheduler
  readonly stoppers: readonly Stopper[]
  /** Metrics that a stopper reads: a training that completes without any report of one was set up wrongly. */
  readonly awaitedMetrics: readonly { readonly by: string; readonly metric: string }[]
}
