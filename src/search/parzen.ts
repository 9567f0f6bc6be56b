import type { Random } from '../base/random.ts'
import { normalCdf } from '../math/normal.ts'
import type { Dimension } from '../space/encoded.ts'

/** Kernels narrower than this share of the range would overfit (Watanabe 2023, "magic clipping" at 0.03). */
const bandwidthFloor = 0.03
const logFloor = Math.log(bandwidthFloor)
/** A kernel whose log density is so much below the highest is left out: thousands of them would change the sum by 1e-5. */
const negligible = 20
/** Ordered dimensions of at most so many levels have their cells' masses in tables. */
const tabledLevels = 128

/** The kernels of one set of trials over some dimensions. Kernel 0 is the prior. */
export interface Kernels {
  readonly count: number
  /** Relative weights, not normalised. */
  readonly weights: Float64Array
  /** Kernel by kernel, dimension by dimension: centre and one over the bandwidth. */
  readonly centers: Float64Array
  readonly inverse: Float64Array
  /** Logarithm of the weight and of all factors that do not depend on where the density is asked. */
  readonly constants: Float64Array
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
  /** The point at hand, dimension by dimension of this estimator. */
  readonly #at: Float64Array
  /** Log masses inside [0, 1] of kernels at the floor bandwidth, by trial and dimension: they never change. */
  #masses = new Float64Array(0)

  constructor(dimensions: readonly Dimension[], given: readonly Dimension[]) {
    this.#dimensions = [...dimensions.filter(isDense), ...dimensions.filter((dimension) => !isDense(dimension))]
    this.#dense = dimensions.filter(isDense).length
    this.#given = this.#dimensions.map((dimension) => given.includes(dimension))
    this.#cells = this.#dimensions.map((dimension) => (isCellular(dimension) ? new CellMasses(dimension) : undefined))
    this.#at = new Float64Array(dimensions.length)
  }

  /**
   * The kernels around some trials. `sorted` tells for every dimension of the space where all trials stand; `slots` is scratch
   * space of zeros with an entry a trial.
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
      weights: Float64Array.of(priorWeight, ...weights),
      centers: new Float64Array(count * width),
      inverse: new Float64Array(count * width),
      constants: new Float64Array(count),
    }
    const total = made.weights.reduce((sum, weight) => sum + weight, 0)
    for (let i = 0; i < count; i++) made.constants[i] = Math.log(made.weights[i]! / total)
    trials.forEach((trial, i) => (slots[trial] = i + 1))
    for (let j = 0; j < width; j++) this.#fill(made, j, sorted[this.#dimensions[j]!.index]!, slots)
    for (const trial of trials) slots[trial] = 0
    return made
  }

  /** Centres and bandwidths of one dimension: each kernel reaches to its farther neighbour, the prior's centre included. */
  #fill(made: Kernels, j: number, { trials, at }: SortedTrials, slots: Int32Array): void {
    const dimension = this.#dimensions[j]!
    const width = this.#dimensions.length
    const floor = Math.max(bandwidthFloor, (made.count + 1) ** -2)
    const prior = dimension.prior?.kind === 'normal' ? dimension.prior : { mode: 0.5, deviation: 1 }
    this.#put(made, 0, j, prior.mode, Math.min(1, Math.max(floor, prior.deviation)), -1)
    // The kernel whose right neighbour is not known yet.
    let open = -1
    let left = 0
    let isPriorPassed = false
    for (let i = 0; i < trials.length; i++) {
      const slot = slots[trials[i]!]!
      if (slot === 0) continue
      const u = at[i]!
      if (dimension.kind === 'unordered') {
        made.centers[slot * width + j] = u
        continue
      }
      if (!isPriorPassed && prior.mode <= u) {
        isPriorPassed = true
        if (open >= 0) this.#close(made, j, slots[trials[open]!]!, trials[open]!, at[open]!, left, prior.mode, floor)
        open = -1
        left = prior.mode
      }
      if (open >= 0) {
        this.#close(made, j, slots[trials[open]!]!, trials[open]!, at[open]!, left, u, floor)
        left = at[open]!
      }
      open = i
    }
    if (open < 0) return
    const right = isPriorPassed ? 1 : prior.mode
    this.#close(made, j, slots[trials[open]!]!, trials[open]!, at[open]!, left, right, floor)
  }

  /** Gives a kernel between its two neighbours its bandwidth. */
  #close(
    made: Kernels,
    j: number,
    kernel: number,
    trial: number,
    center: number,
    left: number,
    right: number,
    floor: number,
  ): void {
    const reach = Math.max(center - left, right - center)
    this.#put(made, kernel, j, center, Math.min(1, Math.max(floor, reach)), trial)
  }

  #put(made: Kernels, kernel: number, j: number, center: number, bandwidth: number, trial: number): void {
    const cell = kernel * this.#dimensions.length + j
    made.centers[cell] = center
    made.inverse[cell] = 1 / bandwidth
    if (j >= this.#dense) return
    made.constants[kernel]! -= (bandwidth === bandwidthFloor ? logFloor : Math.log(bandwidth)) + this.#logMass(center, bandwidth, trial, j)
  }

  #logMass(center: number, bandwidth: number, trial: number, j: number): number {
    if (bandwidth !== bandwidthFloor || trial < 0) return logMassInside(center, bandwidth)
    const place = trial * this.#dimensions.length + j
    if (place >= this.#masses.length) {
      const grown = new Float64Array(2 * place + 64).fill(NaN)
      grown.set(this.#masses)
      this.#masses = grown
    }
    if (Number.isNaN(this.#masses[place]!)) this.#masses[place] = logMassInside(center, bandwidth)
    return this.#masses[place]!
  }

  /** The log density of a point, of which this estimator's dimensions are read, up to a constant of the set. */
  logDensity(made: Kernels, point: Float64Array): number {
    const { count, constants } = made
    for (let j = 0; j < this.#at.length; j++) this.#at[j] = point[this.#dimensions[j]!.index]!
    let highest = -Infinity
    let sum = 0
    for (let kernel = 0; kernel < count; kernel++) {
      const log = this.#logKernel(made, kernel, constants[kernel]!, highest - negligible)
      if (log > highest) {
        sum = sum * Math.exp(highest - log) + 1
        highest = log
      } else if (log > highest - negligible) sum += Math.exp(log - highest)
    }
    return highest + Math.log(sum)
  }

  /** One kernel's log density at the point at hand, given up as soon as it is below `least`. */
  #logKernel({ centers, inverse, count }: Kernels, kernel: number, constant: number, least: number): number {
    const at = this.#at
    const start = kernel * at.length
    const most = 2 * (constant - least)
    let squares = 0
    for (let j = 0; j < this.#dense; j++) {
      const z = (at[j]! - centers[start + j]!) * inverse[start + j]!
      squares += z * z
      if (squares > most) return -Infinity
    }
    let log = constant - 0.5 * squares
    for (let j = this.#dense; j < at.length; j++) {
      const center = centers[start + j]!
      const cells = this.#cells[j]
      if (cells === undefined) log += logChoice(this.#dimensions[j]!, kernel === 0, center === at[j]!, at[j]!, count)
      else log += cells.log(center, 1 / inverse[start + j]!, at[j]!)
      if (log < least) return -Infinity
    }
    return log
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
      const cell = kernel * width + j
      const dimension = this.#dimensions[j]!
      const u = point[dimension.index]!
      if (dimension.kind === 'unordered') {
        log += logChoice(dimension, kernel === 0, made.centers[cell]! === u, u, made.count)
        continue
      }
      const z = (u - made.centers[cell]!) * made.inverse[cell]!
      log += Math.log(made.inverse[cell]!) - 0.5 * z * z
    }
    return log
  }

  /** Draws the dimensions that are not given, around one kernel. */
  sample(made: Kernels, kernel: number, point: Float64Array, random: Random): void {
    const width = this.#dimensions.length
    for (let j = 0; j < width; j++) {
      if (this.#given[j]!) continue
      const dimension = this.#dimensions[j]!
      const center = made.centers[kernel * width + j]!
      point[dimension.index] =
        dimension.kind === 'unordered'
          ? sampleChoice(dimension, kernel === 0, center, made.count, random)
          : dimension.snap(truncatedNormal(center, 1 / made.inverse[kernel * width + j]!, random))
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
