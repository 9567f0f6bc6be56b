import { symmetricEigen } from '../math/eigen.ts'
import type { Dimension, EncodedSpace } from '../space/encoded.ts'
import type { Moving, RunStart } from './cmaes-run.ts'
import { startAtModes } from './prior.ts'
import type { EarlierExperiment } from './searcher.ts'

/** Of trials that a run starts from the best tenth counts; with fewer than so many of them, the very best alone. */
const share = 0.1
const leastForSpread = 3
/** The deviation around each of them (Nomura et al., "Warm starting CMA-ES", AAAI 2021). */
const around = 0.1

/** A run from trials, best first: from the best of few, from the spread of the best of many. */
export function startFrom(
  space: EncodedSpace,
  moving: Moving,
  best: readonly { readonly point: Float64Array; readonly loss: number }[],
  sigma: number,
): RunStart {
  const some = best.slice(0, Math.ceil(share * best.length)).filter(({ loss }) => loss < Infinity)
  if (some.length >= leastForSpread)
    return spreadOf(
      space,
      moving,
      some.map(({ point }) => point),
    )
  const mean = startAtModes(space)
  some[0]?.point.forEach((u, i) => {
    if (!Number.isNaN(u)) mean[i] = u
  })
  return { mean, sigma, covariance: priorCovariance(moving, sigma), probabilities: moving.options.map(weightsOf) }
}

/** A run from what earlier experiments found best; undefined where there are none. */
export function startFromEarlier(
  space: EncodedSpace,
  moving: Moving,
  earlier: readonly EarlierExperiment[],
): (RunStart & { readonly firsts: readonly Float64Array[] }) | undefined {
  const orders = earlier.map(({ losses, points }) => {
    const order = losses.map((_, i) => i).toSorted((a, b) => losses[a]! - losses[b]! || a - b)
    return order.slice(0, Math.ceil(share * order.length)).map((i) => points[i]!)
  })
  const first = orders.find((points) => points.length > 0)
  if (first === undefined) return undefined
  const modes = startAtModes(space)
  const filled = first[0]!.map((u, i) => (Number.isNaN(u) ? modes[i]! : u))
  return { ...spreadOf(space, moving, orders.flat()), firsts: [filled] }
}

/** Mean and covariance of normal distributions around each of the points, closest by Kullback and Leibler. */
function spreadOf(space: EncodedSpace, { numbers, options }: Moving, points: readonly Float64Array[]): RunStart {
  const mean = startAtModes(space)
  for (const { index } of numbers) {
    const known = points.map((point) => point[index]!).filter((u) => !Number.isNaN(u))
    if (known.length > 0) mean[index] = known.reduce((sum, u) => sum + u, 0) / known.length
  }
  const d = numbers.length
  const covariance = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      const sum = points.reduce(
        (total, point) => total + off(point, mean, numbers[i]!) * off(point, mean, numbers[j]!),
        0,
      )
      covariance[i * d + j] = sum / points.length + (i === j ? around * around : 0)
    }
  }
  const sigma = scaleOf(covariance, d)
  return {
    mean,
    sigma,
    covariance: covariance.map((each) => each / (sigma * sigma)),
    probabilities: options.map((dimension) => frequencies(dimension, points)),
  }
}

function off(point: Float64Array, mean: Float64Array, { index }: Dimension): number {
  return Number.isNaN(point[index]!) ? 0 : point[index]! - mean[index]!
}

/** The standard deviation of the ball of equal volume: det(Σ)^(1/2d). */
function scaleOf(covariance: Float64Array, d: number): number {
  if (d === 0) return 1
  const values = new Float64Array(d)
  symmetricEigen(covariance.slice(), d, values, new Float64Array(d * d))
  return Math.exp(values.reduce((sum, each) => sum + Math.log(Math.max(each, 1e-12)), 0) / (2 * d))
}

/** Narrower where the user's belief is. */
function priorCovariance({ numbers }: Moving, sigma: number): Float64Array | undefined {
  if (!numbers.some(({ prior }) => prior?.kind === 'normal')) return undefined
  const d = numbers.length
  const covariance = new Float64Array(d * d)
  numbers.forEach(({ prior }, i) => {
    const relative = prior?.kind === 'normal' ? Math.min(1, prior.deviation / sigma) : 1
    covariance[i * d + i] = relative * relative
  })
  return covariance
}

function weightsOf({ levels, prior }: Dimension): Float64Array {
  if (prior?.kind === 'weights') return Float64Array.from(prior.weights)
  return new Float64Array(levels).fill(1 / levels)
}

/** How often each level is among the points, with one more of each. */
function frequencies(dimension: Dimension, points: readonly Float64Array[]): Float64Array {
  const { index, levels } = dimension
  const counts = new Float64Array(levels).fill(1)
  let sum = levels
  for (const point of points) {
    if (Number.isNaN(point[index]!)) continue
    counts[dimension.level(point[index]!)]! += 1
    sum += 1
  }
  return counts.map((count) => count / sum)
}
