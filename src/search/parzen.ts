import type { Random } from '../base/random.ts'
import { normalCdf } from '../math/normal.ts'
import type { Dimension } from '../space/encoded.ts'

/** Kernels narrower than this share of the range would overfit (Watanabe 2023, "magic clipping" at 0.03). */
const bandwidthFloor = 0.03
/** A kernel whose log density is so much below the highest is left out: thousands of them would change the sum by 1e-5. */
const negligible = 20
/** Ordered dimensions of at most so many levels have their cells' masses in tables. */
const tabledLevels = 128

/** The kernels of one set of trials. Kernel 0 is the prior. */
export interface Kernels {
  readonly count: number
  /** Where each kernel's shape stands. */
  readonly rows: Int32Array
  /** Relative weights, not normalised. */
  readonly weights: Float64Array
  /** Logarithm of the weight and of all factors that do not depend on where the density is asked. */
  readonly constants: Float64Array
  /** The prior's shape, as those of `#shapes`. */
  readonly prior: Float64Array
}

interface Members {
  readonly members: Int32Array
  readonly at: Float64Array
  count: number
}

/** The trials in which a dimension is active, by ascending coordinate, equal ones by number. */
export interface SortedTrials {
  readonly trials: number[]
  readonly at: number[]
}

/**
 * Multivariate Parzen estimators over encoded dimensions: a product of truncated normals (continuous), their masses on cells
 * (ordered) and smoothed one-hot vectors (unordered) around each trial, plus a prior over the whole range (Watanabe, "Tree-
 * Structured Parzen Estimator: Understanding Its Algorithm Components", arXiv 2304.11127, sections 3.3 and 4).
 */
export class Parzen {
  readonly #dimensions: readonly Dimension[]
  readonly #cells: readonly (CellMasses | undefined)[]
  /** Dimensions with a density stand before those with masses: so hopeless kernels are given up early. */
  readonly #dense: number
  /** Whether a dimension is given when the others are drawn. */
  readonly #given: readonly boolean[]
  /**
   * Trial by trial and dimension by dimension the centre, then one over the bandwidth. Between two suggestions all have the
   * floor bandwidth, which nearly all kernels of a larger set have; only others are set for a suggestion, and set back.
   */
  #shapes = new Float64Array(0)
  /** For each trial the log of what divides its kernel of floor bandwidth so that it integrates to 1. */
  #scales = new Float64Array(0)
  /** Entries of `#shapes` to be set back. */
  readonly #changed: number[] = []
  /** Scratch space of `#membersOf`. */
  #members: Members = { members: new Int32Array(0), at: new Float64Array(0), count: 0 }
  /** The point at hand, dimension by dimension of this estimator. */
  readonly #at: Float64Array

  constructor(dimensions: readonly Dimension[], given: readonly Dimension[]) {
    this.#dimensions = [...dimensions.filter(isDense), ...dimensions.filter((dimension) => !isDense(dimension))]
    this.#dense = dimensions.filter(isDense).length
    this.#given = this.#dimensions.map((dimension) => given.includes(dimension))
    this.#cells = this.#dimensions.map((dimension) => (isCellular(dimension) ? new CellMasses(dimension) : undefined))
    this.#at = new Float64Array(dimensions.length)
  }

  /** Takes in where a trial stands, or stands now. A trial that lacks a dimension can't be in a set. */
  place(trial: number, point: (dimension: number) => number): void {
    const width = this.#dimensions.length
    const end = 2 * (trial + 1) * width
    if (end > this.#shapes.length) {
      this.#shapes = grown(this.#shapes, 2 * end)
      this.#scales = grown(this.#scales, 2 * (trial + 1))
    }
    this.#scales[trial] = 0
    for (let j = 0; j < width; j++) {
      const shape = 2 * (trial * width + j)
      const center = point(this.#dimensions[j]!.index)
      this.#shapes[shape] = center
      this.#shapes[shape + 1] = 1 / bandwidthFloor
      if (j < this.#dense) this.#scales[trial] += logScale(center, bandwidthFloor)
    }
  }

  /**
   * The kernels around some trials, until `release`. `sorted` tells for every dimension of the space where all trials stand;
   * `slots` is scratch space of zeros with an entry a trial.
   */
  kernels(
    trials: readonly number[],
    weights: readonly number[],
    priorWeight: number,
    sorted: readonly SortedTrials[],
    slots: Int32Array,
  ): Kernels {
    const width = this.#dimensions.length
    const count = trials.length + 1
    const made: Kernels = {
      count,
      rows: new Int32Array(count),
      weights: new Float64Array(count),
      constants: new Float64Array(count),
      prior: new Float64Array(2 * width),
    }
    made.weights.set(weights, 1)
    made.weights[0] = priorWeight
    const total = made.weights.reduce((sum, weight) => sum + weight, 0)
    made.constants[0] = Math.log(priorWeight / total)
    trials.forEach((trial, i) => {
      slots[trial] = i + 1
      made.rows[i + 1] = trial
      made.constants[i + 1] = Math.log(weights[i]! / total) - this.#scales[trial]!
    })
    for (let j = 0; j < width; j++) this.#setBandwidths(made, j, sorted[this.#dimensions[j]!.index]!, slots)
    for (const trial of trials) slots[trial] = 0
    return made
  }

  /** Ends the use of all kernels that were made. */
  release(): void {
    for (const shape of this.#changed) this.#shapes[shape] = 1 / bandwidthFloor
    this.#changed.length = 0
  }

  /** Bandwidths of one dimension: each kernel reaches to its farther neighbour, the prior's centre included. */
  #setBandwidths(made: Kernels, j: number, sorted: SortedTrials, slots: Int32Array): void {
    const { kind, prior: given } = this.#dimensions[j]!
    const prior = given?.kind === 'normal' ? given : { mode: 0.5, deviation: 1 }
    const floor = Math.max(bandwidthFloor, (made.count + 1) ** -2)
    const priorWidth = Math.min(1, Math.max(floor, prior.deviation))
    made.prior[2 * j] = prior.mode
    made.prior[2 * j + 1] = 1 / priorWidth
    if (j < this.#dense) made.constants[0]! -= logScale(prior.mode, priorWidth)
    if (kind === 'unordered') return
    const { members, at, count } = this.#membersOf(sorted, slots, made.count, prior.mode)
    for (let i = 0; i < count; i++) {
      const left = i > 0 ? at[i - 1]! : 0
      const right = i < count - 1 ? at[i + 1]! : 1
      const reach = Math.max(at[i]! - left, right - at[i]!, floor)
      if (reach > bandwidthFloor && members[i]! >= 0)
        this.#widen(made, j, members[i]!, slots, at[i]!, Math.min(1, reach))
    }
  }

  #widen(made: Kernels, j: number, trial: number, slots: Int32Array, center: number, bandwidth: number): void {
    const shape = 2 * (trial * this.#dimensions.length + j) + 1
    this.#shapes[shape] = 1 / bandwidth
    this.#changed.push(shape)
    if (j >= this.#dense) return
    made.constants[slots[trial]!]! += logScale(center, bandwidthFloor) - logScale(center, bandwidth)
  }

  /** The trials of a set by ascending coordinate, with −1 for the prior in its place. */
  #membersOf({ trials, at }: SortedTrials, slots: Int32Array, most: number, prior: number): Members {
    if (this.#members.members.length < most) {
      this.#members = { members: new Int32Array(2 * most), at: new Float64Array(2 * most), count: 0 }
    }
    const found = this.#members
    let count = 0
    let isPriorIn = false
    for (let i = 0; i < trials.length; i++) {
      if (slots[trials[i]!] === 0) continue
      if (!isPriorIn && prior <= at[i]!) {
        isPriorIn = true
        found.members[count] = -1
        found.at[count++] = prior
      }
      found.members[count] = trials[i]!
      found.at[count++] = at[i]!
    }
    if (!isPriorIn) {
      found.members[count] = -1
      found.at[count++] = prior
    }
    found.count = count
    return found
  }

  /**
   * The log density of a point, of which this estimator's dimensions are read, up to a constant of the set. As a density only
   * grows while kernels are added up, counting ends with Infinity once it has reached `enough`.
   */
  logDensity(made: Kernels, point: Float64Array, enough: number = Infinity): number {
    const { count, constants, rows } = made
    const at = this.#at
    const width = at.length
    const dense = this.#dense
    for (let j = 0; j < width; j++) at[j] = point[this.#dimensions[j]!.index]!
    let highest = -Infinity
    let sum = 0
    for (let kernel = 0; kernel < count; kernel++) {
      let log = constants[kernel]!
      // A kernel is given up as soon as it is negligible.
      const most = 2 * (log - highest + negligible)
      const shapes = kernel === 0 ? made.prior : this.#shapes
      let shape = kernel === 0 ? 0 : 2 * rows[kernel]! * width
      let squares = 0
      for (let j = 0; j < dense && squares <= most; j++, shape += 2) {
        const z = (at[j]! - shapes[shape]!) * shapes[shape + 1]!
        squares += z * z
      }
      if (squares > most) continue
      log -= 0.5 * squares
      if (dense < width) log += this.#logDiscrete(made, kernel)
      if (log > highest) {
        sum = sum * Math.exp(highest - log) + 1
        highest = log
      } else if (log > highest - negligible) sum += Math.exp(log - highest)
      if (highest + Math.log(sum) >= enough) return Infinity
    }
    return highest + Math.log(sum)
  }

  /** The part of one kernel's log density at the point at hand that comes of the dimensions with masses. */
  #logDiscrete(made: Kernels, kernel: number): number {
    const at = this.#at
    let log = 0
    for (let j = this.#dense; j < at.length; j++) {
      const { center, inverse } = this.#shapeOf(made, kernel, j)
      const cells = this.#cells[j]
      if (cells !== undefined) log += cells.log(center, 1 / inverse, at[j]!)
      else log += logChoice(this.#dimensions[j]!, kernel === 0, center === at[j], at[j]!, made.count)
    }
    return log
  }

  #shapeOf(made: Kernels, kernel: number, j: number): { readonly center: number; readonly inverse: number } {
    if (kernel === 0) return { center: made.prior[2 * j]!, inverse: made.prior[2 * j + 1]! }
    const shape = 2 * (made.rows[kernel]! * this.#dimensions.length + j)
    return { center: this.#shapes[shape]!, inverse: this.#shapes[shape + 1]! }
  }

  /** The weight of each kernel at the given dimensions of a point. */
  conditionalWeights(made: Kernels, point: Float64Array): Float64Array {
    const logs = Float64Array.from({ length: made.count }, (_, kernel) => this.#logGiven(made, kernel, point))
    const highest = logs.reduce((a, b) => Math.max(a, b), -Infinity)
    return logs.map((log) => Math.exp(log - highest))
  }

  #logGiven(made: Kernels, kernel: number, point: Float64Array): number {
    const width = this.#dimensions.length
    let log = Math.log(made.weights[kernel]!)
    for (let j = 0; j < width; j++) {
      if (!this.#given[j]!) continue
      const { center, inverse } = this.#shapeOf(made, kernel, j)
      const dimension = this.#dimensions[j]!
      const u = point[dimension.index]!
      if (dimension.kind === 'unordered') {
        log += logChoice(dimension, kernel === 0, center === u, u, made.count)
        continue
      }
      const z = (u - center) * inverse
      log += Math.log(inverse) - 0.5 * z * z
    }
    return log
  }

  /** Draws the dimensions that are not given, around one kernel. */
  sample(made: Kernels, kernel: number, point: Float64Array, random: Random): void {
    const width = this.#dimensions.length
    for (let j = 0; j < width; j++) {
      if (this.#given[j]!) continue
      const dimension = this.#dimensions[j]!
      const { center, inverse } = this.#shapeOf(made, kernel, j)
      point[dimension.index] =
        dimension.kind === 'unordered'
          ? sampleChoice(dimension, kernel === 0, center, made.count, random)
          : dimension.snap(truncatedNormal(center, 1 / inverse, random))
    }
  }
}

/** Dimensions whose kernels are densities: a cell's mass is proportional to it where cells are narrow. */
function isDense({ kind, levels }: Dimension): boolean {
  return kind !== 'unordered' && levels > tabledLevels
}

/** Ordered dimensions with cells wide enough that a density at their middle would be wrong. */
function isCellular({ kind, levels }: Dimension): boolean {
  return kind === 'ordered' && levels <= tabledLevels
}

/**
 * The smoothed one-hot vector of a category (Watanabe 2023, section 3.3.2, with one over the number of kernels as weight of
 * the rest); the prior is uniform or the user's.
 */
function logChoice(dimension: Dimension, isPrior: boolean, isSame: boolean, u: number, kernels: number): number {
  if (isPrior) return Math.log(priorOf(dimension, u))
  return Math.log((isSame ? 1 : 0) + 1 / kernels) - Math.log(1 + dimension.levels / kernels)
}

function priorOf(dimension: Dimension, u: number): number {
  if (dimension.prior?.kind !== 'weights') return 1 / dimension.levels
  // A weight of zero would forbid what the user only thought unlikely.
  return Math.max(1e-6, dimension.prior.weights[dimension.level(u)]!)
}

function sampleChoice(dimension: Dimension, isPrior: boolean, center: number, kernels: number, random: Random): number {
  if (!isPrior && random.float() < 1 / (1 + dimension.levels / kernels)) return center
  if (dimension.prior?.kind !== 'weights') return dimension.at(random.below(dimension.levels))
  let rest = random.float()
  for (const [level, weight] of dimension.prior.weights.entries()) {
    rest -= weight
    if (rest < 0) return dimension.at(level)
  }
  return dimension.at(dimension.levels - 1)
}

/** By rejection: as the centre is in [0, 1] and the deviation at most 1, at least a third of the draws are inside. */
function truncatedNormal(center: number, deviation: number, random: Random): number {
  for (;;) {
    const u = center + deviation * random.normal()
    if (u >= 0 && u <= 1) return u
  }
}

/** Log of what divides a normal of this centre and bandwidth, without its constant, so that it integrates to 1 over [0, 1]. */
function logScale(center: number, bandwidth: number): number {
  return Math.log(bandwidth) + logMassInside(center, bandwidth)
}

function grown(array: Float64Array, length: number): Float64Array<ArrayBuffer> {
  const longer = new Float64Array(length)
  longer.set(array)
  return longer
}

/** Log of the mass of a normal inside [0, 1]. */
function logMassInside(center: number, deviation: number): number {
  return Math.log(normalCdf((1 - center) / deviation) - normalCdf(-center / deviation))
}

/** Log masses of truncated normals on the cells of an ordered dimension, kept for the most common bandwidth. */
class CellMasses {
  readonly #dimension: Dimension
  readonly #kept: Float64Array

  constructor(dimension: Dimension) {
    this.#dimension = dimension
    this.#kept = new Float64Array(dimension.levels * dimension.levels).fill(NaN)
  }

  log(center: number, bandwidth: number, u: number): number {
    // Compared with room for the rounding of one over one over the floor.
    if (Math.abs(bandwidth - bandwidthFloor) > 1e-12) return this.#compute(center, bandwidth, u)
    const place = this.#dimension.level(center) * this.#dimension.levels + this.#dimension.level(u)
    const kept = this.#kept[place]!
    if (!Number.isNaN(kept)) return kept
    const computed = this.#compute(center, bandwidthFloor, u)
    this.#kept[place] = computed
    return computed
  }

  #compute(center: number, bandwidth: number, u: number): number {
    const low = (this.#dimension.lower(u) - center) / bandwidth
    const high = (this.#dimension.upper(u) - center) / bandwidth
    // Both on the lower tail, where differences of the distribution function keep their digits.
    const mass = low > 0 ? normalCdf(-low) - normalCdf(-high) : normalCdf(high) - normalCdf(low)
    return Math.log(Math.max(mass, 1e-300)) - logMassInside(center, bandwidth)
  }
}
