import type { LogValue } from '../space/encoded.ts'
import type { Event, PluginRecord, Reported } from '../trial/event.ts'
import type { History } from '../trial/history.ts'
import type { Objective } from '../trial/objective.ts'

/** What a user passes as `scheduler`: a description that can be written to the log, and how to make one. */
export interface SchedulerFactory extends PluginRecord {
  readonly capabilities: SchedulerCapabilities
  create(context: SchedulerContext): Scheduler
}

export interface SchedulerCapabilities {
  /** Objectives that it can handle at most; asked by the engine before the first trial. */
  readonly objectivesMax: number
}

export interface SchedulerContext {
  readonly objectives: readonly Objective[]
  readonly seed: number
  /** As for searchers: in `observe` only facts of the event's own trial, in `decide` everything. */
  readonly history: History
}

/**
 * Decides after each judged report whether a trial goes on. A decision is a function of the events observed so far; a
 * (trial, rung) is decided once.
 */
export interface Scheduler {
  /** Called for every event of the log, after it was applied to the history. Amortised O(log n). */
  observe?(event: Event): void
  /** Asked right after `observe` of the same judged report; changes nothing. */
  decide(report: Reported): Decision
}

/**
 * `stop` ends the trial early (state `stopped`); `complete` ends it because it has had all it can get, such as the
 * maximal resource (state `completed`). `why` holds the rule's numbers for the log.
 */
export type Decision =
  | typeof goOn
  | { readonly action: 'stop' | 'complete'; readonly why: Readonly<Record<string, LogValue>> }

export const goOn = { action: 'continue' } as const
