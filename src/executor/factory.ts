import type { AnyTrainable } from '../trainable/trainable.ts'
import type { Executor } from './executor.ts'

/** Where trials run: what a user passes as `executor`. */
export interface ExecutorFactory {
  readonly name: string
  /** Throws `unsupported` where it can't run such a trainable. */
  create(job: Job): Executor
}

export interface Job {
  readonly trainable: AnyTrainable
  /** A returned number is a report of this metric. */
  readonly metric: string
  /** Trials at the same time, where the user said so. */
  readonly concurrency: number | undefined
  readonly graceMs: number
}
