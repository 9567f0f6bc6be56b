import type { Event, PluginRecord, Reported } from '../trial/event.ts'
import type { History } from '../trial/history.ts'
import type { Objective } from '../trial/objective.ts'

/** What a user passes in `stop`: a description that can be written to the log, and how to make one. */
export interface StopperFactory extends PluginRecord {
  /** Metrics that it reads, so that a misspelt one is found out. */
  readonly metrics?: readonly string[]
  create(context: StopperContext): Stopper
}

export interface StopperContext {
  readonly objectives: readonly Objective[]
  readonly history: History
  /** Experiment time in milliseconds. */
  readonly now: () => number
}

/** Ends trials or the whole experiment. Answers are functions of the events observed so far. */
export interface Stopper {
  observe?(event: Event): void
  /** Asked right after `observe` of a judged report: why its trial is to stop, or undefined. */
  stopTrial?(report: Reported): string | undefined
  /** Asked after each judged report, each end of a trial and each passing of time: why the experiment is to stop. */
  stopExperiment?(): string | undefined
}
