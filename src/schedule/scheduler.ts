import type { EncodedSpace, LogValue } from '../space/encoded.ts'
import type { Event, Exploit, PluginRecord, Reported } from '../trial/event.ts'
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
  /** Whether it pauses trials, which takes somebody who lets them go on: a `Study` refuses it. Default: false. */
  readonly pauses?: boolean
  /** Whether it makes configurations, which the constraints of the space must allow. Default: false. */
  readonly explores?: boolean
}

export interface SchedulerContext {
  readonly space: EncodedSpace
  readonly objectives: readonly Objective[]
  /** The experiment's seed. Streams are `stream(seed, purpose.schedule, ...)`. */
  readonly seed: number
  /** Trials the experiment may have in total; Infinity where unlimited. Grows when a user adds trials. */
  readonly trialsMax: () => number
  /** Slots of the experiment: trials that may run at the same time, one slot each. */
  readonly slots: () => number
  /** As for searchers: in `observe` only facts of the event's own trial, in `decide` everything. */
  readonly history: History
}

/**
 * Decides after each judged report whether a trial goes on, and which of the paused ones goes on where there is room. A decision
 * is a function of the events observed so far; a (trial, rung) is decided once. What it decided counts once it is observed:
 * a stopper may have had a stricter word, or the trial come to its end before.
 */
export interface Scheduler {
  /** Called for every event of the log, after it was applied to the history. Amortised O(log n). */
  observe?(event: Event): void
  /** Asked right after `observe` of the same judged report; changes nothing. */
  decide(report: Reported): Decision
  /**
   * Asked while a slot is free and no trial waits for one: what becomes of a paused trial, `wait` where no trial is to start now,
   * or undefined where a new one may. Asked again after each answer that fills no slot; changes nothing. Where nothing runs,
   * `wait` is not heard; and where the searcher has no trial before a paused one is over (the event `stalled`), the paused ones are
   * stopped unless it names one. When no further trial comes and nothing is left to run, the paused ones are stopped.
   */
  next?(): Next | undefined
}

/**
 * `stop` ends the trial early (state `stopped`); `complete` ends it because it has had all it can get, such as the
 * maximal resource (state `completed`). `pause` has it make room: it goes on from its newest checkpoint once `next` says so.
 * `exploit` has it go on at once, as its next attempt, from another trial's checkpoint with another configuration, or from its own
 * newest one in another number of slots. `why` holds the rule's numbers for the log.
 */
export type Decision =
  | typeof goOn
  | { readonly action: 'stop' | 'complete' | 'pause'; readonly why: Reason }
  | { readonly action: 'exploit'; readonly why: Reason; readonly exploit: Exploit }

/** What becomes of a paused trial, as in `Decision`; `resume`: it goes on. */
export type Next =
  | typeof wait
  | { readonly action: 'resume' | 'stop' | 'complete'; readonly trial: number; readonly why: Reason }
  | { readonly action: 'exploit'; readonly trial: number; readonly why: Reason; readonly exploit: Exploit }

/** The numbers of a rule. */
export type Reason = Readonly<Record<string, LogValue>>

export const goOn = { action: 'continue' } as const
export const wait = { action: 'wait' } as const
