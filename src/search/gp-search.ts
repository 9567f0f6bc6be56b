import type { Random } from '../base/random.ts'
import { Lbfgs } from '../math/lbfgs.ts'
import type { Dimension } from '../space/encoded.ts'
import type { Criterion, Forecast } from './gp-criterion.ts'
import type { Features } from './gp-features.ts'
import type { PriorBonus } from './gp-prior.ts'
import type { Region } from './gp-region.ts'
import { lanes, Prediction } from './gp-posterior.ts'
import type { GpPosterior } from './gp-posterior.ts'

/** A point and how promising it is. */
export interface Found {
  readonly point: Float64Array
  readonly value: number
}

/** Evaluations of one climb over the continuous dimensions. */
const climbEvaluations = 20
/** Points from which a climb starts: they go in lock step, a lane each. */
const climbs = lanes
/** Of the candidates that look best by an upper bound, so many blocks of lanes are evaluated in full. */
const blocksMax = 12
/** Turns of climbing and of moves along discrete dimensions. */
const turns = 3
/** Climbs that are worth moves along discrete dimensions. */
const movers = 3

/** What makes a point of the space out of any numbers, in place, and says whether it may be suggested. */
export type Settle = (point: Float64Array) => boolean

/** What else a suggestion depends on. */
export interface Terms {
  readonly bonus: PriorBonus
  readonly region: Region
  readonly settle: Settle
}

/**
 * Maximises a criterion of some models over a mixed, conditional space: of many candidates the best start climbs
 * along the continuous dimensions by L-BFGS, in turn with moves along each discrete dimension.
 */
export class AcquisitionSearch {
  readonly #features: Features
  readonly #dimensions: readonly Dimension[]
  readonly #models: readonly GpPosterior[]
  readonly #criterion: Criterion
  readonly #bonus: PriorBonus
  readonly #region: Region
  readonly #settle: Settle
  readonly #predictions: readonly Prediction[]
  readonly #forecast: Forecast
  readonly #vector: Float64Array

  constructor(
    features: Features,
    dimensions: readonly Dimension[],
    models: readonly GpPosterior[],
    criterion: Criterion,
    { bonus, region, settle }: Terms,
  ) {
    this.#features = features
    this.#dimensions = dimensions
    this.#models = models
    this.#criterion = criterion
    this.#bonus = bonus
    this.#region = region
    this.#settle = settle
    this.#predictions = models.map(() => new Prediction(features.count))
    const row = (): Float64Array => new Float64Array(models.length)
    this.#forecast = { means: row(), deviations: row(), byMeans: row(), byDeviations: row() }
    this.#vector = new Float64Array(features.count)
  }

  /** Promising points, best first, all different: local maxima, reached from the best candidates and from `incumbents`. */
  maximise(candidates: readonly Float64Array[], incumbents: readonly Float64Array[], random: Random): Found[] {
    const best = this.best(candidates)
    const starts = [...best.slice(0, climbs - incumbents.length).map(({ point }) => point), ...incumbents]
    let found: Found[] = starts.slice(0, climbs).map((point) => ({ point: point.slice(), value: -Infinity }))
    const isDiscrete = this.#dimensions.some(({ kind, grid }) => kind !== 'continuous' && !grid)
    for (let turn = 0; turn < (isDiscrete ? turns : 1); turn++) {
      found = this.#climb(found).toSorted((a, b) => b.value - a.value)
      if (!isDiscrete) break
      const moved = found.slice(0, movers).map((each) => this.#move(each, random))
      const isOver = moved.every(({ point }, i) => point === found[i]!.point)
      found = [...moved, ...found.slice(movers)]
      if (isOver) break
    }
    const settled = found.filter(({ point, value }) => value > -Infinity && this.#settle(point))
    return distinct([...settled, ...best].toSorted((a, b) => b.value - a.value))
  }

  /** The best candidates, best first, by their true value; only those whose upper bound is high are asked for it. */
  best(candidates: readonly Float64Array[]): Found[] {
    const bounded = this.#evaluate(candidates, (model, prediction) => model.sketch(prediction))
    const order = bounded.toSorted((a, b) => b.value - a.value)
    let best: Found[] = []
    for (let block = 0; block < blocksMax && block * lanes < order.length; block++) {
      const next = order.slice(block * lanes, (block + 1) * lanes)
      if (best.length >= climbs && next[0]!.value <= best[climbs - 1]!.value) break
      best = [...best, ...this.values(next.map(({ point }) => point))].toSorted((a, b) => b.value - a.value)
    }
    return best
  }

  /** How promising some points are. */
  values(points: readonly Float64Array[]): Found[] {
    return this.#evaluate(points, (model, prediction) => model.predict(prediction, false))
  }

  #evaluate(points: readonly Float64Array[], ask: (model: GpPosterior, prediction: Prediction) => void): Found[] {
    const found: Found[] = []
    for (let first = 0; first < points.length; first += lanes) {
      const block = points.slice(first, first + lanes)
      this.#place(block)
      this.#models.forEach((model, i) => ask(model, this.#predictions[i]!))
      block.forEach((point, lane) => found.push({ point, value: this.#value(lane, point) }))
    }
    return found
  }

  #place(points: readonly Float64Array[]): void {
    for (let lane = 0; lane < lanes; lane++) {
      this.#features.write(points[Math.min(lane, points.length - 1)]!, this.#vector, 0)
      for (const model of this.#models) model.place(lane, this.#vector)
    }
  }

  #value(lane: number, point: Float64Array): number {
    const { means, deviations } = this.#forecast
    for (let i = 0; i < this.#predictions.length; i++) {
      means[i] = this.#predictions[i]!.means[lane]!
      deviations[i] = this.#predictions[i]!.deviations[lane]!
    }
    return this.#criterion(this.#forecast) + this.#bonus.value(point)
  }

  /** All climbs along their active continuous dimensions, in lock step. */
  #climb(found: readonly Found[]): Found[] {
    const searches = found.map(({ point }) => this.#climber(point))
    const work = found.map(({ point }) => point.slice())
    while (searches.some(({ search }) => !search.done)) {
      searches.forEach(({ free, search }, lane) => write(search.next, free, work[lane]!))
      this.#place(work)
      this.#models.forEach((model, i) => model.predict(this.#predictions[i]!, true))
      searches.forEach(({ free, search, gradient }, lane) => {
        if (search.done) return
        const value = this.#value(lane, work[lane]!)
        for (let i = 0; i < free.length; i++) gradient[i] = -this.#slope(lane, free[i]!, work[lane]!)
        search.tell(-value, gradient)
      })
    }
    return searches.map(({ free, search }, lane) => {
      const point = found[lane]!.point.slice()
      write(search.best, free, point)
      return { point, value: -search.value }
    })
  }

  #climber(point: Float64Array): { free: readonly Dimension[]; search: Lbfgs; gradient: Float64Array } {
    const free = this.#dimensions.filter(
      ({ kind, index, grid }) => kind === 'continuous' && !grid && !Number.isNaN(point[index]!),
    )
    const start = Float64Array.from(free, ({ index }) => point[index]!)
    const lower = Float64Array.from(free, ({ index }) => this.#region.lower[index]!)
    const upper = Float64Array.from(free, ({ index }) => this.#region.upper[index]!)
    const search = new Lbfgs(start, lower, upper, { tolerance: 1e-3, evaluationsMax: climbEvaluations })
    return { free, search, gradient: new Float64Array(free.length) }
  }

  /** The derivative of the criterion, as evaluated last, by a continuous dimension of a lane's point. */
  #slope(lane: number, dimension: Dimension, point: Float64Array): number {
    const { byMeans, byDeviations } = this.#forecast
    const at = lane * this.#features.count + this.#features.first[dimension.index]!
    let sum = this.#bonus.slope(dimension, point[dimension.index]!)
    for (let i = 0; i < this.#predictions.length; i++) {
      const { meanSlopes, deviationSlopes } = this.#predictions[i]!
      sum += byMeans[i]! * meanSlopes[at]! + byDeviations[i]! * deviationSlopes[at]!
    }
    return sum
  }

  /** The best of a point's neighbours along each discrete dimension in turn; the same object where none is better. */
  #move(from: Found, random: Random): Found {
    let here = this.#settle(from.point) ? from : { point: from.point, value: -Infinity }
    for (const dimension of this.#dimensions) {
      const { kind, index, grid } = dimension
      if (kind === 'continuous' || grid || Number.isNaN(here.point[index]!)) continue
      const neighbours: Float64Array[] = []
      for (const level of levelsAround(dimension, here.point[index]!)) {
        const point = here.point.slice()
        point[index] = dimension.at(level)
        // A branch that opens begins anywhere.
        for (let i = 0; i < point.length; i++) if (Number.isNaN(point[i]!)) point[i] = random.float()
        if (this.#settle(point)) neighbours.push(point)
      }
      for (const found of this.values(neighbours)) if (found.value > here.value + 1e-9) here = found
    }
    return here
  }
}

function write(values: Float64Array, dimensions: readonly Dimension[], point: Float64Array): void {
  for (let i = 0; i < dimensions.length; i++) point[dimensions[i]!.index] = values[i]!
}

/** The levels to which a move may go: all of a few or unordered ones, else those at distances 1, 2, 4 and so on. */
function levelsAround(dimension: Dimension, u: number): number[] {
  const { kind, levels } = dimension
  const here = dimension.level(u)
  if (kind === 'unordered' || levels <= 16) {
    return Array.from({ length: levels }, (_, level) => level).filter((level) => level !== here)
  }
  const around: number[] = []
  for (let step = 1; step < levels; step *= 2) {
    if (here + step < levels) around.push(here + step)
    if (here - step >= 0) around.push(here - step)
  }
  return around
}

function distinct(found: readonly Found[]): Found[] {
  const kept: Found[] = []
  for (const each of found) {
    if (!kept.some(({ point }) => isSame(point, each.point))) kept.push(each)
  }
  return kept
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  for (let i = 0; i < a.length; i++) {
    if (!(Math.abs(a[i]! - b[i]!) < 1e-9) && !bothNaN(a[i]!, b[i]!)) return false
  }
  return true
}

function bothNaN(a: number, b: number): boolean {
  return Number.isNaN(a) && Number.isNaN(b)
}
