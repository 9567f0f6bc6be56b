import { normalCdf, normalQuantile } from '../math/normal.ts'
import type { Dimension } from '../space/encoded.ts'
import type { CmaesCore } from './cmaes-core.ts'

/**
 * Keeps discrete dimensions moving: the probability to leave the mean's cell stays at least `alpha`, by a wider distribution,
 * or at the space's edge by a mean nearer to the neighbour (Hamano et al., "CMA-ES with margin", GECCO 2022).
 */
export function keepMargin(core: CmaesCore, i: number, dimension: Dimension, alpha: number): void {
  const mean = Math.min(1, Math.max(0, core.mean[i]!))
  const deviation = core.deviation(i)
  const level = dimension.level(mean)
  const lower = dimension.lower(mean)
  const upper = dimension.upper(mean)
  if (level === 0 || level === dimension.levels - 1) {
    const reach = normalQuantile(1 - alpha) * deviation
    if (level === 0) core.mean[i] = Math.max(core.mean[i]!, upper - reach)
    else core.mean[i] = Math.min(core.mean[i]!, lower + reach)
    return
  }
  const half = alpha / 2
  const below = normalCdf((lower - mean) / deviation)
  const above = normalCdf((mean - upper) / deviation)
  const within = 1 - below - above
  if (below >= half && above >= half && within >= half) return
  const raised = [Math.max(half, below), Math.max(half, above), Math.max(half, within)] as const
  const sum = raised[0] + raised[1] + raised[2]
  const excess = (1 - sum) / (sum - 3 * half)
  const zLower = normalQuantile(1 - (raised[0] + excess * (raised[0] - half)))
  const zUpper = normalQuantile(1 - (raised[1] + excess * (raised[1] - half)))
  const wanted = (upper - lower) / (zLower + zUpper)
  core.scale[i]! *= wanted / deviation
  core.mean[i] = lower + zLower * wanted
}
