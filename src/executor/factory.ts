import type { Checkpoints } from '../checkpoint/checkpoints.ts'
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
  /** The metrics of all objectives and outcome constraints. */
  readonly metrics: readonly string[]
  /** Trials at the same time, where the user said so. */
  readonly concurrency: number | undefined
  readonly graceMs: number
  /** Paths of the space's parameters. */
  readonly parameters: readonly string[]
  /** What each trial is to have; empty for what runs in the engine's own process. */
  readonly resources: ResourceOptions
  /** Longest time of one attempt, and between two of its reports; Infinity where there is none. Milliseconds. */
  readonly timeoutMs: number
  readonly heartbeatMs: number
  /** The experiment's own folder, absolute. It need not exist yet. */
  readonly folder: string
  /** Where trials' checkpoints lie: the folder `checkpoints` in `folder`. */
  readonly checkpoints: Checkpoints
}

/** What a trial needs, as users write it. */
export interface ResourceOptions {
  /** CPUs, perhaps a fraction. Default: 1. */
  readonly cpus?: number
  /** Bytes. Default: not accounted. */
  readonly memory?: number
  /** GPUs: a whole number, or a fraction of one. Default: 0. */
  readonly gpus?: number
}
