import type { Random } from '../base/random.ts'
import { repeated } from '../search/repeated.ts'
import type { EarlierExperiment, Searcher, SearcherFactory, Suggestion } from '../search/searcher.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { TrialColumns } from '../trial/columns.ts'
import type { Event, Metrics, Outcome } from '../trial/event.ts'
import type { Objective, OutcomeConstraint } from '../trial/objective.ts'

/** What an experiment may have besides its space and its first objective. */
export interface RehearsalOptions {
  /** Objectives after the first; they are reported by `happen` as the first one's value at the mirrored point. */
  readonly objectives?: readonly Objective[]
  readonly outcomeConstraints?: readonly OutcomeConstraint[]
  /** The metrics that `happen` reports beside the objectives. */
  readonly others?: (point: Float64Array) => Metrics
  /** Of the first trials that `know` takes. Default: 0. */
  readonly known?: number
  readonly repeats?: number
  readonly earlier?: readonly EarlierExperiment[]
  readonly noisy?: boolean
  /** Whether trials count as given other configurations while they run. Default: false. */
  readonly explores?: boolean
}

/** An experiment without an engine: a searcher, the history it sees, and the events so far. */
export class Rehearsal {
  readonly space: EncodedSpace
  readonly columns: TrialColumns
  readonly searcher: Searcher
  readonly events: Event[] = []
  /** Trials that run, with their reports so far. */
  readonly running: Map<number, number> = new Map()
  readonly #options: RehearsalOptions
  /** Trials that failed and were not tried again. */
  readonly #failed: number[] = []

  constructor(
    factory: SearcherFactory,
    space: EncodedSpace,
    seed: number,
    objective: Objective,
    trialsMax: number = 60,
    options: RehearsalOptions = {},
  ) {
    const { outcomeConstraints = [], known = 0, repeats = 1, earlier = [], noisy } = options
    const objectives = [objective, ...(options.objectives ?? [])]
    this.#options = options
    this.space = space
    this.columns = new TrialColumns(space, objectives, 'last', outcomeConstraints)
    this.searcher = repeated(factory, { repeats, known }).create({
      space,
      objectives,
      seed,
      trialsMax: () => trialsMax,
      history: this.columns,
      outcomeConstraints,
      earlier,
      noisy,
      explores: options.explores ?? false,
    })
  }

  feed(event: Event): void {
    this.columns.apply(event)
    this.events.push(event)
    this.searcher.observe?.(event)
  }

  /** Asks for `n` trials and starts those that come; answers their numbers. */
  ask(n: number): number[] {
    return this.start(this.searcher.suggest(n))
  }

  /** Starts trials of what was suggested just now; answers their numbers. */
  start(suggestions: readonly Suggestion[]): number[] {
    const asOf = this.events.length
    return suggestions.map(({ point, why }) => {
      const trial = this.columns.trials
      this.feed({ type: 'suggested', trial, asOf, values: this.space.values(point), why })
      this.feed({ type: 'launched', trial, attempt: 1 })
      this.running.set(trial, 0)
      return trial
    })
  }

  /** A result from elsewhere. */
  know(point: Float64Array, value: number): void {
    const trial = this.columns.trials
    const why = { by: 'known' }
    this.feed({ type: 'suggested', trial, asOf: this.events.length, values: this.space.values(point), why })
    this.feed({ type: 'launched', trial, attempt: 1 })
    this.running.set(trial, 0)
    this.report(trial, value)
    this.end(trial, 'completed')
  }

  /** The first objective's value, and those of the others. */
  report(trial: number, value: number, more: readonly number[] = []): void {
    const step = this.running.get(trial)! + 1
    this.running.set(trial, step)
    const attempt = this.columns.attempt(trial)
    const others = this.#options.others?.(this.point(trial))
    this.feed({ type: 'reported', trial, attempt, step, values: [value, ...more], others, judged: true })
  }

  end(trial: number, outcome: Outcome & ('completed' | 'stopped' | 'failed')): void {
    this.running.delete(trial)
    const failure = outcome === 'failed' ? ({ kind: 'error', message: 'a test', stack: '' } as const) : undefined
    const attempt = this.columns.attempt(trial)
    this.feed({ type: 'ended', trial, attempt, outcome, state: outcome, failure })
    if (outcome === 'failed') this.#failed.push(trial)
  }

  /** The worker of a trial is lost, and the trial starts anew. */
  retry(trial: number): void {
    const attempt = this.columns.attempt(trial)
    this.running.set(trial, 0)
    this.feed({ type: 'ended', trial, attempt, outcome: 'lost', state: 'pending', failure: undefined })
    this.feed({ type: 'launched', trial, attempt: attempt + 1 })
  }

  /** A trial that failed is tried again, from nothing. */
  reopen(trial: number): void {
    const attempt = this.columns.attempt(trial)
    this.running.set(trial, 0)
    this.feed({ type: 'reopened', trial, afresh: true })
    this.feed({ type: 'launched', trial, attempt: attempt + 1 })
  }

  /** The configuration of a trial, encoded. */
  point(trial: number): Float64Array {
    const point = new Float64Array(this.columns.dimensions)
    this.columns.point(trial, point)
    return point
  }

  /**
   * One random thing happens: trials are asked for, report, start anew, end well, early or badly, or are tried again after that.
   * Answers false at the clear end.
   */
  happen(random: Random, valueOf: (point: Float64Array, step: number) => number): boolean {
    const failed = this.#failed.at(-1)
    if (failed !== undefined && random.below(8) === 0) {
      this.#failed.pop()
      this.reopen(failed)
      return true
    }
    const trials = [...this.running.keys()]
    if (trials.length === 0 || random.below(4) === 0)
      return this.ask(1 + random.below(3)).length > 0 || trials.length > 0
    const trial = trials[random.below(trials.length)]!
    const step = this.running.get(trial)! + 1
    const draw = random.float()
    if (draw < 0.05) this.end(trial, 'failed')
    else if (draw < 0.07) this.retry(trial)
    else if (draw < 0.1) this.#reportLike(trial, () => [NaN, Infinity, -Infinity][random.below(3)]!)
    else if (draw < 0.6 || step === 1) this.#reportLike(trial, (point) => valueOf(point, step))
    else this.end(trial, draw < 0.8 ? 'completed' : 'stopped')
    return true
  }

  #reportLike(trial: number, valueOf: (point: Float64Array) => number): void {
    const point = this.point(trial)
    const more = (this.#options.objectives ?? []).map(() => valueOf(mirrored(point)))
    this.report(trial, valueOf(point), more)
  }
}

function mirrored(point: Float64Array): Float64Array {
  return point.map((u) => 1 - u)
}

/** A smooth objective on encoded points, best in the middle; inactive dimensions do not count. */
export function bowl(point: Float64Array, step: number = 1): number {
  let sum = 1 / step
  for (const u of point) if (!Number.isNaN(u)) sum += (u - 0.5) ** 2
  return sum
}
