import { TrialistError } from '../base/errors.ts'
import type { Checkpoints } from '../checkpoint/checkpoints.ts'
import type { TrialCheckpoint } from '../trainable/trainable.ts'
import { metricsOf } from '../trial/event.ts'
import type { CheckpointOrigin, Event, Failure, Launched, Metrics, Reported, TrialState } from '../trial/event.ts'
import { Feasibility, isFeasible } from '../trial/feasibility.ts'
import { groupOf, membersOf } from '../trial/groups.ts'
import type { History } from '../trial/history.ts'
import { lossOf } from '../trial/objective.ts'
import type { Objective } from '../trial/objective.ts'
import { toCSV, toJSONLines } from './export.ts'
import type { ExportOptions } from './export.ts'
import { frontTrials, frontVolume } from './front.ts'
import { bestValues, lineageOf } from './lineage.ts'
import type { AttemptsOf, Segment } from './lineage.ts'
import type { KeptCheckpoint } from './retention.ts'
import type { ExperimentState } from './state.ts'

/** How an experiment stands: nothing left to do, or interrupted and waiting for a resume. */
export type ExperimentEnd = 'finished' | 'interrupted'

/** One report of a trial as its history shows it. */
export interface HistoryEntry<R extends Metrics = Metrics> {
  readonly step: number
  readonly attempt: number
  readonly metrics: R
}

/** One trial of an experiment. `C` is the configuration's type, `R` the metrics'. */
export interface Result<C = Readonly<Record<string, unknown>>, R extends Metrics = Metrics> {
  /** The trial's number, from 0 in the order of suggestion. */
  readonly trial: number
  /** The configuration; where a scheduler changed it on the way, the one with which the trial scored best. */
  readonly config: C
  /**
   * The schedule that led to the trial's newest report, from the first step on: its configurations in turn, and before them those
   * of the trials whose weights it took over.
   */
  readonly lineage: readonly Segment<C>[]
  readonly state: TrialState
  /** True for a result that was known from elsewhere: the trial never ran. */
  readonly known: boolean
  /** The first objective's score by the experiment's score rule; NaN without a report. */
  readonly score: number
  /** The score of each objective, by its metric's name. */
  readonly scores: Readonly<Record<string, number>>
  /** All trials of this configuration together; undefined where configurations are not repeated. */
  readonly repeats: RepeatedScore | undefined
  /** Whether every outcome constraint is met; true where there are none, false while one of the metrics is not known. */
  readonly feasible: boolean
  /** The latest value of every metric that the trial reported. */
  readonly metrics: R
  /** The latest step with a score, 0 without one. */
  readonly step: number
  readonly attempts: number
  /** Experiment time in milliseconds, NaN where it has not happened. */
  readonly startedMs: number
  readonly endedMs: number
  readonly failure: Failure | undefined
  /** The newest checkpoint; undefined where the trial made none. */
  readonly checkpoint: TrialCheckpoint | undefined
  /**
   * Of the checkpoints that are kept, the one with the best value of a metric, by default of the first objective; the
   * newest among equals. `mode` is by default that of the objective of this name, else `'min'`.
   */
  bestCheckpoint(metric?: string, mode?: 'min' | 'max'): TrialCheckpoint | undefined
  /** All reports with all their metrics, oldest first, one a step: a later attempt supersedes an earlier one. */
  history(): readonly HistoryEntry<R>[]
}

/** The objectives over the trials of one configuration. */
export interface RepeatedScore {
  /** The trials that have a score and did not fail. */
  readonly trials: readonly number[]
  /** Their mean score of the first objective; NaN where there are none. */
  readonly mean: number
  /** Their mean score of each objective, by its metric's name. */
  readonly means: Readonly<Record<string, number>>
  /** The mean's standard error; NaN with fewer than two. */
  readonly standardError: number
}

/** What the log knows of a trial beyond the columns. */
interface Details extends AttemptsOf {
  readonly reports: Reported[]
  readonly origins: Map<number, CheckpointOrigin | undefined>
  failure: Failure | undefined
}

/** The trials of an experiment, in the order of their numbers. */
export class ResultGrid<C = Readonly<Record<string, unknown>>, R extends Metrics = Metrics> implements Iterable<
  Result<C, R>
> {
  /** The experiment's name. */
  readonly name: string
  /** Where the log lies. */
  readonly location: string
  readonly end: ExperimentEnd
  readonly #state: ExperimentState
  readonly #events: () => Iterable<Event>
  readonly #checkpoints: Checkpoints | undefined
  #details: Map<number, Details> | undefined

  constructor(
    state: ExperimentState,
    location: string,
    end: ExperimentEnd,
    events: () => Iterable<Event>,
    checkpoints?: Checkpoints,
  ) {
    this.name = state.experiment.name
    this.location = location
    this.end = end
    this.#state = state
    this.#events = events
    this.#checkpoints = checkpoints
  }

  /** What was optimised. */
  get objectives(): readonly Objective[] {
    return this.#state.experiment.objectives
  }

  get length(): number {
    return this.#state.columns.trials
  }

  /** Why no further trial was started, where a stopper, the time budget or failures ended the experiment early. */
  get halted(): { readonly by: string; readonly why: string } | undefined {
    return this.#state.halted
  }

  /**
   * The trial with the best score that did not fail; the earliest among equals. One that meets the outcome constraints is
   * better than one that does not, and where none meets them the one that is least off is the best. Throws `no_result` where
   * no trial has a score, `trials_failed` where that is as they failed, `unsupported` with several objectives, which have a `front`. Where configurations are
   * repeated, the best trial of the configuration with the best mean, out of those whose trials are all over.
   */
  get best(): Result<C, R> {
    const { columns, experiment } = this.#state
    if (experiment.objectives.length > 1) throw leading(columns) < 0 ? this.#noResult() : severalObjectives()
    const group = this.#state.groups && leading(this.#state.groups.columns)
    const among = group === undefined || group < 0 ? undefined : this.#members(group)
    const best = leading(columns, among)
    if (best < 0) throw this.#noResult()
    return this.at(best)
  }

  /**
   * The Pareto front: the trials that no other one beats in one objective without losing in another, in the order of their numbers;
   * with one objective, all that share the best score. Only trials take part that did not fail, have a finite score of every objective and meet
   * every outcome constraint, so it may be empty. Where configurations are repeated, they are compared by the means of those
   * whose trials are all over, and each on the front is there with its first trial that has scores; see its `repeats.means`.
   */
  get front(): readonly Result<C, R>[] {
    return frontTrials(this.#state).map((trial) => this.#result(trial))
  }

  /**
   * How good the front is, as one number: the volume that it dominates up to a reference, in the product of the objectives' units (Zitzler
   * and Thiele, IEEE TEVC 3, 1999); 0 where no trial of the front is better than the reference in every objective. `reference` has a value for each
   * objective's metric. Default: the worst score of each objective that any trial had which did not fail and whose scores are all finite,
   * so that it moves with the trials: to compare experiments, give one. Throws `invalid_option` where it is incomplete.
   */
  hypervolume(reference?: Readonly<Record<string, number>>): number {
    return frontVolume(this.#state, reference)
  }

  #members(group: number): readonly number[] {
    return membersOf(group, this.#state.repetition).filter((trial) => trial < this.length)
  }

  /** The trials of one configuration together. */
  #repeated(trial: number): RepeatedScore | undefined {
    const { columns, groups, repetition } = this.#state
    if (groups === undefined) return undefined
    const trials = this.#members(groupOf(trial, repetition)).filter(
      (member) => columns.state(member) !== 'failed' && !Number.isNaN(columns.loss(member)),
    )
    const scores = trials.map((member) => columns.score(member))
    const mean = scores.reduce((sum, score) => sum + score / scores.length, 0)
    const squares = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0)
    const standardError = Math.sqrt(squares / (scores.length - 1) / scores.length)
    const few = scores.length < 2
    const means = this.#byMetric((objective) => {
      const sum = trials.reduce((total, member) => total + columns.score(member, objective) / trials.length, 0)
      return scores.length === 0 ? NaN : sum
    })
    return { trials, mean: scores.length === 0 ? NaN : mean, means, standardError: few ? NaN : standardError }
  }

  #byMetric(valueOf: (objective: number) => number): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#state.experiment.objectives.map(({ metric }, k) => [metric, valueOf(k)]))
  }

  /** The trial of a number. */
  at(trial: number): Result<C, R> {
    if (Number.isInteger(trial) && trial >= 0 && trial < this.length) return this.#result(trial)
    throw new TrialistError({
      code: 'not_found',
      message: `there is no trial ${trial}`,
      expected: this.length === 0 ? 'no trial at all' : `0 to ${this.length - 1}`,
      received: String(trial),
    })
  }

  /** The trials that failed. */
  get errors(): readonly Result<C, R>[] {
    return [...this].filter(({ state }) => state === 'failed')
  }

  *[Symbol.iterator](): Generator<Result<C, R>> {
    for (let trial = 0; trial < this.length; trial++) yield this.#result(trial)
  }

  /**
   * The trials as flat rows, for `console.table` and data frames: number, state, with known results whether it is one, score, with several objectives each `score.NAME` and whether it is on the
   * front, with outcome constraints feasibility, steps, attempts, times, error, then `config.NAME` and the metrics. Every row has the same keys.
   */
  table(): Record<string, number | string | boolean | null>[] {
    const names = this.#state.space.dimensions.map(({ name }) => name)
    const metrics = this.metricNames()
    const constrained = this.#state.columns.outcomeConstraints > 0
    const several = this.#state.experiment.objectives.length > 1
    const front = new Set(several ? frontTrials(this.#state) : [])
    return [...this].map((result) => {
      const row: Record<string, number | string | boolean | null> = {
        trial: result.trial,
        state: result.state,
        ...(this.#state.known > 0 && { known: result.known }),
        score: result.score,
        ...(several && { front: front.has(result.trial) }),
        ...(constrained && { feasible: result.feasible }),
        step: result.step,
        attempts: result.attempts,
        startedMs: result.startedMs,
        endedMs: result.endedMs,
        error: result.failure?.message ?? null,
      }
      if (several) for (const name in result.scores) row[`score.${name}`] = result.scores[name]!
      bestValues(result.trial, this.#state).forEach((value, i) => (row[`config.${names[i]}`] = value))
      for (const name of metrics) row[`metrics.${name}`] = result.metrics[name] ?? null
      return row
    })
  }

  /** Every metric that any report had, objectives first, then in the order of appearance. */
  metricNames(): readonly string[] {
    const names = new Set(this.#state.experiment.objectives.map(({ metric }) => metric))
    for (const { reports } of this.#load().values()) {
      for (const { others } of reports) for (const name in others) names.add(name)
    }
    return [...names]
  }

  /** Comma-separated values with a header: a row a trial, or with `{ reports: true }` a row a report. */
  toCSV(options: ExportOptions = {}): string {
    return toCSV(this, options)
  }

  /** One JSON object a line: a line a trial, or with `{ reports: true }` a line a report. */
  toJSONLines(options: ExportOptions = {}): string {
    return toJSONLines(this, options)
  }

  #result(trial: number): Result<C, R> {
    const { columns } = this.#state
    const newest = columns.lastReport(trial)
    const load = (): Details => this.#detailsOf(trial)
    const history = (): HistoryEntry<R>[] => this.#history(load().reports)
    const checkpoint = this.#state.retention.newest(trial)
    const state = this.#state
    const lineage = (): readonly Segment<C>[] => this.#lineage(trial)
    const scores = (): Readonly<Record<string, number>> => this.#byMetric((k) => columns.score(trial, k))
    let config: C | undefined
    let metrics: R | undefined
    return {
      trial,
      get config(): C {
        return (config ??= state.space.configOf(bestValues(trial, state)) as C)
      },
      state: columns.state(trial),
      known: trial < this.#state.known,
      score: columns.score(trial),
      get scores(): Readonly<Record<string, number>> {
        return scores()
      },
      repeats: this.#repeated(trial),
      feasible: isFeasible(columns, trial),
      get metrics(): R {
        return (metrics ??= Object.assign({}, ...history().map((entry) => entry.metrics)) as R)
      },
      step: newest < 0 ? 0 : columns.reportStep(newest),
      attempts: columns.attempt(trial),
      startedMs: columns.started(trial),
      endedMs: columns.ended(trial),
      get failure(): Failure | undefined {
        return load().failure
      },
      checkpoint: checkpoint && this.#handle(checkpoint),
      get lineage(): readonly Segment<C>[] {
        return lineage()
      },
      bestCheckpoint: (metric, mode) => this.#bestCheckpoint(trial, load().reports, metric, mode),
      history,
    }
  }

  #detailsOf(trial: number): Details {
    return this.#load().get(trial) ?? { reports: [], origins: new Map(), failure: undefined }
  }

  #lineage(trial: number): readonly Segment<C>[] {
    return lineageOf(trial, this.#state, (each) => this.#detailsOf(each)) as readonly Segment<C>[]
  }

  #handle({ id, step }: KeptCheckpoint): TrialCheckpoint {
    return { id, step, directory: () => this.#directory(id) }
  }

  #directory(id: string): string {
    if (this.#checkpoints?.has(id)) return this.#checkpoints.path(id)
    throw new TrialistError({
      code: 'not_found',
      message: `the checkpoint ${id} of ${this.name} is not there`,
      remedy: 'Was it removed, or the experiment moved?',
    })
  }

  #bestCheckpoint(
    trial: number,
    reports: readonly Reported[],
    metric: string = this.#state.experiment.objectives[0]!.metric,
    mode?: 'min' | 'max',
  ): TrialCheckpoint | undefined {
    const { objectives } = this.#state.experiment
    const direction = mode ?? objectives.find((objective) => objective.metric === metric)?.mode ?? 'min'
    const values = new Map<string | undefined, number>()
    for (const report of reports) values.set(report.checkpoint, metricsOf(report, objectives)[metric] ?? NaN)
    let best: KeptCheckpoint | undefined
    let least = Infinity
    for (const kept of this.#state.retention.of(trial)) {
      const loss = lossOf(values.get(kept.id)!, direction)
      if (loss <= least) [best, least] = [kept, loss]
    }
    return best && this.#handle(best)
  }

  /** One entry a step, as `visibleReports` has them; reports that were not judged stand where they came. */
  #history(reports: readonly Reported[]): HistoryEntry<R>[] {
    const entries: HistoryEntry<R>[] = []
    let step = Infinity
    for (const report of reports.toReversed()) {
      if (report.judged && report.step >= step) continue
      if (report.judged) step = report.step
      const metrics = metricsOf(report, this.#state.experiment.objectives) as R
      entries.push({ step: report.step, attempt: report.attempt, metrics })
    }
    return entries.toReversed()
  }

  /** Read from the log once, when something beyond the columns is first asked for. */
  #load(): Map<number, Details> {
    if (this.#details !== undefined) return this.#details
    const details = new Map<number, Details>()
    for (const event of this.#events()) {
      if (event.type === 'suggested') details.set(event.trial, { reports: [], origins: new Map(), failure: undefined })
      else if (event.type === 'launched') setOrigin(details.get(event.trial)!, event)
      else if (event.type === 'reported') details.get(event.trial)!.reports.push(event)
      else if (event.type === 'ended') details.get(event.trial)!.failure = event.failure
    }
    this.#details = details
    return details
  }

  #noResult(): TrialistError {
    const { length } = this.errors
    if (length === 0) {
      return new TrialistError({
        code: 'no_result',
        message: 'no trial has a score yet',
        expected: 'at least one report of the metric',
        received: `${this.length} trials without one`,
      })
    }
    const all = length === this.length
    const failed = all ? `all ${length} trials failed` : `no trial has a score, and ${length} of ${this.length} failed`
    return new TrialistError({
      code: 'trials_failed',
      message: `${failed}, the first with: ${this.errors[0]!.failure?.message}`,
      remedy: 'See results.errors for each of them.',
    })
  }
}

/** The best trial by outcome constraints and first objective, of all or of some; −1 where none has a score. */
function leading(history: History, among?: readonly number[]): number {
  const order = new Feasibility(history)
  let best = -1
  for (const trial of among ?? Array(history.trials).keys()) {
    if (history.state(trial) === 'failed' || Number.isNaN(history.loss(trial))) continue
    if (best < 0 || order.compare(trial, best) < 0) best = trial
  }
  return best
}

function severalObjectives(): TrialistError {
  return new TrialistError({
    code: 'unsupported',
    message: 'with several objectives no single trial is the best',
    expected: 'one objective',
    remedy: 'Choose one of results.front, the trials that no other one beats.',
  })
}

/** One that was held goes on from where it was. */
function setOrigin({ origins }: Details, { attempt, from }: Launched): void {
  if (!origins.has(attempt)) origins.set(attempt, from)
}
