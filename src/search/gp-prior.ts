import type { Dimension } from '../space/encoded.ts'

/** No place is believed in less than by this share of the prior's peak: a wrong prior is not the last word. */
const least = Math.log(1e-6)

/**
 * The user's priors as a bonus to a logarithmic criterion: log density, relative to its peak, times a strength that decays
 * with the number of observations (Hvarfner et al., "πBO: Augmenting acquisition functions with user beliefs for Bayesian
 * optimization", ICLR 2022: the density to the power of β / n).
 */
export class PriorBonus {
  readonly #dimensions: readonly Dimension[]
  readonly #strength: number

  constructor(dimensions: readonly Dimension[], strength: number) {
    this.#dimensions = dimensions.filter(({ prior }) => prior !== undefined)
    this.#strength = strength
  }

  value(point: Float64Array): number {
    let sum = 0
    for (const dimension of this.#dimensions) {
      const u = point[dimension.index]!
      if (!Number.isNaN(u)) sum += Math.max(least, logDensity(dimension, u))
    }
    return this.#strength * sum
  }

  /** The derivative by a continuous dimension. */
  slope({ prior }: Dimension, u: number): number {
    if (prior?.kind !== 'normal') return 0
    const z = (u - prior.mode) / prior.deviation
    return -0.5 * z * z <= least ? 0 : (-this.#strength * z) / prior.deviation
  }
}

function logDensity(dimension: Dimension, u: number): number {
  const { prior } = dimension
  if (prior?.kind === 'normal') return -0.5 * ((u - prior.mode) / prior.deviation) ** 2
  if (prior?.kind !== 'weights') return 0
  return Math.log(prior.weights[dimension.level(u)]! / Math.max(...prior.weights))
}
