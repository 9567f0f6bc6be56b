import { knownOptions, wholeFrom, wrongOption } from '../base/check.ts'
import { show } from '../base/errors.ts'
import type { ResourceOptions } from '../executor/factory.ts'
import type { SchedulerFactory } from '../schedule/scheduler.ts'
import type { SearcherFactory } from '../search/searcher.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import type { CheckSpace, Config } from '../space/types.ts'
import type { StopperFactory } from '../stop/stopper.ts'
import { checkMetrics } from '../trainable/metrics.ts'
import type { MetricsWith, Trainable } from '../trainable/trainable.ts'
import type { CheckpointPolicy, KnownResult, Metrics } from '../trial/event.ts'
import type { Objective, OutcomeConstraint, ScoreRule } from '../trial/objective.ts'
import type { Callback } from '../logger/callback.ts'

/** What is searched and how: common to `Tuner`, `Study` and `minimize`. */
export interface SearchOptions<S, M extends string> {
  readonly space: S & CheckSpace<S>
  /** The metric that trials report and that is optimised. */
  readonly metric: M
  /** Default: `'min'`. */
  readonly mode?: 'min' | 'max'
  /** Several objectives, in place of `mode`; `metric` is then the first one's. */
  readonly objectives?: readonly Objective[]
  /** Default: `'auto'`. */
  readonly searcher?: SearcherFactory | SearcherName
  /** Default: `'fifo'`, which stops nothing. */
  readonly scheduler?: SchedulerFactory | SchedulerName
  /** Every random draw follows from it: a whole number from 0 to 2^53 − 1. Default: drawn, and in the log. */
  readonly seed?: number
  /** Conditions that every proposed configuration meets. */
  readonly constraints?: readonly ((config: Config<S>) => boolean)[]
  /** Propose these configurations only. */
  readonly candidates?: readonly Config<S>[]
  /** Configurations that are tried first; the space's defaults, where it has any, come before the searcher in any case. */
  readonly initialConfigs?: readonly Config<S>[]
  /** How a trial's reports become its score. Default: `'last'`. */
  readonly score?: ScoreRule
  /**
   * Bounds that reported metrics must keep, objectives or others: `{ metric: 'latencyMs', max: 20 }`. A trial's value of the
   * metric is that of its last report with it, of its best one, or the mean of the last k, as `score` says. A trial that
   * completes without ever reporting one fails.
   */
  readonly outcomeConstraints?: readonly OutcomeConstraintOption[]
  /**
   * Results that are known from elsewhere, each with every metric of objectives and outcome constraints. They become the first
   * trials, complete without having run; `trials` does not count them, and searchers learn from them as from any other.
   */
  readonly knownResults?: readonly KnownResultOption<Config<S>>[]
  /**
   * How often each configuration runs, as that many trials in a row, of which `trials` counts each. Searchers see one trial with
   * the mean of their scores, and the best configuration is the one with the best mean. From 1. Default: 1.
   */
  readonly repeats?: number
  /**
   * Earlier experiments to learn from: their names, or the paths of their folders. Their trials are read once, at the start,
   * and mapped into this space by the names of parameters (docs/search.md). A searcher that can't learn from them is refused.
   */
  readonly warmStart?: readonly string[]
  /** Whether equal configurations give different scores. Default: searchers find out by themselves. */
  readonly noisy?: boolean
}

/** A configuration and the metrics that it gave, all finite. */
export interface KnownResultOption<C> {
  readonly config: C
  readonly metrics: Metrics
}

/** A metric and what it must keep: at most `max`, at least `min`, or both. */
export interface OutcomeConstraintOption {
  readonly metric: string
  readonly max?: number
  readonly min?: number
}

export type SearcherName = 'auto' | 'random' | 'grid' | 'sobol' | 'tpe' | 'gp' | 'cmaes' | 'nsga2' | 'bohb' | 'mfes'
/** Those that need no option: `hyperband` and populations are made by their functions. */
export type SchedulerName = 'fifo' | 'asha' | 'median' | 'auto' | 'patience' | 'paired'

/** The engine does not know the static type of the space. */
// oxlint-disable-next-line typescript/no-explicit-any
export type AnySearchOptions = SearchOptions<any, string>

export const searchOptionNames: readonly string[] = ['space', 'metric', 'mode', 'objectives', 'searcher'].concat([
  'scheduler',
  'seed',
  'constraints',
  'candidates',
  'initialConfigs',
  'score',
  'outcomeConstraints',
  'knownResults',
  'repeats',
  'noisy',
  'warmStart',
])

/** Options of a `Tuner`. `E` and `D` are the executor's and store's descriptions. */
export interface TunerOptions<S, M extends string, E, D> extends SearchOptions<S, M> {
  /** Name of the experiment and of its folder. Default: the script's name and a short id. */
  readonly name?: string
  /** What runs a trial: an async function, a class, or curves for a simulation. */
  readonly trainable: Trainable<Config<S>, MetricsWith<NoInfer<M>>>
  /** Trials in total. Default: 100; without limit where `time` is given. */
  readonly trials?: number
  /** Running time in seconds, downtime between sessions not counted. Default: unlimited. */
  readonly time?: number
  /** Trials at the same time. Default: the executor's slots. */
  readonly concurrency?: number
  /** What ends trials or the experiment early, besides the scheduler. */
  readonly stop?: StopperFactory | readonly StopperFactory[]
  /** Retries of a trial that failed by itself. Default: 0. */
  readonly maxFailures?: number
  /** What each trial of `module()`, `python()` or `command()` is to have; refused for functions and classes. Default: one CPU. */
  readonly resources?: ResourceOptions
  /** Longest time of one attempt, after which it counts as failed. Seconds. Default: unlimited. */
  readonly timeout?: number
  /** Longest time between two reports of an attempt, after which it counts as failed. Seconds. Default: unlimited. */
  readonly heartbeat?: number
  /** Which of each trial's checkpoints are kept, besides its newest. */
  readonly checkpoints?: CheckpointOptions
  readonly callbacks?: readonly Callback[]
  /** Where trials run. Default: `local()`; `simulated()` for curves. */
  readonly executor?: E
  /** Where the log lies. Default: `sqlite()`, the folder `.trialist/NAME`. */
  readonly store?: D
  /** How long stopped trials may take to end. Seconds. Default: 25. */
  readonly terminationGrace?: number
  /** Where messages for people go: name and resume command at the start, warnings. Default: standard error. */
  readonly log?: (line: string) => void
}

/** Which checkpoints of a trial are kept. Its newest always is, and the best one of the trial that leads the experiment. */
export interface CheckpointOptions {
  /** How many: those with the best value of `metric`, or the newest ones without it. From 1. Default: 1. */
  readonly keep?: number
  /** A metric that is reported with the checkpoints. Default: none. */
  readonly metric?: string
  /** Whether small or large values of `metric` are good. Default: that of the objective of this name, else `'min'`. */
  readonly mode?: 'min' | 'max'
}

/** The policy of options, for the record. Throws `unknown_option` or `invalid_option`. */
export function policyOf(options: CheckpointOptions = {}, objectives: readonly Objective[]): CheckpointPolicy {
  if (typeof options !== 'object' || options === null) throw wrongOption('checkpoints', 'an object', options)
  knownOptions('checkpoints', options, ['keep', 'metric', 'mode'])
  const { keep = 1, metric } = options
  if (metric !== undefined && (typeof metric !== 'string' || metric === '')) {
    throw wrongOption('checkpoints: metric', 'the name of a metric', metric)
  }
  const mode = options.mode ?? objectives.find((objective) => objective.metric === metric)?.mode ?? 'min'
  if (mode !== 'min' && mode !== 'max') throw wrongOption('checkpoints: mode', "'min' or 'max'", mode)
  return { keep: wholeFrom('checkpoints: keep', keep, 1), metric: metric ?? null, mode }
}

/** The objectives of options that name one metric or list several. */
export function objectivesOf(options: AnySearchOptions): readonly Objective[] {
  const objectives = options.objectives ?? [{ metric: options.metric, mode: options.mode ?? 'min' }]
  if (options.mode !== undefined && objectives[0]?.mode !== options.mode) {
    throw wrongOption('mode', `none beside objectives, which have one each`, options.mode)
  }
  const names = new Set<string>()
  for (const { metric, mode } of objectives) {
    if (typeof metric !== 'string' || metric === '') throw wrongOption('metric', 'the name of a metric', metric)
    if (metric in Object.prototype) throw wrongOption('metric', 'a name that no object has by itself', metric)
    if (mode !== 'min' && mode !== 'max') throw wrongOption('mode', "'min' or 'max'", mode)
    if (names.has(metric)) throw wrongOption('objectives', 'different metrics', metric)
    names.add(metric)
  }
  if (objectives[0]?.metric !== options.metric) {
    throw wrongOption('objectives', `the metric ${show(options.metric)} first`, objectives[0]?.metric)
  }
  return objectives
}

/** One bound each. Throws `unknown_option` or `invalid_option`. */
export function outcomeConstraintsOf({ outcomeConstraints = [] }: AnySearchOptions): readonly OutcomeConstraint[] {
  const seen = new Set<string>()
  return outcomeConstraints.flatMap((option, i) => {
    const where = `outcomeConstraints[${i}]`
    knownOptions(where, option, ['metric', 'max', 'min'])
    const { metric, max, min } = option
    if (typeof metric !== 'string' || metric === '' || metric in Object.prototype) {
      throw wrongOption(`${where}: metric`, 'the name of a metric', metric)
    }
    if (max === undefined && min === undefined) throw wrongOption(where, 'max, min or both', option)
    if (max !== undefined && min !== undefined && min > max) throw wrongOption(where, 'min to be at most max', option)
    const bounds = Object.entries({ max, min }).filter(
      (entry): entry is ['max' | 'min', number] => entry[1] !== undefined,
    )
    return bounds.map(([bound, value]) => {
      if (!Number.isFinite(value)) throw wrongOption(`${where}: ${bound}`, 'a finite number', value)
      if (seen.has(`${bound} ${metric}`)) throw wrongOption(where, `one ${bound} of ${show(metric)}`, option)
      seen.add(`${bound} ${metric}`)
      return { metric, [bound]: value } as unknown as OutcomeConstraint
    })
  })
}

/** Known results as data. Throws `invalid_config`, `unknown_option`, `unknown_metric` or `invalid_option`. */
export function knownOf(options: AnySearchOptions, space: EncodedSpace): readonly KnownResult[] {
  const wanted = [...objectivesOf(options), ...outcomeConstraintsOf(options)].map(({ metric }) => metric)
  return (options.knownResults ?? []).map((known, i) => {
    const where = `knownResults[${i}]`
    knownOptions(where, known, ['config', 'metrics'])
    const metrics = checkMetrics(known.metrics)
    for (const name of [...wanted, ...Object.keys(metrics)]) checkFinite(`${where}: ${name}`, metrics[name])
    return { values: space.valuesOf(known.config), metrics }
  })
}

function checkFinite(what: string, value: number | undefined): void {
  if (!Number.isFinite(value)) throw wrongOption(what, 'a finite number', value)
}

export function scoreOf(score: ScoreRule = 'last'): ScoreRule {
  if (score === 'last' || score === 'best' || /^mean:[1-9]\d*$/.test(score)) return score
  throw wrongOption('score', "'last', 'best' or 'mean:k' with a whole number k", score)
}
