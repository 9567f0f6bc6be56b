import { knownOptions, wholeFrom } from '../base/check.ts'
import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { Dimension } from '../space/encoded.ts'
import type { Event, Why } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { Parzen } from './parzen.ts'
import type { Kernels, SortedTrials } from './parzen.ts'
import { isActive, Proposals } from './proposals.ts'
import { Ranking } from './ranking.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'
import { SobolSequence } from './sobol.ts'

export interface TpeOptions {
  /** Trials that are over before the model is asked. Default: an eighth of the experiment's trials, 5 to 10. */
  readonly startupTrials?: number
  /** Draws from the good trials' density, of which the most promising is suggested. Default: 24; more is not better. */
  readonly candidates?: number
}

/** The better part of n trials: ceil(0.15 n), at least 1 and at most 25 (Watanabe 2023, table 2). */
const betterShare = 0.15
const betterMax = 25
/** Trials of the worse part up to which all are kernels; beyond, the newest and an even sample of the others are. */
const worseMax = 2_000
const worseNewest = 500
/** Suggestions of the model that may be refused, by constraints or as duplicates, before one is drawn at random instead. */
const modelAttempts = 10

/**
 * Multivariate tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011; joint kernels and constants as recommended
 * by Watanabe, "Tree-Structured Parzen Estimator", arXiv 2304.11127): the densities l of the better and g of the worse trials
 * are estimated, and of some draws from l the one with the highest l / g is suggested. Pending and failed trials count as
 * worse, so parallel suggestions keep away from each other. Conditional dimensions are chosen after their gates, by the
 * trials in which they were active, given what is chosen already.
 */
export function tpe(options: TpeOptions = {}): SearcherFactory {
  knownOptions('tpe()', options, ['startupTrials', 'candidates'])
  const { startupTrials } = options
  if (startupTrials !== undefined) wholeFrom('tpe(): startupTrials', startupTrials, 1)
  const candidates = wholeFrom('tpe(): candidates', options.candidates ?? 24, 1)
  return {
    name: 'tpe',
    options: { ...options },
    capabilities: { objectivesMax: 1 },
    create: (context) => new Tpe(context, startupTrials, candidates),
  }
}

/** Dimensions with the same condition, chosen together. */
interface Group {
  /** The dimensions to be chosen. */
  readonly dimensions: readonly Dimension[]
  /** Whether others are given. */
  readonly conditional: boolean
  /** Over both. */
  readonly parzen: Parzen
}

class Tpe implements Searcher {
  readonly #context: SearcherContext
  readonly #startupTrials: number | undefined
  readonly #candidates: number
  readonly #proposals: Proposals
  readonly #sobol: SobolSequence
  readonly #ranking: Ranking
  readonly #groups: readonly Group[]
  /** Trials that are not over. */
  readonly #pending = new Set<number>()
  readonly #sorted: readonly SortedTrials[]
  /** Points of the batch that is being suggested: they stand for trials with the next numbers. */
  #batch: Float64Array[] = []
  #slots = new Int32Array(1024)

  constructor(context: SearcherContext, startupTrials: number | undefined, candidates: number) {
    const { space, history, objectives } = context
    this.#context = context
    this.#startupTrials = startupTrials
    this.#candidates = candidates
    this.#proposals = new Proposals(context)
    this.#sobol = new SobolSequence(context.space, context.seed)
    const lossAt = (report: number): number => lossOf(history.reportValue(report), objectives[0]!.mode)
    this.#ranking = new Ranking(history, lossAt, Math.max(space.dimensions.length + 2, 8))
    this.#groups = groupsOf(space.dimensions)
    this.#sorted = space.dimensions.map(() => ({ trials: [], at: [] }))
  }

  observe(event: Event): void {
    this.#proposals.observe(event)
    this.#ranking.observe(event)
    if (event.type === 'suggested') {
      this.#pending.add(event.trial)
      this.#insert(event.trial)
    } else if (event.type === 'ended' && event.state !== 'pending') this.#pending.delete(event.trial)
  }

  suggest(n: number): readonly Suggestion[] {
    const first = this.#context.history.trials
    try {
      const suggestions: Suggestion[] = []
      const draw = (trial: number, point: Float64Array, attempt: number): Why => {
        // The suggestions before this one in the batch are pending for it.
        for (let made = this.#batch.length; made < trial - first; made++) this.#addToBatch(suggestions[made]!.point)
        return this.#draw(trial, point, attempt)
      }
      return this.#proposals.propose(n, draw, suggestions)
    } finally {
      for (let made = 0; made < this.#batch.length; made++) this.#remove(first + made)
      this.#batch = []
    }
  }

  #draw(trial: number, point: Float64Array, attempt: number): Why {
    if (this.#ranking.size < this.#startup() || attempt >= modelAttempts) {
      if (trial === 0 && attempt === 0) point.set(this.#context.space.center().map((u) => (Number.isNaN(u) ? 0.5 : u)))
      else this.#sobol.write(trial, point, attempt)
      return { by: 'tpe', phase: attempt >= modelAttempts ? 'random' : 'startup' }
    }
    this.#proposals.pin(trial, point)
    let logRatio = 0
    for (const [index, group] of this.#groups.entries()) {
      const [first] = group.dimensions
      if (first === undefined) continue
      if (!isActive(first, this.#context.space.dimensions, point)) {
        for (const dimension of group.dimensions) point[dimension.index] = NaN
        continue
      }
      const random = stream(this.#context.seed, purpose.suggest, trial, attempt, index)
      logRatio += this.#choose(group, point, random)
    }
    const { below, above } = this.#sizes
    return { by: 'tpe', phase: 'model', logRatio: Number(logRatio.toPrecision(4)), below, above }
  }

  #sizes = { below: 0, above: 0 }

  #startup(): number {
    return this.#startupTrials ?? Math.max(5, Math.min(10, Math.ceil(this.#context.trialsMax() / 8)))
  }

  /** Sets a group's dimensions to the best of some draws; answers its log ratio. */
  #choose(group: Group, point: Float64Array, random: Random): number {
    const { below, above, weights, priorWeight } = this.#split(group.dimensions[0]!)
    if (group === this.#groups[0]) this.#sizes = { below: below.length, above: above.trials.length }
    const better = group.parzen.kernels(below, weights, priorWeight, this.#sorted, this.#slots)
    const worse = group.parzen.kernels(above.trials, above.weights, 1, this.#sorted, this.#slots)
    const chances = group.conditional ? group.parzen.conditionalWeights(better, point) : better.weights
    const logRatio = this.#bestDraw(group, better, worse, chances, point, random)
    group.parzen.release()
    return logRatio
  }

  #bestDraw(
    group: Group,
    better: Kernels,
    worse: Kernels,
    chances: Float64Array,
    point: Float64Array,
    random: Random,
  ): number {
    const { parzen, dimensions } = group
    // Before the last group is chosen it is too early to tell whether a configuration is allowed.
    const isLast = group === this.#groups.at(-1)
    const best = point.slice()
    let highest = -Infinity
    for (let draw = 0; draw < this.#candidates; draw++) {
      parzen.sample(better, pick(chances, random), point, random)
      if (isLast && !this.#proposals.allows(point)) continue
      const log = parzen.logDensity(better, point)
      // Worse trials come best first, so that a draw that can't win is found out early.
      const ratio = log - parzen.logDensity(worse, point, log - highest)
      if (ratio <= highest) continue
      highest = ratio
      best.set(point)
    }
    // Where all draws were refused, the last one stands for them and is refused again.
    if (highest === -Infinity) return 0
    for (const { index } of dimensions) point[index] = best[index]!
    return highest
  }

  /** The better and worse trials in which a dimension is active, with their weights. */
  #split(dimension: Dimension): {
    below: number[]
    weights: number[]
    priorWeight: number
    above: { trials: number[]; weights: number[] }
  } {
    const isIn = (trial: number): boolean => !Number.isNaN(this.#u(trial, dimension.index))
    const ranked = this.#ranking.trials.filter(({ trial }) => isIn(trial))
    const wanted = Math.min(betterMax, Math.max(1, Math.ceil(betterShare * ranked.length)))
    const better = ranked.slice(0, wanted).filter(({ loss }) => loss < Infinity)
    const next = ranked[better.length]
    // Expected improvement over the best of the worse, where the two can be compared at one step.
    const comparable =
      next !== undefined && next.loss < Infinity && next.reached && better.every(({ reached }) => reached)
    const weights = better.map(({ loss }) => (comparable ? Math.max(1e-12, next.loss - loss) : 1))
    const priorWeight = weights.length === 0 ? 1 : weights.reduce((sum, weight) => sum + weight, 0) / weights.length
    const first = this.#context.history.trials
    const others = [
      ...ranked.slice(better.length).map(({ trial }) => trial),
      ...this.#ranking.failed.filter(isIn),
      ...[...this.#pending].filter(isIn),
      ...this.#batch.map((_point, made) => first + made).filter(isIn),
    ]
    return { below: better.map(({ trial }) => trial), weights, priorWeight, above: thinned(others) }
  }

  #u(trial: number, dimension: number): number {
    const { history } = this.#context
    return trial < history.trials ? history.u(trial, dimension) : this.#batch[trial - history.trials]![dimension]!
  }

  #addToBatch(point: Float64Array): void {
    this.#batch.push(point)
    this.#insert(this.#context.history.trials + this.#batch.length - 1)
  }

  #insert(trial: number): void {
    if (trial >= this.#slots.length) this.#slots = new Int32Array(2 * trial)
    for (const { parzen } of this.#groups) parzen.place(trial, (dimension) => this.#u(trial, dimension))
    this.#sorted.forEach(({ trials, at }, dimension) => {
      const u = this.#u(trial, dimension)
      if (Number.isNaN(u)) return
      const place = placeIn(trials, at, u, trial)
      trials.splice(place, 0, trial)
      at.splice(place, 0, u)
    })
  }

  #remove(trial: number): void {
    this.#sorted.forEach(({ trials, at }, dimension) => {
      const u = this.#u(trial, dimension)
      if (Number.isNaN(u)) return
      const place = placeIn(trials, at, u, trial)
      trials.splice(place, 1)
      at.splice(place, 1)
    })
  }
}

/** Where a trial stands, or belongs, in a dimension's list. */
function placeIn(trials: readonly number[], at: readonly number[], u: number, trial: number): number {
  let low = 0
  let high = trials.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at[middle]! < u || (at[middle] === u && trials[middle]! < trial)) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The dimensions by condition, gates first. The roots are given to all others, as are a group's own gates; grid dimensions
 * are given by the trial's number.
 */
function groupsOf(dimensions: readonly Dimension[]): Group[] {
  const byCondition = new Map<string, Dimension[]>()
  for (const dimension of dimensions) {
    const condition = JSON.stringify(dimension.parents)
    byCondition.set(condition, [...(byCondition.get(condition) ?? []), dimension])
  }
  const roots = byCondition.get('[]') ?? []
  return [...byCondition.values()].map((members) => {
    const before = members === roots ? [] : [...roots, ...ancestorsOf(members[0]!, dimensions)]
    const given = [...new Set([...before, ...members.filter(({ grid }) => grid)])]
    const chosen = members.filter(({ grid }) => !grid)
    return { dimensions: chosen, conditional: given.length > 0, parzen: new Parzen([...given, ...chosen], given) }
  })
}

function ancestorsOf({ parents }: Dimension, dimensions: readonly Dimension[]): Dimension[] {
  return parents.flatMap(({ parent }) => [...ancestorsOf(dimensions[parent]!, dimensions), dimensions[parent]!])
}

/** All trials, or the newest and an even sample of the others that stands for them all. */
function thinned(trials: readonly number[]): { trials: number[]; weights: number[] } {
  if (trials.length <= worseMax) return { trials: [...trials], weights: trials.map(() => 1) }
  const byAge = trials.toSorted((a, b) => a - b)
  const newest = byAge.slice(-worseNewest)
  const older = byAge.slice(0, -worseNewest)
  const sampled = worseMax - worseNewest
  const sample = Array.from({ length: sampled }, (_, i) => older[Math.floor((i * older.length) / sampled)]!)
  const weight = older.length / sampled
  return { trials: [...sample, ...newest], weights: [...sample.map(() => weight), ...newest.map(() => 1)] }
}

/** An index drawn with the given relative chances. */
function pick(chances: Float64Array, random: Random): number {
  let rest = random.float() * chances.reduce((sum, chance) => sum + chance, 0)
  for (let i = 0; i < chances.length; i++) {
    rest -= chances[i]!
    if (rest < 0) return i
  }
  return chances.length - 1
}
