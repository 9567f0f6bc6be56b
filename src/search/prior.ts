import { normalCdf, normalQuantile } from '../math/normal.ts'
import type { Dimension, EncodedSpace, Prior } from '../space/encoded.ts'

/**
 * In place: turns coordinates that are uniform in [0, 1] into ones that are distributed as the user's priors say, where there
 * are any: the inverse of a truncated normal distribution's, or of the weights', cumulative distribution. Even coordinates stay
 * as even as they can be.
 */
export function drawFromPriors(dimensions: readonly Dimension[], point: Float64Array): void {
  for (const dimension of dimensions) {
    const { index, prior } = dimension
    if (prior !== undefined) point[index] = quantile(prior, point[index]!, dimension)
  }
}

function quantile(prior: Prior, p: number, dimension: Dimension): number {
  if (prior.kind === 'weights') return dimension.at(levelAt(prior.weights, p))
  const { mode, deviation } = prior
  const below = normalCdf(-mode / deviation)
  const within = normalCdf((1 - mode) / deviation) - below
  return Math.min(1, Math.max(0, mode + deviation * normalQuantile(below + p * within)))
}

/** The level at which the sum of the weights passes `p`. */
function levelAt(weights: readonly number[], p: number): number {
  let sum = 0
  let last = 0
  for (const [level, weight] of weights.entries()) {
    if (weight === 0) continue
    sum += weight
    last = level
    if (p < sum) break
  }
  return last
}

/** The middle of the space; where there is a prior, its mode. No entry is NaN. */
export function startAtModes(space: EncodedSpace): Float64Array {
  const point = space.center()
  for (const dimension of space.dimensions) {
    const { index, prior } = dimension
    if (prior?.kind === 'normal') point[index] = prior.mode
    else if (prior?.kind === 'weights') point[index] = dimension.at(prior.weights.indexOf(Math.max(...prior.weights)))
    else if (Number.isNaN(point[index]!)) point[index] = 0.5
  }
  return point
}
