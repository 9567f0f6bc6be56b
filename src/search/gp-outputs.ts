/** What a model is fitted to: mean 0, deviation 1. */
export interface Outputs {
  readonly values: Float64Array
  /** Log of the transform's derivative at all values: what makes likelihoods of several transforms comparable. */
  readonly logJacobian: number
  /** The value of a loss. */
  readonly valueOf: (loss: number) => number
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
  if (sorted.length === 0) return { values: new Float64Array(losses.length), logJacobian: 0, valueOf: () => 0 }
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
  const valueOf = (loss: number): number => {
    const isCompressed = loss > median && scale < Infinity && scale > 0
    return ((isCompressed ? median + scale * Math.log1p((loss - median) / scale) : loss) - mean) / deviation
  }
  return { values, logJacobian: logJacobian - values.length * Math.log(deviation), valueOf }
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
