/** What a model is fitted to: mean 0, deviation 1. */
export interface Outputs {
  readonly values: Float64Array
  /** Log of the transform's derivative at all values: what makes likelihoods of several transforms comparable. */
  readonly logJacobian: number
  /** The loss that a value stands for. */
  lossOf(value: number): number
}

/** Losses are cut off here, as their squares must be finite. */
const largest = 1e150

/**
 * Losses for a Gaussian process, which expects no outliers: what is worse than the median is compressed by a logarithm of
 * scale `tail` times the spread of the better half (Infinity: not at all), and everything is standardised. The better
 * half, on which the search depends, keeps its shape. Failed trials, whose loss is Infinity, follow the worst.
 */
export function warpOutputs(losses: Float64Array, tail: number): Outputs {
  const sorted = losses.filter((loss) => loss < Infinity).toSorted()
  if (sorted.length === 0) return { values: new Float64Array(losses.length), logJacobian: 0, lossOf: () => NaN }
  const median = sorted[(sorted.length - 1) >> 1]!
  const scale = tail * (spread(sorted.subarray(0, (sorted.length + 1) >> 1), median) || spread(sorted, median))
  const values = losses.map((loss) => (Math.abs(loss) > largest && loss < Infinity ? Math.sign(loss) * largest : loss))
  let logJacobian = 0
  for (let i = 0; i < values.length; i++) {
    const beyond = (values[i]! - median) / scale
    if (!(beyond > 0 && beyond < Infinity)) continue
    values[i] = median + scale * Math.log1p(beyond)
    logJacobian -= Math.log1p(beyond)
  }
  imputeFailed(values)
  const { mean, deviation } = standardise(values)
  const lossOf = (value: number): number => {
    const warped = mean + deviation * value
    return warped > median && scale < Infinity ? median + scale * Math.expm1((warped - median) / scale) : warped
  }
  return { values, logJacobian: logJacobian - values.length * Math.log(deviation), lossOf }
}

/** In place: constraint violations to deviation 1 with zero, which tells the feasible from the others, where it was. */
export function scaleViolations(violations: Float64Array): void {
  imputeFailed(violations)
  const deviation = spread(violations, 0) || 1
  for (let i = 0; i < violations.length; i++) violations[i] = violations[i]! / deviation
}

/** Failed ones count as worse than the worst by half of the range. */
function imputeFailed(values: Float64Array): void {
  const known = values.filter((value) => value < Infinity)
  if (known.length === values.length) return
  const [low, high] =
    known.length === 0 ? [0, 0] : [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))]
  const failed = high + 0.5 * (high - low || 1)
  for (let i = 0; i < values.length; i++) if (!(values[i]! < Infinity)) values[i] = failed
}

/** In place; answers what was taken away and by what it was divided. */
function standardise(values: Float64Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = spread(values, mean) || 1
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - mean) / deviation
  return { mean, deviation }
}

/** Root of the mean squared distance from `center`. */
function spread(values: Float64Array, center: number): number {
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / values.length)
}
