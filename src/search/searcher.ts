import type { EncodedSpace } from '../space/encoded.ts'
import type { Event, PluginRecord, Why } from '../trial/event.ts'
import type { History } from '../trial/history.ts'
import type { Objective, OutcomeConstraint } from '../trial/objective.ts'

/** What a user passes as `searcher`: a description that can be written to the log, and how to make one. */
export interface SearcherFactory extends PluginRecord {
  readonly capabilities: SearcherCapabilities
  create(context: SearcherContext): Searcher
}

export interface SearcherCapabilities {
  /** Objectives that it can handle at most; asked by the engine before the first trial. */
  readonly objectivesMax: number
  /**
   * Whether it learns from reported constraints, so that it seeks what meets them, or learns from no results at all. Default:
   * false, and they are refused.
   */
  readonly outcomeConstraints?: boolean
  /**
   * Whether it learns from earlier experiments; where it is false they are refused, and where it is `'oneObjective'` also in
   * experiments with several objectives, of which they know but the first. Default: true.
   */
  readonly warmStart?: boolean | 'oneObjective'
  /** Whether it gives whole objects, so that it can fill parameters of the type `given`. Default: false. */
  readonly gives?: boolean
}

export interface SearcherContext {
  readonly space: EncodedSpace
  readonly objectives: readonly Objective[]
  /** The experiment's seed. Streams are `stream(seed, purpose.suggest, trial)`. */
  readonly seed: number
  /** Trials the experiment may have in total; Infinity where unlimited. Grows when a user adds trials. */
  readonly trialsMax: () => number
  /**
   * All that happened. In `observe` only facts of the event's own trial may be read from it (they never change later);
   * in `suggest` everything.
   */
  readonly history: History
  /** Bounds that reported metrics must keep; how far a trial is off is in the history. */
  readonly outcomeConstraints: readonly OutcomeConstraint[]
  /** Results of earlier experiments that may be of use; not of this one, and of another scale. */
  readonly earlier: readonly EarlierExperiment[]
  /** Whether equal configurations give different scores, where the user said so. */
  readonly noisy: boolean | undefined
  /** Whether the scheduler gives trials other configurations while they run: scores are not of those they began with alone. */
  readonly explores: boolean
}

/** What an earlier experiment found, in terms of this one's space. */
export interface EarlierExperiment {
  readonly name: string
  /** Activated points of this space. */
  readonly points: readonly Float64Array[]
  /** The first objective's loss of each, smaller is better, finite. */
  readonly losses: readonly number[]
}

/**
 * A search algorithm. What it answers is a function of its context and the events observed so far, so that an instance
 * that lived through a run and one built from its log answer alike, bit for bit: it draws from counter-based streams
 * keyed by the trial's number, reads no clock, and keeps only what it derives from observed events.
 */
export interface Searcher {
  /** True where the next `suggest` may take many milliseconds: the engine then has a copy of the searcher answer elsewhere. */
  readonly slow?: boolean
  /** Called for every event of the log, after it was applied to the history. Amortised O(log n). */
  observe?(event: Event): void
  /**
   * Configurations of the next `n` trials, numbered from `history.trials` on, as activated points that the space's
   * constraints and candidates allow. Fewer than `n`: there are no more, and the experiment ends when those are done.
   * Changes no state that a later answer depends on.
   */
  suggest(n: number): readonly Suggestion[]
}

export interface Suggestion {
  readonly point: Float64Array
  readonly why: Why
}
