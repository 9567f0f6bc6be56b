import { wholeFrom, wrongOption } from '../base/check.ts'
import type { Random } from '../base/random.ts'
import { isExternal } from './external.ts'
import type { ExternalTrainable } from './external.ts'

/** What a trial may report: numbers by name; booleans count as 0 and 1. */
export type ReportedMetrics = Readonly<Record<string, number | boolean>>

/** A report must have the declared metrics `M` and may have more. */
export type MetricsWith<M extends string> = Readonly<Record<M, number | boolean>> & ReportedMetrics

export interface ReportOptions {
  /** The resource that was used so far, such as epochs: grows from report to report. Default: the number of reports. */
  readonly step?: number
  /**
   * A directory whose files are kept as the trial's checkpoint at this step: copied before `report` returns, after which
   * the directory is yours again. A later attempt of the trial goes on from its newest checkpoint.
   */
  readonly checkpoint?: string
}

/** A checkpoint that an attempt goes on from. */
export interface TrialCheckpoint {
  readonly id: string
  /** The step at which it was reported; the report count goes on from here. */
  readonly step: number
  /** The directory that holds its files. They are not to be changed. */
  directory(): string
}

/** What a trainable is handed. `C` is the configuration's type, `R` what a report must hold. */
export interface TrialContext<C, R extends ReportedMetrics = ReportedMetrics> {
  readonly config: C
  /**
   * Reports metrics; returns once they are in the log. Rejects with `TrialStopped` when the trial is to end, as does each
   * later call: let it through, it is the trial's clean end.
   */
  readonly report: (metrics: R, options?: ReportOptions) => Promise<void>
  /** Aborted when the trial is to end, for libraries that take a signal. */
  readonly signal: AbortSignal
  /** Where to go on from, after a failure or a resume; undefined for a start from nothing. */
  readonly checkpoint: TrialCheckpoint | undefined
  /** True while the engine asks for a checkpoint with the next report, as the trial is to end after it and go on later. */
  readonly checkpointWanted: boolean
  /** The trial's number, from 0. */
  readonly trial: number
  /** 1 for the first start of the trial, more after failures and resumes. */
  readonly attempt: number
  /** Slots that this attempt has, each with what a trial is given: 1, or more where the scheduler is `resourceChanging`. */
  readonly slots: number
  /** A random stream of this trial's own: the same numbers whenever this attempt runs. */
  readonly random: Random
}

/** A function that trains one configuration. What it returns is its last report. */
export type TrainableFunction<C, R extends ReportedMetrics = ReportedMetrics> = (
  context: TrialContext<C, R>,
) => number | R | undefined | void | Promise<number | R | undefined | void>

/** A trainable as a class: one instance an attempt unless it has `reset`, one report a step. */
export interface TrainableInstance<C, R extends ReportedMetrics = ReportedMetrics> {
  setup?(config: C, context: Omit<TrialContext<C, R>, 'report'>): void | Promise<void>
  /** Trains for one step and answers its metrics, or undefined when training is complete. */
  step(): R | undefined | Promise<R | undefined>
  /** Writes all that `load` needs to go on from here into an empty directory. A class that has the one has the other. */
  save?(directory: string): void | Promise<void>
  /**
   * Makes the instance ready for another attempt, of this or another trial, in place of a new instance and its `setup`; answers
   * whether it is. Default: each attempt has a new instance.
   */
  reset?(config: C, context: Omit<TrialContext<C, R>, 'report'>): boolean | Promise<boolean>
  /** Called after `setup` where there is a checkpoint to go on from. */
  load?(directory: string): void | Promise<void>
  /** Steps from one checkpoint to the next. Default: 1. */
  readonly checkpointEvery?: number
  /** Always called last: after an attempt, or where an instance was kept for others when no other comes. */
  cleanup?(): void | Promise<void>
}

export type TrainableClass<C, R extends ReportedMetrics = ReportedMetrics> = new () => TrainableInstance<C, R>

/**
 * A training described by functions instead of code that trains: what a report at a step would say and how long the step
 * would take. It runs on virtual time only.
 */
export interface Curves<C, R extends ReportedMetrics = ReportedMetrics> {
  /** Number of steps (reports) of a complete training. */
  readonly steps: number | ((config: C) => number)
  /** The metrics reported at a step (1 … steps); `random` is a stream of this trial, attempt and step. */
  readonly metrics: (config: C, step: number, random: Random) => R
  /** Virtual seconds that a step takes, more than 0. Default: 1. */
  readonly seconds?: (config: C, step: number, random: Random) => number
  /** What the report of a step gives as its `step`, such as every tenth epoch: grows with it. Default: the same number. */
  readonly resource?: (config: C, step: number) => number
}

export type Trainable<C, R extends ReportedMetrics = ReportedMetrics> =
  | TrainableFunction<C, R>
  | TrainableClass<C, R>
  | Curves<C, R>
  | ExternalTrainable

/** The engine does not know the static types of a trainable. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnyTrainable = Trainable<any, any>

/** Throws `invalid_option` where it is nothing that can be trained. */
export function checkTrainable(trainable: AnyTrainable): void {
  if (isTrainableClass(trainable)) return checkSaving(trainable)
  if (typeof trainable === 'function' || isExternal(trainable)) return
  if (typeof trainable !== 'object' || trainable === null) {
    throw wrongOption('trainable', 'a function, a class, module(), python(), command() or curves', trainable)
  }
  const { steps, metrics, seconds, resource } = trainable
  if (typeof steps !== 'function') wholeFrom('steps of the trainable', steps, 1)
  if (typeof metrics !== 'function') throw wrongOption('metrics of the trainable', 'a function', metrics)
  if (seconds !== undefined && typeof seconds !== 'function') {
    throw wrongOption('seconds of the trainable', 'a function', seconds)
  }
  if (resource !== undefined && typeof resource !== 'function') {
    throw wrongOption('resource of the trainable', 'a function', resource)
  }
}

function checkSaving({ prototype }: TrainableClass<unknown>): void {
  const [saves, loads] = ['save' in prototype, 'load' in prototype]
  if (saves === loads) return
  const received = `a class with ${saves ? 'save' : 'load'}() alone`
  throw wrongOption('trainable', 'a class with both save() and load(), or neither', received)
}

export function isCurves(trainable: AnyTrainable): trainable is Curves<unknown> {
  return typeof trainable === 'object' && !isExternal(trainable)
}

export function isTrainableClass(trainable: AnyTrainable): trainable is TrainableClass<unknown> {
  return (
    typeof trainable === 'function' &&
    typeof (trainable.prototype as { step?: unknown } | undefined)?.step === 'function'
  )
}
