import type { Kernels } from '../math/kernels.ts'
import { jitter, padded, placed, solveForMean, writeScaled } from './gp-fit.ts'
import type { Data, Hyperparameters } from './gp-fit.ts'

/** Points that are predicted at once. */
export const lanes = 8
/** No prediction is more certain than this. */
const leastVariance = 1e-12

/** Predictions at some points, lane by lane. */
export class Prediction {
  readonly means: Float64Array = new Float64Array(lanes)
  readonly deviations: Float64Array = new Float64Array(lanes)
  /** Derivatives by each coordinate: entry `lane · coordinates + coordinate`. */
  readonly meanSlopes: Float64Array
  readonly deviationSlopes: Float64Array

  constructor(coordinates: number) {
    this.meanSlopes = new Float64Array(lanes * coordinates)
    this.deviationSlopes = new Float64Array(lanes * coordinates)
  }
}

/**
 * A Gaussian process given data (Rasmussen and Williams 2006, algorithm 2.1). `pending` rows are points that are being
 * evaluated: near them there is less to learn, so deviations are as if their means had been observed without noise, and
 * means are not changed (Desautels, Krause and Burdick, "Parallelizing exploration-exploitation tradeoffs", JMLR 2014, "hallucinated"
 * observations).
 */
export class GpPosterior {
  readonly #kernels: Kernels
  readonly #hyper: Hyperparameters
  readonly #memory: Float64Array
  readonly #scale: Float64Array
  /** The vectors in the lanes as they are. */
  readonly #placed: Float64Array
  /** Data and pending points. */
  readonly #rows: number
  readonly #mean: number
  /** The objective's mean at each of the data. */
  readonly means: Float64Array
  readonly #at: Record<
    | 'points'
    | 'queries'
    | 'matrix'
    | 'panel'
    | 'alpha'
    | 'cross'
    | 'slope'
    | 'solved'
    | 'out'
    | 'meanOut'
    | 'varianceOut',
    number
  >

  constructor(kernels: Kernels, data: Data, pending: Float64Array, hyper: Hyperparameters) {
    this.#kernels = kernels
    this.#hyper = hyper
    this.#scale = hyper.lengthscales.map((length) => 1 / length)
    const width = this.#scale.length
    this.#placed = new Float64Array(lanes * width)
    const rows = data.count + pending.length / width
    const height = padded(rows)
    this.#rows = rows
    const { at, size } = placed({
      points: height * width,
      queries: Math.max(height, lanes) * width,
      matrix: height * height,
      panel: height * 4,
      alpha: height,
      cross: height * lanes,
      slope: height * lanes,
      solved: height * lanes,
      out: lanes,
      meanOut: lanes * width,
      varianceOut: lanes * width,
    })
    this.#at = at
    this.#memory = kernels.reset(size)
    const noise = this.#factorise(data, pending)
    this.#mean = solveForMean(kernels, this.#memory, at, rows, data.values)
    // (K + σ²I)α = y − μ, so that μ + Kα = y − σ²α.
    this.means = data.values.map((value, i) => value - noise * this.#memory[at.alpha + i]!)
  }

  /** Puts the vector of a point into a lane. */
  place(lane: number, vector: Float64Array): void {
    const width = this.#scale.length
    const panel = this.#at.queries + (lane >> 2) * width * 4 + (lane & 3)
    const { warp } = this.#hyper
    for (let t = 0; t < width; t++) {
      const x = warp === undefined ? vector[t]! : warp.value(t, vector[t]!)
      this.#memory[panel + 4 * t] = x * this.#scale[t]!
    }
    this.#placed.set(vector, lane * width)
  }

  /**
   * The means at the points in the lanes, and an upper bound of their deviations: what observing only the nearest known
   * point would leave.
   */
  sketch(out: Prediction): void {
    this.#cross(-1)
    this.#means(out)
    const { cross } = this.#at
    const height = padded(this.#rows)
    for (let lane = 0; lane < lanes; lane++) {
      let most = 0
      const column = cross + (lane >> 2) * height * 4 + (lane & 3)
      for (let i = 0; i < this.#rows; i++) most = Math.max(most, this.#memory[column + 4 * i]!)
      out.deviations[lane] = Math.sqrt(Math.max(leastVariance, 1 - (most * most) / (1 + this.#hyper.noise)))
    }
  }

  /** Means and deviations of the objective, without its noise, at the points in the lanes; with their slopes if wanted. */
  predict(out: Prediction, withSlopes: boolean): void {
    const { cross, slope, solved, matrix, out: sums } = this.#at
    const kernels = this.#kernels
    const memory = this.#memory
    const rows = this.#rows
    this.#cross(withSlopes ? slope : -1)
    this.#means(out)
    memory.copyWithin(solved, cross, cross + padded(rows) * lanes)
    kernels.solveLower(matrix, rows, solved, lanes)
    kernels.columnSquares(solved, rows, lanes, sums)
    for (let j = 0; j < lanes; j++) out.deviations[j] = Math.sqrt(Math.max(leastVariance, 1 - memory[sums + j]!))
    if (withSlopes) this.#slopes(out)
  }

  #cross(slope: number): void {
    const { points, queries, cross } = this.#at
    this.#kernels[this.#hyper.shape](points, this.#rows, this.#scale.length, queries, lanes, cross, slope, false)
  }

  #means(out: Prediction): void {
    const { alpha, cross, out: sums } = this.#at
    this.#kernels.weightedSums(alpha, this.#rows, cross, lanes, sums)
    for (let j = 0; j < lanes; j++) out.means[j] = this.#mean + this.#memory[sums + j]!
  }

  #slopes(out: Prediction): void {
    const { points, queries, matrix, alpha, slope, solved, meanOut, varianceOut } = this.#at
    const kernels = this.#kernels
    const memory = this.#memory
    const width = this.#scale.length
    kernels.solveUpper(matrix, this.#rows, solved, lanes)
    kernels.weighRows(slope, solved, alpha, this.#rows, lanes)
    kernels.queryGradient(points, this.#rows, width, queries, lanes, slope, meanOut)
    kernels.queryGradient(points, this.#rows, width, queries, lanes, solved, varianceOut)
    for (let j = 0; j < lanes; j++) {
      for (let t = 0; t < width; t++) {
        const at = ((j >> 2) * width + t) * 4 + (j & 3)
        const bend = this.#hyper.warp?.slope(t, this.#placed[j * width + t]!) ?? 1
        const scale = this.#scale[t]! * bend
        out.meanSlopes[j * width + t] = memory[meanOut + at]! * scale
        // σ² = 1 − kᵀA⁻¹k.
        out.deviationSlopes[j * width + t] = (-memory[varianceOut + at]! * scale) / out.deviations[j]!
      }
    }
  }

  /** Factorises the covariance matrix; the noise that its data were given. */
  #factorise(data: Data, pending: Float64Array): number {
    const { points, queries, matrix } = this.#at
    const rows = this.#rows
    const width = this.#scale.length
    const all = new Float64Array(rows * width)
    all.set(data.rows.subarray(0, data.count * width))
    all.set(pending, data.count * width)
    const bent = this.#hyper.warp?.rows(all) ?? all
    writeScaled(this.#memory, bent, rows, this.#scale, points, queries)
    const height = padded(rows)
    // Points that are all but equal make the matrix singular: more noise mends it.
    for (let extra = jitter; ; extra *= 10) {
      this.#kernels[this.#hyper.shape](points, rows, width, queries, rows, matrix, -1, true)
      for (let i = 0; i < rows; i++) {
        this.#memory[matrix + ((i >> 2) * height + i) * 4 + (i & 3)]! +=
          (i < data.count ? this.#hyper.noise : 0) + extra
      }
      if (this.#kernels.cholesky(matrix, rows) < 0) return this.#hyper.noise + extra
    }
  }
}
