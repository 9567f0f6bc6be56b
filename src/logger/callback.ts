import type { Objective } from '../trial/objective.ts'
import type { Failure, Metrics, Outcome, TrialState } from '../trial/event.ts'

/**
 * Told what is in the log already: a callback changes nothing. One that throws, or whose promise rejects, is switched off
 * with one warning, and the experiment goes on.
 */
export interface Callback {
  /** For the warning; default: its position among the callbacks. */
  readonly name?: string
  /** Resolves once it can take more; undefined where it can. Until then no report is answered. */
  readonly room?: Promise<void> | undefined
  /** Once a session, before anything runs. */
  onExperimentStart?(start: ExperimentStart): void | Promise<void>
  onTrialStart?(trial: TrialStart): void | Promise<void>
  onReport?(report: TrialReport): void | Promise<void>
  /** The trial is over, is tried again (`state: 'pending'`), or made room for others (`'paused'`). */
  onTrialEnd?(end: TrialEnd): void | Promise<void>
  /** No further trial runs in this session. It is waited for. */
  onExperimentEnd?(): void | Promise<void>
}

/** An experiment as a session finds it: new, or as an earlier session left it. */
export interface ExperimentStart {
  readonly name: string
  /** Where the log lies. */
  readonly location: string
  readonly resumed: boolean
  readonly objectives: readonly Objective[]
  /** Trials in total; null = unlimited. */
  readonly trials: number | null
  /** Running time in milliseconds; null = unlimited. */
  readonly timeMs: number | null
  /** Milliseconds of it that earlier sessions ran. */
  readonly elapsedMs: number
  readonly concurrency: number
  /** Trials that ended in earlier sessions. */
  readonly ended: Readonly<Record<'completed' | 'stopped' | 'failed', number>>
  /** The best of them by outcome constraints and first objective; undefined where none has a score. */
  readonly best: ScoredTrial | undefined
  /** With several objectives those of them that no other one beats, each trial by itself; empty with one. */
  readonly front: readonly ScoredTrial[]
}

export interface ScoredTrial {
  readonly trial: number
  /** The first objective's score by the experiment's score rule; NaN without a report. */
  readonly score: number
  /** The score of each objective, in their order. */
  readonly scores: readonly number[]
  /** How far the trial is off the outcome constraints, all together: 0 where it meets them, Infinity where one is not known. */
  readonly violation: number
  readonly config: Readonly<Record<string, unknown>>
}

export interface TrialStart {
  readonly trial: number
  readonly attempt: number
  readonly config: Readonly<Record<string, unknown>>
}

export interface TrialReport extends ScoredTrial {
  readonly attempt: number
  readonly step: number
  readonly metrics: Metrics
}

export interface TrialEnd extends ScoredTrial {
  readonly attempt: number
  /** `pending`: it is tried again, or goes on from another trial's checkpoint; `paused`: it may go on later. */
  readonly state: TrialState
  /** How the attempt ended. */
  readonly outcome?: Outcome
  /** True for a result that was known from elsewhere: nothing ran, and it was not told of as a start or a report. */
  readonly known: boolean
  readonly failure: Failure | undefined
}
