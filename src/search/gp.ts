import { knownOptions, wholeFrom } from '../base/check.ts'
import { purpose, stream } from '../base/random.ts'
import type { Event, Why } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { isApart } from './apart.ts'
import { bestFirst } from './earlier.ts'
import { GpModels } from './gp-beliefs.ts'
import type { Dimension } from '../space/encoded.ts'
import { candidatesOf } from './gp-candidates.ts'
import { Features } from './gp-features.ts'
import type { Hyperparameters } from './gp-fit.ts'
import { PriorBonus } from './gp-prior.ts'
import { regionOf } from './gp-region.ts'
import { AcquisitionSearch } from './gp-search.ts'
import type { Found } from './gp-search.ts'
import { drawFromPriors, startAtModes } from './prior.ts'
import { Proposals } from './proposals.ts'
import { Ranking } from './ranking.ts'
import type { Ranked } from './ranking.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'
import { SobolSequence } from './sobol.ts'

export interface GpOptions {
  /** Trials that are over before the model is asked. Default: 5; 3 where the experiment has fewer than 15. */
  readonly startupTrials?: number
}

/** Suggestions of the model that may be refused, by constraints or as duplicates, before one is drawn at random instead. */
const modelAttempts = 10
/** Scores that the model needs where others failed. */
const evidenceLeast = 3
/**
 * The first points keep to so much of the middle of each continuous parameter: a few points tell most about a space when they are away
 * from its edges (Sacks et al., "Design and analysis of computer experiments", 1989, section 5; the share is ablated).
 */
const startupShare = 0.6
/** Scores from which a suggestion takes some milliseconds. */
const slowFrom = 30
/** Earlier experiments of which the best configuration comes first. */
const earlierFirst = 2
/** Suggestions keep this distance, in one dimension at least, from what is being evaluated, and from what is known. */
const apartFromPending = 0.05
const apartFromKnown = 1e-6
/**
 * Where most of the variance may be noise, a model that believes in a trend would ask for the end of the trend for ever: this
 * many trials within this distance, times the noise's deviation, are enough.
 */
const noiseHigh = 0.1
const crowdMost = 5
const crowdWidth = 0.2
/** Best points around which candidates are drawn; half of them around the very best. */
const centers = 5

export function gp(options: GpOptions = {}): SearcherFactory {
  knownOptions('gp()', options, ['startupTrials'])
  const { startupTrials } = options
  if (startupTrials !== undefined) wholeFrom('gp(): startupTrials', startupTrials, 1)
  return {
    name: 'gp',
    options: { ...options },
    capabilities: { objectivesMax: 3, outcomeConstraints: true },
    create: (context) => new Gp(context, startupTrials),
  }
}

class Gp implements Searcher {
  readonly #context: SearcherContext
  readonly #startupTrials: number | undefined
  readonly #proposals: Proposals
  readonly #sobol: SobolSequence
  readonly #features: Features
  readonly #models: GpModels
  /** The best of each earlier experiment. */
  readonly #firsts: readonly Float64Array[]
  readonly #ranking: Ranking
  /** Trials that are over in the order of their ends; those that failed have no rank. */
  readonly #over: number[] = []
  readonly #ranked = new Map<number, Ranked>()
  readonly #pending = new Set<number>()

  constructor(context: SearcherContext, startupTrials: number | undefined) {
    const { space, history, objectives } = context
    this.#context = context
    this.#startupTrials = startupTrials
    this.#proposals = new Proposals(context)
    this.#sobol = new SobolSequence(space, context.seed)
    this.#features = new Features(space)
    this.#models = new GpModels(this.#features, objectives.length, context.outcomeConstraints.length, context.earlier)
    this.#firsts = context.earlier.slice(0, earlierFirst).flatMap((each) => bestFirst(each).slice(0, 1))
    const lossAt = (report: number): number => lossOf(history.reportValue(report), objectives[0]!.mode)
    this.#ranking = new Ranking(history, lossAt, Math.max(space.dimensions.length + 2, 8))
  }

  /** With few trials a suggestion takes no longer than writing it down. */
  get slow(): boolean {
    return this.#ranked.size >= slowFrom && this.#isModelled()
  }

  observe(event: Event): void {
    this.#proposals.observe(event)
    if (event.type === 'suggested') this.#pending.add(event.trial)
    else if (event.type === 'reopened') this.#reopened(event.trial)
    if (event.type !== 'ended' || event.state === 'pending') return
    // One that was paused ends again.
    if (this.#pending.delete(event.trial)) this.#over.push(event.trial)
    const standing = this.#ranking.end(event)
    if (standing === undefined) return
    // Fits to the losses of before are not what a new searcher would find.
    if (standing.renewed.length > 0) this.#models.forget()
    for (const ranked of [standing.ranked, ...standing.renewed]) this.#ranked.set(ranked.trial, ranked)
  }

  /** It failed, and is under way again. */
  #reopened(trial: number): void {
    this.#over.splice(this.#over.indexOf(trial), 1)
    this.#pending.add(trial)
    this.#models.forgetAll()
  }

  suggest(n: number): readonly Suggestion[] {
    const first = this.#context.history.trials
    const suggestions: Suggestion[] = []
    let found: readonly Found[] = []
    let foundFor = -1
    const draw = (trial: number, point: Float64Array, attempt: number): Why => {
      const batch = suggestions.slice(suggestions.length - (trial - first)).map((each) => each.point)
      if (!this.#isModelled() || attempt >= modelAttempts) return this.#start(trial, point, attempt, batch)
      if (foundFor !== trial) {
        found = this.#search(trial, batch)
        foundFor = trial
      }
      const chosen = found[attempt]
      if (chosen === undefined) return this.#start(trial, point, modelAttempts, batch)
      point.set(chosen.point)
      return { by: 'gp', phase: 'model', logEi: Number(chosen.value.toPrecision(4)) }
    }
    return this.#proposals.propose(n, draw, suggestions)
  }

  /** What earlier experiments found best, the middle or what the user believes in, or the sequence's point; where such a one was refused, a random one. */
  #start(trial: number, point: Float64Array, attempt: number, batch: readonly Float64Array[]): Why {
    const { space } = this.#context
    const known = attempt === 0 ? this.#firsts.find((first) => !this.#isSuggested(first, batch)) : undefined
    if (known !== undefined) point.set(known.map((u) => (Number.isNaN(u) ? 0.5 : u)))
    else if (trial === this.#firsts.length && attempt === 0) point.set(startAtModes(space))
    else {
      this.#sobol.write(trial, point, attempt)
      if (attempt < modelAttempts) keepToTheMiddle(space.dimensions, point)
      drawFromPriors(space.dimensions, point)
    }
    return { by: 'gp', phase: attempt >= modelAttempts ? 'random' : known === undefined ? 'startup' : 'earlier' }
  }

  #isSuggested(point: Float64Array, batch: readonly Float64Array[]): boolean {
    const before = this.#pointsOf(Array.from({ length: this.#context.history.trials }, (_, trial) => trial))
    return !isApart(point, [...before, ...batch], apartFromKnown)
  }

  #isModelled(): boolean {
    const startup = this.#startup()
    return this.#ranked.size >= Math.min(evidenceLeast, startup) && this.#over.length >= startup
  }

  #startup(): number {
    return this.#startupTrials ?? (this.#context.trialsMax() < 15 ? 3 : 5)
  }

  /** What the models suggest, best first; nothing where all that is promising was asked often enough. */
  #search(trial: number, batch: readonly Float64Array[]): Found[] {
    const points = this.#pointsOf(this.#over)
    const waiting = this.#pointsOf([...this.#pending]).concat(batch)
    const violations = this.#context.outcomeConstraints.map((_, constraint) => {
      return Float64Array.from(this.#over, (each) => this.#context.history.violation(each, constraint))
    })
    const losses = this.#losses()
    const { posteriors, criterion, order, hyper } = this.#models.believe({
      points,
      losses,
      violations,
      pending: waiting,
    })
    const best = order.slice(0, centers)
    const settle = (point: Float64Array): boolean => {
      this.#proposals.pin(trial, point)
      this.#context.space.activate(point)
      return this.#proposals.allows(point)
    }
    const { dimensions } = this.#context.space
    const region = regionOf(dimensions, losses[0]!, best[0]!, this.#lengthscales(hyper))
    const bonus = new PriorBonus(dimensions, this.#priorStrength())
    const search = new AcquisitionSearch(this.#features, dimensions, posteriors, criterion, { bonus, region, settle })
    const random = stream(this.#context.seed, purpose.suggest, trial, 0, 1)
    const listed = this.#proposals.candidatesLeft(trial)
    if (listed !== undefined) return search.best(listed)
    const candidates = candidatesOf(dimensions, region, best, random).filter(settle)
    const found = search.maximise(candidates, best.slice(0, 1), random)
    const crowd = crowdWidth * Math.sqrt(hyper.noise)
    const isNew = ({ point }: Found): boolean => {
      if (!isApart(point, waiting, apartFromPending) || !isApart(point, points, apartFromKnown)) return false
      return hyper.noise < noiseHigh || points.filter((other) => !isApart(point, [other], crowd)).length < crowdMost
    }
    return found.filter(isNew)
  }

  #lengthscales({ lengthscales }: Hyperparameters): Float64Array {
    return Float64Array.from(this.#features.first, (coordinate) => lengthscales[coordinate]!)
  }

  /** β / n with a tenth of the trials as β, as Hvarfner et al. recommend. */
  #priorStrength(): number {
    const trials = this.#context.trialsMax()
    return (trials < Infinity ? trials / 10 : 10) / this.#over.length
  }

  #losses(): readonly Float64Array[] {
    const { history, objectives } = this.#context
    if (objectives.length === 1) return [this.#comparable()]
    return objectives.map((_, k) => {
      return Float64Array.from(this.#over, (trial) => (this.#ranked.has(trial) ? history.loss(trial, k) : Infinity))
    })
  }

  /**
   * Losses of all that are over: Infinity where failed; one that was stopped before it could be compared is no better than
   * the median of those before it.
   */
  #comparable(): Float64Array {
    const sorted: number[] = []
    return Float64Array.from(this.#over, (trial) => {
      const ranked = this.#ranked.get(trial)
      if (ranked === undefined) return Infinity
      const { loss, reached } = ranked
      if (!reached) return Math.max(loss, sorted[sorted.length >> 1] ?? loss)
      sorted.splice(placeOf(loss, sorted), 0, loss)
      return loss
    })
  }

  #pointsOf(trials: readonly number[]): Float64Array[] {
    const { space, history } = this.#context
    const width = space.dimensions.length
    const memory = new Float64Array(trials.length * width)
    return trials.map((trial, i) => {
      const point = memory.subarray(i * width, (i + 1) * width)
      history.point(trial, point)
      return point
    })
  }
}

/** Behind all that are not greater. */
function placeOf(loss: number, sorted: readonly number[]): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! > loss) high = middle
    else low = middle + 1
  }
  return low
}

function keepToTheMiddle(dimensions: readonly Dimension[], point: Float64Array): void {
  for (const { index, kind, prior } of dimensions) {
    if (kind === 'continuous' && prior === undefined) point[index] = 0.5 + startupShare * (point[index]! - 0.5)
  }
}
