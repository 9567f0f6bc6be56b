import type { Clock } from '../base/clock.ts'
import type { Failure, Metrics, Outcome } from '../trial/event.ts'

/**
 * Runs attempts of trials. It is told what to do by calls, after the events that led to them are in the log, and tells
 * what happened through `Inbox`, from which the engine drains at its own pace.
 */
export interface Executor {
  /** Real time, or the simulation's. */
  readonly clock: Clock
  /** Attempts it can run at the same time. */
  readonly slots: number
  /** Attempts that can wait in their reports at the same time besides those, with their slots free. */
  readonly held: number
  /**
   * Called once, first: where to report, and the attempts that the log says are running. The answer says of each what
   * the executor knows: it still runs (and will send again what was not answered), it was never started here, or it is
   * gone. `now` is the experiment time; a simulation sets its clock to it.
   */
  connect(inbox: Inbox, running: readonly Attempt[], now: number): readonly ('running' | 'unknown' | 'gone')[]
  start(attempt: Attempt): void
  /** The answer to an attempt's oldest report that has none. `pause` ends it as `stop` does: its trial makes room for others. */
  answer(trial: number, attempt: number, answer: 'continue' | 'stop' | 'pause', save?: boolean): void
  /** The attempt's newest report has no answer for now, and its slot is free until it has. */
  hold(trial: number, attempt: number): void
  /** Ends an attempt that did not ask, as soon as it can be done; its end comes through the inbox. */
  stop(trial: number, attempt: number, outcome: 'stopped' | 'interrupted'): void
  /** Gives back what it holds. Attempts that still run are abandoned. */
  close(): Promise<void>
}

export interface Attempt {
  readonly trial: number
  readonly attempt: number
  readonly config: Readonly<Record<string, unknown>>
  /** Key of the attempt's own random stream, with trial and attempt. */
  readonly seed: number
  /** Reports of this attempt that are in the log: 0 at a fresh start. */
  readonly reports: number
  /** The newest step in the log of this trial, earlier attempts included: 0 without one. */
  readonly step: number
  /** A checkpoint to go on from. */
  readonly checkpoint?: { readonly id: string; readonly step: number } | undefined
  /** Experiment time of the last thing the log knows of this attempt: its launch or newest report. */
  readonly sinceMs: number
  /** It waits in its newest report, and is not to be answered until `answer` is called. */
  readonly held?: boolean
  /** Slots that it takes: so many times it is given what a trial is given. Default: 1. */
  readonly slots?: number
}

/** What an executor tells the engine. */
export interface Inbox {
  /** Report number `ordinal` (from 1) of an attempt; `step` where the trainable gave one. It is answered by `answer`. */
  reported(
    trial: number,
    attempt: number,
    ordinal: number,
    metrics: Metrics,
    step: number | undefined,
    checkpoint?: string,
  ): void
  /** The attempt is over; nothing more comes of it. */
  ended(trial: number, attempt: number, outcome: Outcome, failure: Failure | undefined): void
  /** Something a person should know, once. */
  warn(message: string): void
}
