import type { LogValue } from '../space/encoded.ts'
import type { TrialState } from './event.ts'

/**
 * A read-only view on all trials and their judged reports, kept in columns: no object a report, no copies. Trials are
 * numbered from 0 in the order of their suggestion; reports from 0 in the order of their arrival.
 */
export interface History {
  /** Trials suggested so far; the next one has this number. */
  readonly trials: number
  /** Judged reports so far. */
  readonly reports: number
  readonly dimensions: number
  readonly objectives: number
  /** Number of constraints on reported metrics. */
  readonly outcomeConstraints: number

  state(trial: number): TrialState
  /** Attempts started so far. */
  attempt(trial: number): number
  /** The encoded configuration's entry of one dimension: in [0, 1], NaN where inactive. */
  u(trial: number, dimension: number): number
  /** Copies the encoded configuration into `out` from `offset` on. */
  point(trial: number, out: Float64Array, offset?: number): void
  /** The configuration as the log has it: one value a dimension, null where inactive. */
  values(trial: number): LogValue[]
  /** The trial's score so far, so that smaller is better: Infinity where it is not finite, NaN where there is none yet. */
  loss(trial: number, objective?: number): number
  /** The trial's score as reported (not negated for `max`). */
  score(trial: number, objective?: number): number
  /** How far the trial's score is off a constraint, in the metric's unit: at most 0 where it is met, NaN where unknown. */
  violation(trial: number, constraint: number): number
  /** Experiment time in milliseconds; NaN where it has not happened. */
  started(trial: number): number
  ended(trial: number): number

  /** The trial's newest judged report, −1 where there is none. */
  lastReport(trial: number): number
  /** The same trial's report before this one, −1 where there is none. */
  previousReport(report: number): number
  reportTrial(report: number): number
  reportAttempt(report: number): number
  reportStep(report: number): number
  /** The value as reported (not negated for `max`). */
  reportValue(report: number, objective?: number): number
}
