import type { Kernels } from '../math/kernels.ts'
import { Lbfgs } from '../math/lbfgs.ts'
import { Warp } from './gp-warp.ts'

export type Shape = 'matern52' | 'gaussian'

/** What a Gaussian process with unit variance is apart from its data. */
export interface Hyperparameters {
  readonly shape: Shape
  /** Of each coordinate. */
  readonly lengthscales: Float64Array
  /** How coordinates are bent before distances are taken; undefined where they are not. */
  readonly warp?: Warp | undefined
  /** Variance of the noise. */
  readonly noise: number
  /** In the form in which they are fitted. */
  readonly theta: Float64Array
  /** Log posterior density, up to a constant. */
  readonly evidence: number
}

/** Evaluated configurations as vectors, row by row, and their outputs. */
export interface Data {
  readonly rows: Float64Array
  readonly count: number
  readonly values: Float64Array
}

/** How coordinates share lengthscales. */
export interface Layout {
  readonly count: number
  readonly parameters: number
  readonly parameterOf: Int32Array
  /** Coordinates that may be warped. */
  readonly numeric: Int32Array
}

/**
 * The prior over log lengthscales: a common value, log-normal with median sqrt(parameters) (Hvarfner et al., "Vanilla Bayesian
 * optimization performs great in high dimensions", ICML 2024: distances grow with the dimension), and each parameter's
 * deviation from it. Few observations can't tell 10 lengthscales apart, so that independent ones fit chance; all
 * together they can be learnt soon.
 */
const commonDeviation = 0.7
const ownDeviation = 0.5
/** Log-normal prior of the noise's variance: most objectives have little, and the data may say otherwise. */
const noiseMean = -8
const noiseDeviation = 2
/** Log-normal prior of both exponents of a warp: HEBO's. */
const warpDeviation = 0.75
const warpMost = Math.log(10)
const noiseRange = [1e-6, 1] as const
/** Added to the diagonal, so that equal points don't make a matrix singular. */
export const jitter = 1e-9

export interface FitOptions {
  /** May lack the exponents of the warp. */
  readonly start?: Float64Array | undefined
  readonly evaluations: number
  readonly warped?: boolean
}

/** The most likely hyperparameters of data, by L-BFGS from `start`, or from the prior's middle; with a warp where it is wanted. */
export function fitHyperparameters(
  kernels: Kernels,
  layout: Layout,
  data: Data,
  shape: Shape,
  { start, evaluations, warped = false }: FitOptions,
): Hyperparameters {
  const { parameters } = layout
  const exponents = warped ? 2 * layout.numeric.length : 0
  const bound = (own: number, noise: number, common: number, exponent: number): Float64Array => {
    return new Float64Array(parameters + 2 + exponents)
      .fill(own)
      .fill(noise, parameters, parameters + 1)
      .fill(common, parameters + 1)
      .fill(exponent, parameters + 2)
  }
  const lower = bound(-4, Math.log(noiseRange[0]), Math.log(0.05), -warpMost)
  const upper = bound(4, Math.log(noiseRange[1]), Math.log(20), warpMost)
  const middle = bound(0, noiseMean / 2, Math.log(0.5 * Math.sqrt(parameters)), 0)
  if (start !== undefined) middle.set(start)
  const search = new Lbfgs(middle, lower, upper, { tolerance: 1e-2, evaluationsMax: evaluations })
  const posterior = new HyperPosterior(kernels, layout, data, shape)
  const gradient = new Float64Array(middle.length)
  while (!search.done) search.tell(posterior.evaluate(search.next, gradient), gradient)
  const theta = search.best
  const lengthscales = Float64Array.from(layout.parameterOf, (p) => Math.exp(theta[p]! + theta[parameters + 1]!))
  const warp = warpOf(layout, theta)
  return { shape, lengthscales, warp, noise: Math.exp(theta[parameters]!), theta, evidence: -search.value }
}

function warpOf({ count, parameters, numeric }: Layout, theta: Float64Array): Warp | undefined {
  const logs = theta.subarray(parameters + 2)
  return logs.length === 0 ? undefined : new Warp(count, numeric, logs)
}

/**
 * Minus the log posterior of hyperparameters and its gradient (Rasmussen and Williams, "Gaussian Processes for Machine
 * Learning", equations 5.8 and 5.9; the constant mean is the generalised least-squares estimate, 2.43). Parameters: a
 * deviation in log lengthscale each, the log noise variance, the common log lengthscale, and the log exponents of a warp.
 */
class HyperPosterior {
  readonly #kernels: Kernels
  readonly #layout: Layout
  readonly #data: Data
  readonly #shape: Shape
  readonly #memory: Float64Array
  readonly #at: Record<'points' | 'queries' | 'matrix' | 'slope' | 'inverse' | 'panel' | 'alpha' | 'out', number>
  /** Rows of a panel. */
  readonly #height: number
  #warp: Warp | undefined
  #inverse = new Float64Array(0)

  constructor(kernels: Kernels, layout: Layout, data: Data, shape: Shape) {
    this.#kernels = kernels
    this.#layout = layout
    this.#data = data
    this.#shape = shape
    const height = padded(data.count)
    this.#height = height
    const { at, size } = placed({
      points: height * layout.count,
      queries: height * layout.count,
      matrix: height * height,
      slope: height * height,
      inverse: height * height,
      panel: height * 4,
      alpha: height,
      out: Math.max(layout.count, height * layout.count),
    })
    this.#at = at
    this.#memory = kernels.reset(size)
  }

  /** NaN where the covariance is not positive definite. */
  evaluate(theta: Float64Array, gradient: Float64Array): number {
    const { parameters } = this.#layout
    const noise = Math.exp(theta[parameters]!)
    this.#scale(theta)
    const logDeterminant = this.#factorise(noise)
    if (Number.isNaN(logDeterminant)) return NaN
    const { misfit, squares } = this.#solve()
    this.#differentiate(gradient, noise, squares)
    return 0.5 * misfit + 0.5 * logDeterminant + this.#addPrior(theta, gradient)
  }

  #scale(theta: Float64Array): void {
    const { parameters, parameterOf } = this.#layout
    const common = theta[parameters + 1]!
    this.#inverse = Float64Array.from(parameterOf, (p) => Math.exp(-theta[p]! - common))
    this.#warp = warpOf(this.#layout, theta)
    const { points, queries } = this.#at
    const rows = this.#warp?.rows(this.#data.rows) ?? this.#data.rows
    writeScaled(this.#memory, rows, this.#data.count, this.#inverse, points, queries)
  }

  /** Log determinant of the covariance with noise. */
  #factorise(noise: number): number {
    const { count } = this.#data
    const { points, queries, matrix, slope } = this.#at
    const memory = this.#memory
    this.#kernels[this.#shape](points, count, this.#layout.count, queries, count, matrix, slope, true)
    for (let i = 0; i < count; i++) memory[matrix + this.#diagonal(i)]! += noise + jitter
    if (this.#kernels.cholesky(matrix, count) >= 0) return NaN
    let sum = 0
    for (let i = 0; i < count; i++) sum += 2 * Math.log(memory[matrix + this.#diagonal(i)]!)
    return sum
  }

  /** α = A⁻¹ (y − mean), (y − mean)ᵀ α and αᵀ α. */
  #solve(): { misfit: number; squares: number } {
    const { count, values } = this.#data
    const memory = this.#memory
    const mean = solveForMean(this.#kernels, memory, this.#at, count, values)
    let misfit = 0
    let squares = 0
    for (let i = 0; i < count; i++) {
      const a = memory[this.#at.alpha + i]!
      misfit += (values[i]! - mean) * a
      squares += a * a
    }
    return { misfit, squares }
  }

  #differentiate(gradient: Float64Array, noise: number, squares: number): void {
    const { count, parameters, parameterOf } = this.#layout
    const { points, queries, matrix, slope, inverse, alpha, out } = this.#at
    const n = this.#data.count
    this.#kernels.invert(matrix, n, inverse)
    let trace = 0
    for (let i = 0; i < n; i++) trace += this.#memory[inverse + this.#diagonal(i)]!
    this.#kernels.pairGradient(points, n, count, queries, alpha, inverse, slope, out)
    gradient.fill(0)
    for (let t = 0; t < count; t++) {
      const slopeOf = this.#memory[out + t]!
      gradient[parameterOf[t]!]! -= slopeOf
      gradient[parameters + 1]! -= slopeOf
    }
    gradient[parameters] = -0.5 * noise * (squares - trace)
    if (this.#warp !== undefined) this.#differentiateWarp(this.#warp, gradient)
  }

  /** By the chain rule through each point: −∂L/∂xᵢₜ = Σⱼ (αᵢ αⱼ − A⁻¹(i, j)) slope(i, j) (xᵢₜ − xⱼₜ), of scaled coordinates. */
  #differentiateWarp(warp: Warp, gradient: Float64Array): void {
    const { count: width, parameters, numeric } = this.#layout
    const { rows, count } = this.#data
    const { points, queries, alpha, inverse, slope, out } = this.#at
    const memory = this.#memory
    const height = this.#height
    for (let j = 0; j < count; j++) {
      memory[slope + this.#diagonal(j)] = 0
      for (let i = j + 1; i < count; i++) {
        const at = ((j >> 2) * height + i) * 4 + (j & 3)
        const weight = (memory[alpha + i]! * memory[alpha + j]! - memory[inverse + at]!) * memory[slope + at]!
        memory[slope + at] = weight
        memory[slope + ((i >> 2) * height + j) * 4 + (i & 3)] = weight
      }
    }
    this.#kernels.queryGradient(points, count, width, queries, count, slope, out)
    numeric.forEach((t, k) => {
      let byA = 0
      let byB = 0
      for (let i = 0; i < count; i++) {
        const x = rows[i * width + t]!
        // What the kernel sums up has the other sign.
        const byX = -memory[out + ((i >> 2) * width + t) * 4 + (i & 3)]! * this.#inverse[t]!
        byA += byX * warp.slopeByA(t, x)
        byB += byX * warp.slopeByB(t, x)
      }
      gradient[parameters + 2 + k]! += byA
      gradient[parameters + 2 + numeric.length + k]! += byB
    })
  }

  #addPrior(theta: Float64Array, gradient: Float64Array): number {
    const { parameters } = this.#layout
    let sum = 0
    const add = (i: number, mean: number, deviation: number): void => {
      const z = (theta[i]! - mean) / deviation
      gradient[i]! += z / deviation
      sum += 0.5 * z * z
    }
    for (let i = 0; i < parameters; i++) add(i, 0, ownDeviation)
    add(parameters, noiseMean, noiseDeviation)
    add(parameters + 1, 0.5 * Math.log(parameters), commonDeviation)
    for (let i = parameters + 2; i < theta.length; i++) add(i, 0, warpDeviation)
    return sum
  }

  #diagonal(i: number): number {
    return ((i >> 2) * this.#height + i) * 4 + (i & 3)
  }
}

/** Up to a multiple of four: rows of a panel. */
export function padded(count: number): number {
  return (count + 3) & ~3
}

/** Offsets in the kernels' memory for arrays of these lengths, and their sum. */
export function placed<K extends string>(lengths: Record<K, number>): { at: Record<K, number>; size: number } {
  let size = 0
  const at = {} as Record<K, number>
  for (const name in lengths) {
    at[name] = size
    size += padded(lengths[name])
  }
  return { at, size }
}

/** Writes rows, each coordinate times its `scale`, as points and as panels of queries. */
export function writeScaled(
  memory: Float64Array,
  rows: Float64Array,
  count: number,
  scale: Float64Array,
  points: number,
  queries: number,
): void {
  const width = scale.length
  for (let i = 0; i < count; i++) {
    const panel = queries + (i >> 2) * width * 4 + (i & 3)
    for (let t = 0; t < width; t++) {
      const x = rows[i * width + t]! * scale[t]!
      memory[points + i * width + t] = x
      memory[panel + 4 * t] = x
    }
  }
}

/**
 * Writes A⁻¹(y − mean) to `alpha`, with the mean 1ᵀA⁻¹y / 1ᵀA⁻¹1, which it answers; `panel` is for work. The factor may have
 * more rows than there are values: further points that take part in deviations alone, with an α of 0.
 */
export function solveForMean(
  kernels: Kernels,
  memory: Float64Array,
  at: { readonly matrix: number; readonly panel: number; readonly alpha: number },
  rows: number,
  values: Float64Array,
): number {
  const { matrix, panel, alpha } = at
  memory.fill(0, panel, panel + 4 * padded(rows))
  for (let i = 0; i < values.length; i++) {
    memory[panel + 4 * i] = values[i]!
    memory[panel + 4 * i + 1] = 1
  }
  kernels.solveLower(matrix, rows, panel, 2)
  // The leading block of a factor is the factor of the leading block.
  memory.fill(0, panel + 4 * values.length, panel + 4 * padded(rows))
  kernels.solveUpper(matrix, rows, panel, 2)
  let sum = 0
  let ones = 0
  for (let i = 0; i < values.length; i++) {
    sum += memory[panel + 4 * i]!
    ones += memory[panel + 4 * i + 1]!
  }
  const mean = sum / ones
  for (let i = 0; i < rows; i++) memory[alpha + i] = memory[panel + 4 * i]! - mean * memory[panel + 4 * i + 1]!
  return mean
}
