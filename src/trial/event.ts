import type { LogValue } from '../space/encoded.ts'
import type { Objective, OutcomeConstraint, ScoreRule } from './objective.ts'

/** `stopped` = ended early by a scheduler or stopper (its score counts); `failed` = ended by an error after its retries. */
export type TrialState = 'pending' | 'running' | 'paused' | 'completed' | 'stopped' | 'failed'

/** Metrics of one report: names to numbers. NaN and infinities are kept. */
export type Metrics = Readonly<Record<string, number>>

/** What happened, in the order in which the engine took note of it. The log is a list of these; state is their fold. */
export type Event =
  | Opened
  | Changed
  | TimePassed
  | Suggested
  | Launched
  | Reported
  | Decided
  | Ended
  | Late
  | Forgotten
  | Reopened
  | Exhausted
  | Stalled
  | Halted

/** The first event of every log: all that decisions depend on, besides what follows. */
export interface Opened {
  readonly type: 'opened'
  /** Version of the event format. */
  readonly version: 1
  readonly experiment: Experiment
}

/** An experiment as data. */
export interface Experiment {
  readonly name: string
  readonly space: Readonly<Record<string, unknown>>
  /** Number of constraint functions beside the space: code, so not in the log. */
  readonly constraints: number
  readonly candidates: readonly (readonly LogValue[])[] | null
  readonly objectives: readonly Objective[]
  readonly score: ScoreRule
  /** Bounds that reported metrics must keep. Here and below: a field that a log does not have stands for none. */
  readonly outcomeConstraints?: readonly OutcomeConstraint[]
  readonly searcher: PluginRecord
  readonly scheduler: PluginRecord
  readonly stoppers: readonly PluginRecord[]
  readonly seed: number
  readonly budget: Budget
  /** Retries of a trial after a failure of its own. */
  readonly maxFailures: number
  /** Which checkpoints are kept. Logs of before there were any have none. */
  readonly checkpoints?: CheckpointPolicy
  /** Results from elsewhere: the first trials, which are complete without having run and which no budget counts. */
  readonly known?: readonly KnownResult[]
  /** How often each configuration runs: so many trials in a row have it. 1 where the log does not say. */
  readonly repeats?: number
  /** Whether equal configurations give different scores, where the user said so. */
  readonly noisy?: boolean
  /** Whether the scheduler gives trials other configurations while they run. */
  readonly explores?: boolean
  /** What earlier experiments found, which searchers may learn from. */
  readonly earlier?: readonly EarlierRecord[]
  /** Configurations that run first, before the searcher is asked. */
  readonly initial: readonly (readonly LogValue[])[]
  readonly trainable: TrainableRecord
}

/** A configuration and what it gave, every metric finite. */
export interface KnownResult {
  readonly values: readonly LogValue[]
  readonly metrics: Metrics
}

/** What an earlier experiment found, in terms of this one's space. */
export interface EarlierRecord {
  readonly name: string
  /** One list a configuration, in the order of its trials. */
  readonly values: readonly (readonly LogValue[])[]
  /** The loss of each, smaller is better, finite. */
  readonly losses: readonly number[]
}

/** Which of a trial's checkpoints are kept besides the newest one, which always is. */
export interface CheckpointPolicy {
  /** How many: those with the best value of the metric, or the newest where there is none. */
  readonly keep: number
  readonly metric: string | null
  readonly mode: 'min' | 'max'
}

/** A searcher, scheduler or stopper as data: enough to build it again where it is one of ours. */
export interface PluginRecord {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

/** What the fingerprint knows of the code that is tuned, and a hash of its source that is only warned about. */
export interface TrainableRecord {
  readonly kind: string
  readonly file?: string
  readonly export?: string
  readonly sourceHash?: string
}

export interface Budget {
  /** Trials in total; null = unlimited. */
  readonly trials: number | null
  /** Running time in milliseconds, downtime between sessions not counted; null = unlimited. */
  readonly timeMs: number | null
  /** Trials that run at the same time. */
  readonly concurrency: number
  /** Paused trials without a checkpoint that may wait in their reports at the same time. 0 where the log does not say. */
  readonly held?: number
}

/** Whether a trial that ended so can't go on any more. One that failed can, if it is reopened. */
export function isOverForGood({ state }: Ended): boolean {
  return state === 'completed' || state === 'stopped'
}

/** A control event: the budget was changed, at a resume or while running. */
export interface Changed {
  readonly type: 'changed'
  readonly budget: Budget
}

/** Stands before the events that happened at this time: milliseconds of experiment time, which stands still while no engine runs. */
export interface TimePassed {
  readonly type: 'time'
  readonly now: number
}

/** A new trial: its configuration and why. */
export interface Suggested {
  readonly type: 'suggested'
  readonly trial: number
  /** Position of the log (number of events) that the searcher had seen. */
  readonly asOf: number
  /** One value a dimension, null where inactive. */
  readonly values: readonly LogValue[]
  readonly why: Why
}

/** Why this configuration: the searcher's name and what it knew, such as its prediction. */
export interface Why {
  readonly by: string
  readonly [detail: string]: LogValue
}

/** An attempt of a trial was handed to the executor; or a held one, whose number is the newest attempt's, goes on. */
export interface Launched {
  readonly type: 'launched'
  readonly trial: number
  /** 1 for the first start of a trial. */
  readonly attempt: number
  /** The checkpoint that the attempt goes on from; without one it starts from nothing. */
  readonly from?: CheckpointOrigin | undefined
  /** The configuration from this attempt on, where a decision changed it. */
  readonly values?: readonly LogValue[] | undefined
  /** How many slots it takes, each with what a trial is given. Default: 1. */
  readonly slots?: number | undefined
}

/** Where an attempt goes on: a checkpoint, and the step at which it was reported. */
export interface CheckpointOrigin {
  readonly checkpoint: string
  readonly step: number
  /** The trial that made it, where that is another one. */
  readonly trial?: number | undefined
}

/** A report of a running attempt. */
export interface Reported {
  readonly type: 'reported'
  readonly trial: number
  readonly attempt: number
  /** The resource: what the trainable said, else the trial's report count, which goes on from the attempt's checkpoint. */
  readonly step: number
  /** One value an objective, raw (not negated for `max`); NaN where the report has none. */
  readonly values: readonly number[]
  /** The metrics that are not objectives. */
  readonly others: Metrics | undefined
  /** False where an objective is missing or the step did not grow: recorded, not judged. */
  readonly judged: boolean
  /** Id of the checkpoint that came with it, complete where it is kept. */
  readonly checkpoint?: string | undefined
}

/**
 * A trial is to end: early (`stop`), or because it has had all it can get (`complete`); it is to make room and go on later
 * (`pause`), or goes on (`resume`); or it is to go on at once from another trial's checkpoint with another configuration
 * (`exploit`).
 */
export interface Decided {
  readonly type: 'decided'
  readonly trial: number
  readonly attempt: number
  readonly action: 'stop' | 'complete' | 'pause' | 'resume' | 'exploit'
  /** The scheduler or stopper that decided. */
  readonly by: string
  /** The rule's numbers, such as rung and threshold. */
  readonly why: Readonly<Record<string, LogValue>>
  /** Of `exploit`: where its next attempt goes on, and with what. */
  readonly exploit?: Exploit | undefined
}

/** What a trial takes over from another one, or from its own past. */
export interface Exploit {
  /** The checkpoint's trial. It is kept until the trial has one of its own. */
  readonly trial: number
  readonly checkpoint: string
  /** The step at which it was reported. */
  readonly step: number
  /** The new configuration: one value a dimension, null where inactive. */
  readonly values: readonly LogValue[]
  /** Slots that it takes from then on, or as many as are free. Default: as many as before. */
  readonly slots?: number | undefined
}

/** How an attempt ended, as the executor saw it; `held`: it did not, but waits in its report, and its slot is free. */
export type Outcome = 'completed' | 'stopped' | 'failed' | 'lost' | 'interrupted' | 'held'

/**
 * An attempt ended, and what became of its trial: `pending` where it is tried again, `paused` where it may go on later. A trial
 * that was paused ends once more, when it is over.
 */
export interface Ended {
  readonly type: 'ended'
  readonly trial: number
  readonly attempt: number
  readonly outcome: Outcome
  readonly state: 'completed' | 'stopped' | 'failed' | 'pending' | 'paused'
  readonly failure: Failure | undefined
}

/** Why an attempt failed. */
export interface Failure {
  readonly kind: 'error' | 'no_metric' | 'timeout' | 'memory' | 'killed'
  readonly message: string
  readonly stack: string
}

/** A report that came after its attempt was over: kept, and changes nothing. */
export interface Late {
  readonly type: 'late'
  readonly trial: number
  readonly attempt: number
}

/** A checkpoint was found to be gone, though the engine has not removed it: nothing can go on from it any more. */
export interface Forgotten {
  readonly type: 'forgotten'
  readonly trial: number
  readonly checkpoint: string
}

/** A trial that had failed is tried again, with all the retries of a new one. */
export interface Reopened {
  readonly type: 'reopened'
  readonly trial: number
  /** From nothing, and not from its newest checkpoint. */
  readonly afresh: boolean
}

/** The searcher has no further configuration: a finite space was tried out. */
export interface Exhausted {
  readonly type: 'exhausted'
  readonly why: string
}

/** Nothing runs, and the searcher has no further trial before a paused one is over: they go on or end as they are. */
export interface Stalled {
  readonly type: 'stalled'
}

/** No further trial is started and running ones are stopped. */
export interface Halted {
  readonly type: 'halted'
  readonly by: string
  readonly why: string
}

/** Who suggested or decided, where it was the program that started the engine. */
export const clientName = 'client'

/** Who stops trials that are not over when an experiment goes on, and by which rule. */
export const userName = 'user'
export const unfinishedRule = 'unfinished'

/** Whether that program has the last word on configurations that the scheduler explores. */
export function isExploredByClient({ scheduler }: Pick<Experiment, 'scheduler'>): boolean {
  return scheduler.options['explore'] === clientName
}

/** All metrics of a report, objectives first. */
export function metricsOf(event: Reported, objectives: readonly Objective[]): Metrics {
  const metrics: Record<string, number> = {}
  for (let i = 0; i < objectives.length; i++) {
    const value = event.values[i]!
    if (event.judged || !Number.isNaN(value)) metrics[objectives[i]!.metric] = value
  }
  return event.others === undefined ? metrics : Object.assign(metrics, event.others)
}
