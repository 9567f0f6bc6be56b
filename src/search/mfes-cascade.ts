import type { Kernels } from '../math/kernels.ts'
import type { Features } from './gp-features.ts'
import type { Conditioned } from './gp-model.ts'
import { GpPosterior, lanes, Prediction } from './gp-posterior.ts'
import type { Level } from './mfes-ensemble.ts'

/** Results that a weight needs to come halfway out of zero: chance correlations of a few are not trusted. */
const caution = 2
/** The least deviation of what the level below does not explain. */
const restLeast = 0.05

/** Processes whose weighted sum predicts the highest level, but for a constant. */
export interface Cascade {
  readonly posteriors: readonly GpPosterior[]
  readonly weights: readonly number[]
}

/**
 * Each level by a process of what the level below does not explain of it: f_k(x) = ρ f_(k−1)(x) + δ_k(x), with ρ by least squares
 * (Le Gratiet and Garnier, "Recursive co-kriging model for design of computer experiments with multiple levels of fidelity", 2014,
 * after Kennedy and O'Hagan 2000). Where a low level says nothing of the next, ρ is about zero, and that one stands on its own results.
 * `models` are those of the levels by themselves, whose hyperparameters are used; `kernels` as many as levels.
 */
export function cascade(
  features: Features,
  models: readonly Conditioned[],
  levels: readonly Level[],
  waiting: Float64Array,
  kernels: readonly Kernels[],
): Cascade {
  const posteriors = [models[0]!.posterior]
  let weights = [1]
  for (let k = 1; k < levels.length; k++) {
    const { rows, losses } = levels[k]!
    const { outputs, hyper } = models[k]!
    const below = centred(summed(features, { posteriors, weights }, rows, losses.length))
    const { rest, weight, deviation } = explained(outputs.values, below)
    const data = { rows, count: losses.length, values: rest }
    posteriors.push(new GpPosterior(kernels[k]!, data, waiting, hyper))
    weights = [...weights.map((each) => each * weight), deviation]
  }
  return { posteriors, weights }
}

/** What the cascade predicts for the first `count` of some rows. */
export function summed(
  features: Features,
  { posteriors, weights }: Cascade,
  rows: Float64Array,
  count: number,
): Float64Array {
  const width = features.count
  const means = new Float64Array(count)
  const prediction = new Prediction(width)
  for (const [k, posterior] of posteriors.entries()) {
    for (let first = 0; first < count; first += lanes) {
      for (let lane = 0; lane < lanes; lane++) {
        const i = Math.min(first + lane, count - 1)
        posterior.place(lane, rows.subarray(i * width, (i + 1) * width))
      }
      posterior.sketch(prediction)
      for (let i = first; i < Math.min(first + lanes, count); i++) {
        means[i]! += weights[k]! * prediction.means[i - first]!
      }
    }
  }
  return means
}

/** Takes from values what a baseline explains of them; the rest is scaled to a deviation of 1. */
function explained(
  values: Float64Array,
  baseline: Float64Array,
): { readonly rest: Float64Array; readonly weight: number; readonly deviation: number } {
  let product = 0
  let squares = 0
  for (const [i, value] of values.entries()) {
    product += value * baseline[i]!
    squares += baseline[i]! * baseline[i]!
  }
  const weight = product / (squares + caution)
  const rest = centred(values.map((value, i) => value - weight * baseline[i]!))
  const deviation = Math.max(restLeast, Math.sqrt(rest.reduce((sum, each) => sum + each * each, 0) / rest.length))
  return { rest: rest.map((each) => each / deviation), weight, deviation }
}

function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.map((value) => value - mean)
}
