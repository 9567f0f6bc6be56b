import type { Random } from '../base/random.ts'
import type { Kernels } from '../math/kernels.ts'
import { logHAndSlope } from '../math/log-ei.ts'
import type { Criterion } from './gp-criterion.ts'
import type { Features } from './gp-features.ts'
import type { Conditioned } from './gp-model.ts'
import { GpPosterior, lanes, Prediction } from './gp-posterior.ts'

/** Draws of which each says which model orders the target's results best. */
const samples = 64
/** Results of the target that are compared, and parts in which those of its own model are predicted from the others. */
const comparedMost = 60
const folds = 5

/** What was recorded at one level: vectors row by row, and losses. */
export interface Level {
  readonly rows: Float64Array
  readonly losses: Float64Array
}

/** Means and deviations at some points. */
interface Predicted {
  readonly means: Float64Array
  readonly deviations: Float64Array
}

/**
 * How much each model counts: how often, over draws from the models, it has the fewest pairs of the target's results in the wrong
 * order (Li et al., "Hyper-Tune: Towards Efficient Hyper-parameter Tuning at Scale", VLDB 2022, arXiv 2201.06834, section 4.2). The
 * last model is the target's own, of which each result is predicted from the others.
 */
export function rankingWeights(
  features: Features,
  models: readonly Conditioned[],
  target: Level,
  kernels: Kernels,
  random: Random,
): readonly number[] {
  const count = target.losses.length
  const step = Math.max(1, count / comparedMost)
  const compared = Array.from({ length: Math.min(count, comparedMost) }, (_, i) => Math.floor(i * step))
  const own = models.at(-1)!
  const predicted = models.map((model) =>
    model === own
      ? crossPredicted(features, own, target, compared, kernels)
      : predictedAt(features, model.posterior, target.rows, compared),
  )
  const wins = models.map(() => 0)
  for (let i = 0; i < samples; i++) {
    const misranked = predicted.map(({ means, deviations }) => {
      const drawn = means.map((mean, j) => mean + deviations[j]! * random.normal())
      return misrankedPairs(drawn, compared, target.losses)
    })
    // Of equals the one that is nearer to the target.
    const best = misranked.reduce((found, pairs, j) => (pairs <= misranked[found]! ? j : found), 0)
    wins[best]! += 1
  }
  return wins.map((won) => won / samples)
}

function misrankedPairs(drawn: Float64Array, compared: readonly number[], losses: Float64Array): number {
  let pairs = 0
  for (let i = 0; i < drawn.length; i++) {
    for (let j = 0; j < i; j++) {
      if (drawn[i]! < drawn[j]! !== losses[compared[i]!]! < losses[compared[j]!]!) pairs += 1
    }
  }
  return pairs
}

/** Each of the compared from a model of what is not in its part. */
function crossPredicted(
  features: Features,
  { hyper, outputs }: Conditioned,
  { rows, losses }: Level,
  compared: readonly number[],
  kernels: Kernels,
): Predicted {
  const width = features.count
  const means = new Float64Array(compared.length)
  const deviations = new Float64Array(compared.length)
  for (let fold = 0; fold < folds; fold++) {
    const kept = Array.from(losses, (_, i) => i).filter((i) => i % folds !== fold)
    const left = compared.map((_, place) => place).filter((place) => compared[place]! % folds === fold)
    if (kept.length === 0 || left.length === 0) continue
    const data = {
      rows: Float64Array.from(kept.flatMap((i) => [...rows.subarray(i * width, (i + 1) * width)])),
      count: kept.length,
      values: Float64Array.from(kept, (i) => outputs.values[i]!),
    }
    const posterior = new GpPosterior(kernels, data, new Float64Array(0), hyper)
    const found = predictedAt(
      features,
      posterior,
      rows,
      left.map((place) => compared[place]!),
    )
    left.forEach((place, i) => {
      means[place] = found.means[i]!
      deviations[place] = found.deviations[i]!
    })
  }
  return { means, deviations }
}

/** What a posterior predicts for some of the rows. */
function predictedAt(
  features: Features,
  posterior: GpPosterior,
  rows: Float64Array,
  some: readonly number[],
): Predicted {
  const width = features.count
  const prediction = new Prediction(width)
  const means = new Float64Array(some.length)
  const deviations = new Float64Array(some.length)
  for (let first = 0; first < some.length; first += lanes) {
    const block = some.slice(first, first + lanes)
    for (let lane = 0; lane < lanes; lane++) {
      const i = block[Math.min(lane, block.length - 1)]!
      posterior.place(lane, rows.subarray(i * width, (i + 1) * width))
    }
    posterior.predict(prediction, false)
    means.set(prediction.means.subarray(0, block.length), first)
    deviations.set(prediction.deviations.subarray(0, block.length), first)
  }
  return { means, deviations }
}

/**
 * Log expected improvement on `best` of the weighted models: mean Σ θ μ, variance Σ θ² σ² (Li et al. 2022, equation 4), each model's
 * losses standardised.
 */
export function ensembleImprovement(best: number, weights: readonly number[]): Criterion {
  return ({ means, deviations, byMeans, byDeviations }) => {
    let mean = 0
    let variance = 0
    for (const [i, weight] of weights.entries()) {
      mean += weight * means[i]!
      variance += (weight * deviations[i]!) ** 2
    }
    const deviation = Math.sqrt(variance)
    const z = (best - mean) / deviation
    const { value, slope } = logHAndSlope(z)
    for (const [i, weight] of weights.entries()) {
      byMeans[i] = (-weight * slope) / deviation
      byDeviations[i] = (((1 - z * slope) / deviation) * weight * weight * deviations[i]!) / deviation
    }
    return Math.log(deviation) + value
  }
}
