import type { Random } from '../base/random.ts'
import type { Dimension } from '../space/encoded.ts'
import { drawFromPriors } from './prior.ts'
import { isActive } from './proposals.ts'

/** How a child differs from its parents. */
export interface Variation {
  /** Probability that two parents are crossed at all, and then each dimension of theirs. */
  readonly crossover: number
  /** Expected number of dimensions that mutate. */
  readonly mutations: number
  /** The higher, the closer children are to their parents (Deb and Agrawal's η), for crossover and mutation. */
  readonly crossoverEta: number
  readonly mutationEta: number
}

/** Of crossed parents every dimension is crossed with this probability. */
const crossedShare = 0.5

/**
 * Makes children of points of a space, whose dimensions come parents first. What is active in a child follows from what it inherited:
 * a dimension that both parents have is crossed, one that one of them has comes from there, and one that none of them has
 * is drawn anew. `grid` dimensions are given.
 */
export class Breeding {
  readonly #dimensions: readonly Dimension[]
  readonly #variation: Variation

  constructor(dimensions: readonly Dimension[], variation: Variation) {
    this.#dimensions = dimensions
    this.#variation = variation
  }

  /** Writes a child of two points, which differs from both, to `child`, whose `grid` dimensions are set. `more` multiplies mutations. */
  breed(a: Float64Array, b: Float64Array, child: Float64Array, random: Random, more: number): void {
    this.#inherit(a, b, child, random)
    const free = this.#free(child).length
    this.#mutate(child, random, Math.min(1, (more * this.#variation.mutations) / Math.max(1, free)))
    if (!isSame(child, a) && !isSame(child, b)) return
    const left = this.#free(child)
    if (left.length === 0) return
    const dimension = left[random.below(left.length)]!
    child[dimension.index] = mutated(dimension, child[dimension.index]!, this.#variation.mutationEta, random)
    this.#mutate(child, random, 0)
  }

  #inherit(a: Float64Array, b: Float64Array, child: Float64Array, random: Random): void {
    const areCrossed = random.float() < this.#variation.crossover
    for (const dimension of this.#dimensions) {
      const { index, grid } = dimension
      if (!isActive(dimension, this.#dimensions, child)) child[index] = NaN
      else if (!grid) {
        const [first, second] = [a[index]!, b[index]!]
        if (Number.isNaN(first) || Number.isNaN(second)) child[index] = Number.isNaN(first) ? second : first
        else if (areCrossed && random.float() < crossedShare) {
          child[index] = crossed(dimension, first, second, this.#variation.crossoverEta, random)
        } else child[index] = first
      }
    }
  }

  /** Changes dimensions with this probability, and draws those that are active and were not inherited. */
  #mutate(child: Float64Array, random: Random, probability: number): void {
    for (const dimension of this.#dimensions) {
      const { index, grid, levels } = dimension
      if (!isActive(dimension, this.#dimensions, child)) child[index] = NaN
      else if (Number.isNaN(child[index]!)) {
        child[index] = random.float()
        drawFromPriors([dimension], child)
        child[index] = dimension.snap(child[index])
      } else if (!grid && levels > 1 && random.float() < probability) {
        child[index] = mutated(dimension, child[index]!, this.#variation.mutationEta, random)
      }
    }
  }

  /** The dimensions that can be mutated. */
  #free(child: Float64Array): Dimension[] {
    return this.#dimensions.filter(({ index, grid, levels }) => !grid && levels > 1 && !Number.isNaN(child[index]!))
  }
}

/** Of unordered levels one or the other, of numbers one in their range or about as far beyond as they are apart. */
function crossed(dimension: Dimension, a: number, b: number, eta: number, random: Random): number {
  const isFirst = random.float() < 0.5
  if (dimension.kind === 'unordered' || Math.abs(a - b) < 1e-14) return isFirst ? a : b
  return dimension.snap(simulatedBinary(Math.min(a, b), Math.max(a, b), isFirst, eta, random.float()))
}

/**
 * Simulated binary crossover within [0, 1] (Deb and Agrawal, "Simulated binary crossover for continuous search space", Complex
 * Systems 9, 1995; bounded as in Deb, "Multi-objective optimization using evolutionary algorithms", 2001). The lower or the upper of the two
 * children of `low` < `high`, from a uniform number.
 */
export function simulatedBinary(low: number, high: number, isLower: boolean, eta: number, uniform: number): number {
  const apart = high - low
  const margin = isLower ? low : 1 - high
  const alpha = 2 - (1 + (2 * margin) / apart) ** -(eta + 1)
  const within = uniform * alpha
  const spread = within <= 1 ? within ** (1 / (eta + 1)) : (1 / (2 - within)) ** (1 / (eta + 1))
  const child = 0.5 * (low + high + (isLower ? -spread : spread) * apart)
  return Math.min(1, Math.max(0, child))
}

/** Another unordered level, each as likely; a number nearby, of ordered levels another one. */
function mutated(dimension: Dimension, u: number, eta: number, random: Random): number {
  const { kind, levels } = dimension
  if (kind === 'unordered') {
    const level = random.below(levels - 1)
    return dimension.at(level < dimension.level(u) ? level : level + 1)
  }
  const moved = dimension.snap(polynomial(u, eta, random.float()))
  if (kind !== 'ordered' || moved !== u) return moved
  const level = dimension.level(u)
  const isUp = level === 0 || (level < levels - 1 && random.float() < 0.5)
  return dimension.at(isUp ? level + 1 : level - 1)
}

/** Polynomial mutation within [0, 1] (Deb and Agrawal, "A niched-penalty approach for constraint handling in genetic algorithms", 1999), from a uniform number. */
export function polynomial(u: number, eta: number, uniform: number): number {
  const isDown = uniform < 0.5
  const share = isDown ? 2 * uniform : 2 * (1 - uniform)
  const edge = (isDown ? 1 - u : u) ** (eta + 1)
  const move = 1 - (share + (1 - share) * edge) ** (1 / (eta + 1))
  return Math.min(1, Math.max(0, isDown ? u - move : u + move))
}

/** Whether two points agree in every dimension. */
function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.every((u, i) => Object.is(u, b[i]) || u === b[i])
}
