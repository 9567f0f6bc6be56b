import { logExpectedHypervolumeImprovement } from '../math/ehvi.ts'
import type { Boxes } from '../math/ehvi.ts'
import { logHAndSlope, logNormalCdf, slopeOfLogNormalCdf } from '../math/log-ei.ts'

/** What the models predict at one point, and where the derivatives of the criterion by it go; one entry a model. */
export interface Forecast {
  readonly means: Float64Array
  readonly deviations: Float64Array
  readonly byMeans: Float64Array
  readonly byDeviations: Float64Array
}

/** How promising a point is, on a logarithmic scale: larger is better. */
export type Criterion = (forecast: Forecast) => number

/** Log expected improvement of model 0 on `best` (Ament et al. 2023). */
export function logExpectedImprovement(best: number): Criterion {
  return ({ means, deviations, byMeans, byDeviations }) => {
    const deviation = deviations[0]!
    const z = (best - means[0]!) / deviation
    const { value, slope } = logHAndSlope(z)
    byMeans[0] = -slope / deviation
    byDeviations[0] = (1 - z * slope) / deviation
    return Math.log(deviation) + value
  }
}

/** Log expected hypervolume improvement of the first models, one an objective, on the region that boxes make up. */
export function logHypervolumeImprovement(boxes: Boxes): Criterion {
  return ({ means, deviations, byMeans, byDeviations }) => {
    return logExpectedHypervolumeImprovement(boxes, means, deviations, byMeans, byDeviations)
  }
}

/**
 * The objective as a weighted sum of what earlier experiments found, models 1 to `weights.length`, and of what they did not
 * explain, model 0, whose deviation stands for all.
 */
export function onBaselines(criterion: Criterion, weights: readonly number[]): Criterion {
  return (forecast) => {
    const { means, byMeans, byDeviations } = forecast
    const rest = means[0]!
    means[0] = weights.reduce((sum, weight, i) => sum + weight * means[1 + i]!, rest)
    const value = criterion(forecast)
    means[0] = rest
    for (const [i, weight] of weights.entries()) {
      byMeans[1 + i] = weight * byMeans[0]!
      byDeviations[1 + i] = 0
    }
    return value
  }
}

/**
 * A criterion times the probability that the last models, those of constraints, are at most their thresholds (Gardner et al.,
 * "Bayesian optimization with inequality constraints", ICML 2014). Without a criterion, as nothing is known to be feasible,
 * that probability alone. Each factor is cut off at e^`least`: models of few observations are wrong with confidence.
 */
export function feasible(criterion: Criterion | undefined, thresholds: readonly number[], least: number): Criterion {
  return (forecast) => {
    const { means, deviations, byMeans, byDeviations } = forecast
    byMeans.fill(0)
    byDeviations.fill(0)
    let sum = criterion?.(forecast) ?? 0
    const first = means.length - thresholds.length
    for (const [i, threshold] of thresholds.entries()) {
      const model = first + i
      const z = (threshold - means[model]!) / deviations[model]!
      const log = logNormalCdf(z)
      sum += Math.max(least, log)
      if (log <= least) continue
      const slope = slopeOfLogNormalCdf(z) / deviations[model]!
      byMeans[model] = -slope
      byDeviations[model] = -z * slope
    }
    return sum
  }
}
