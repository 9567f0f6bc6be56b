import type { Dimension } from '../space/encoded.ts'

/** Where the acquisition is maximised: a box, and how many dimensions of its centre a candidate changes. */
export interface Region {
  readonly lower: Float64Array
  readonly upper: Float64Array
  /** Undefined where it is the whole space. */
  readonly center: Float64Array | undefined
}

/** Dimensions from which the search keeps to a trust region (ablated). */
const dimensionsMany = 20
/** Constants of TuRBO: side lengths at the start, at most and at least, and successes in a row after which it doubles. */
const sideFirst = 0.8
const sideMost = 1.6
const sideLeast = 0.5 ** 7
const successesEnough = 3
/** An improvement by less than this share of the best loss is none. */
const improvementLeast = 1e-3

/**
 * In many dimensions the model is vague nearly everywhere, and what is vague looks promising; so the search keeps to a box
 * around the best point, whose side doubles after successes in a row and halves after failures in a row (Eriksson et al.,
 * "Scalable global optimization via local Bayesian optimization", NeurIPS 2019, written from the paper). Its sides are
 * proportional to the lengthscales. When it has become too small it begins anew with the first side. `losses` in the order
 * in which they came, Infinity where a trial failed.
 */
export function regionOf(
  dimensions: readonly Dimension[],
  losses: Float64Array,
  best: Float64Array,
  lengthscales: Float64Array,
): Region {
  const lower = new Float64Array(dimensions.length)
  const upper = new Float64Array(dimensions.length).fill(1)
  if (dimensions.length <= dimensionsMany) return { lower, upper, center: undefined }
  const side = sideAfter(losses, dimensions.length)
  const logs = lengthscales.map(Math.log)
  const middle = logs.reduce((sum, log) => sum + log, 0) / logs.length
  for (const { index, kind } of dimensions) {
    const u = best[index]!
    if (kind === 'unordered' || Number.isNaN(u)) continue
    const half = 0.5 * side * Math.exp(logs[index]! - middle)
    lower[index] = Math.max(0, u - half)
    upper[index] = Math.min(1, u + half)
  }
  return { lower, upper, center: best }
}

function sideAfter(losses: Float64Array, dimensions: number): number {
  let side = sideFirst
  let best = Infinity
  let successes = 0
  let failures = 0
  for (const loss of losses) {
    const improves = loss < best - improvementLeast * Math.abs(best) || (best === Infinity && loss < Infinity)
    best = Math.min(best, loss)
    successes = improves ? successes + 1 : 0
    failures = improves ? 0 : failures + 1
    if (successes === successesEnough) {
      side = Math.min(sideMost, 2 * side)
      successes = 0
    } else if (failures === Math.max(4, dimensions)) {
      side = side / 2 < sideLeast ? sideFirst : side / 2
      failures = 0
    }
  }
  return side
}
