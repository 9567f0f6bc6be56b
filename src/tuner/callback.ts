import type { Failure, Metrics, TrialState } from '../trial/event.ts'

/**
 * Told what is in the log already: a callback changes nothing. One that throws, or whose promise rejects, is switched off
 * with one warning, and the experiment goes on.
 */
export interface Callback {
  /** For the warning; default: its position among the callbacks. */
  readonly name?: string
  onTrialStart?(trial: TrialStart): void | Promise<void>
  onReport?(report: TrialReport): void | Promise<void>
  /** The trial is over, or is tried again (`state: 'pending'`). */
  onTrialEnd?(end: TrialEnd): void | Promise<void>
  /** No further trial runs in this session. */
  onExperimentEnd?(): void | Promise<void>
}

export interface TrialStart {
  readonly trial: number
  readonly attempt: number
  readonly config: Readonly<Record<string, unknown>>
}

export interface TrialReport {
  readonly trial: number
  readonly attempt: number
  readonly step: number
  readonly metrics: Metrics
}

export interface TrialEnd {
  readonly trial: number
  readonly attempt: number
  readonly state: TrialState
  readonly failure: Failure | undefined
}
