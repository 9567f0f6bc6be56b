import { limits } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { Dimension, EncodedSpace, LogValue } from '../space/encoded.ts'

/** How `perturbed` moves a configuration. */
export interface Perturbation {
  /** Dimensions that may move, by index. */
  readonly moves: readonly boolean[]
  /** Probability that a value is drawn anew. */
  readonly resample: number
  /** What values are multiplied by otherwise, each as likely. */
  readonly factors: readonly number[]
}

/**
 * Explore (Jaderberg et al., arXiv 1711.09846, section 4.1.1): each value is drawn anew or multiplied by a factor, which on a
 * logarithmic scale is a shift; within its bounds. What lies in an order without being numbers moves to a neighbour; what is in no
 * order is drawn anew or stays. A parameter that becomes active is drawn.
 */
export function perturbed(
  space: EncodedSpace,
  values: readonly LogValue[],
  { moves, resample, factors }: Perturbation,
  random: Random,
): readonly LogValue[] {
  return explored(
    space,
    values,
    (dimension, u) => {
      if (moves[dimension.index] !== true) return u
      if (random.float() < resample) return random.float()
      const factor = factors[random.below(factors.length)]!
      return dimension.kind === 'unordered' ? u : dimension.times(u, factor)
    },
    random,
  )
}

/**
 * A configuration with some dimensions moved, the others exactly as they were. Where constraints refuse it another one is drawn;
 * where they refuse all, it stays as it was.
 */
export function explored(
  space: EncodedSpace,
  values: readonly LogValue[],
  move: (dimension: Dimension, u: number) => number,
  random: Random,
): readonly LogValue[] {
  const before = new Float64Array(values.length)
  space.readValues(values, before, 0)
  for (let tries = 0; tries < limits.constraintTries; tries++) {
    const point = movedPoint(space.dimensions, before, move, random)
    const after = space.values(point)
    // Encoding and decoding may lose the last bit of what did not move.
    const exact = after.map((value, i) => (Object.is(point[i], before[i]) ? values[i]! : value))
    if (!space.constrained || space.feasible(space.configOf(exact))) return exact
  }
  return values
}

function movedPoint(
  dimensions: readonly Dimension[],
  before: Float64Array,
  move: (dimension: Dimension, u: number) => number,
  random: Random,
): Float64Array {
  const point = before.slice()
  for (const dimension of dimensions) {
    const { index } = dimension
    const u = before[index]!
    if (!isActive(dimension, dimensions, point)) point[index] = NaN
    else point[index] = dimension.snap(Number.isNaN(u) ? random.float() : move(dimension, u))
  }
  return point
}

function isActive({ parents }: Dimension, dimensions: readonly Dimension[], point: Float64Array): boolean {
  return parents.every(({ parent, levels }) => {
    const u = point[parent]!
    return !Number.isNaN(u) && levels.includes(dimensions[parent]!.level(u))
  })
}
