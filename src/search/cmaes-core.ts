import { symmetricEigen } from '../math/eigen.ts'
import { constantsOf } from './cmaes-constants.ts'
import type { CmaesConstants } from './cmaes-constants.ts'

/** Dimensions up to which correlations are learned; beyond, the covariance is diagonal (Ros and Hansen, 2008). */
const correlatedMost = 100
const conditionMost = 1e14

/** Where a search begins. */
export interface CmaesStart {
  readonly mean: Float64Array
  readonly sigma: number
  /** Row by row; the unit matrix where undefined. */
  readonly covariance?: Float64Array | undefined
}

/**
 * The normal distribution of CMA-ES, and how it learns from a generation. A point is `mean + σ · scale · y` with y of covariance
 * C: `scale`, one number a dimension, is what keeps discrete dimensions moving.
 */
export class CmaesCore {
  readonly dimensions: number
  readonly mean: Float64Array
  readonly scale: Float64Array
  sigma: number
  #constants: CmaesConstants
  readonly #isFull: boolean
  /** Full, or the diagonal alone. */
  readonly #covariance: Float64Array
  readonly #vectors: Float64Array
  /** Square roots of the eigenvalues, or of the diagonal. */
  readonly #lengths: Float64Array
  readonly #pathSigma: Float64Array
  readonly #pathC: Float64Array
  #generation = 0
  #decomposed = 0

  constructor(constants: CmaesConstants, { mean, sigma, covariance }: CmaesStart) {
    const d = mean.length
    this.dimensions = d
    this.#constants = constants
    this.mean = mean.slice()
    this.sigma = sigma
    this.scale = new Float64Array(d).fill(1)
    this.#isFull = d <= correlatedMost
    this.#covariance = new Float64Array(this.#isFull ? d * d : d)
    for (let i = 0; i < d; i++) this.#covariance[this.#at(i)] = covariance?.[i * d + i] ?? 1
    if (this.#isFull && covariance !== undefined) this.#covariance.set(covariance)
    this.#vectors = new Float64Array(this.#isFull ? d * d : 0)
    this.#lengths = new Float64Array(d)
    this.#pathSigma = new Float64Array(d)
    this.#pathC = new Float64Array(d)
    this.#decompose()
  }

  /** Generations have so many points from now on. */
  resize(size: number): void {
    if (size !== this.#constants.size) this.#constants = constantsOf(this.dimensions, size)
  }

  get weights(): Float64Array {
    return this.#constants.weights
  }

  /** Standard deviation of a dimension. */
  deviation(i: number): number {
    return this.sigma * this.scale[i]! * Math.sqrt(this.#covariance[this.#at(i)]!)
  }

  /** Writes the point that a standard normal vector `z` stands for. */
  place(z: Float64Array, out: Float64Array): void {
    const d = this.dimensions
    for (let i = 0; i < d; i++) {
      let y = 0
      if (this.#isFull) for (let j = 0; j < d; j++) y += this.#vectors[i * d + j]! * this.#lengths[j]! * z[j]!
      else y = this.#lengths[i]! * z[i]!
      out[i] = this.mean[i]! + this.sigma * this.scale[i]! * y
    }
  }

  /** Learns from a generation's points, best first, each with its weight: positive ones sum to at most 1. */
  update(points: readonly Float64Array[], weights: Float64Array): void {
    const d = this.dimensions
    const { cSigma, dSigma, cC, muEff, chiN } = this.#constants
    this.#generation += 1
    const steps = points.map((point) => this.#step(point))
    const mean = new Float64Array(d)
    steps.forEach((step, k) => {
      if (weights[k]! > 0) for (let i = 0; i < d; i++) mean[i]! += weights[k]! * step[i]!
    })
    for (let i = 0; i < d; i++) this.mean[i]! += this.sigma * this.scale[i]! * mean[i]!
    const white = this.#whiten(mean)
    const gain = Math.sqrt(cSigma * (2 - cSigma) * muEff)
    for (let i = 0; i < d; i++) this.#pathSigma[i] = (1 - cSigma) * this.#pathSigma[i]! + gain * white[i]!
    const length = lengthOf(this.#pathSigma)
    const settled = Math.sqrt(1 - (1 - cSigma) ** (2 * (this.#generation + 1)))
    const isShort = length / settled < (1.4 + 2 / (d + 1)) * chiN
    const gainC = isShort ? Math.sqrt(cC * (2 - cC) * muEff) : 0
    for (let i = 0; i < d; i++) this.#pathC[i] = (1 - cC) * this.#pathC[i]! + gainC * mean[i]!
    this.#adapt(steps, weights, isShort)
    this.sigma *= Math.exp(Math.min(1, (cSigma / dSigma) * (length / chiN - 1)))
    const every = Math.max(1, Math.floor(1 / (10 * d * (this.#rates.c1 + this.#rates.cMu))))
    if (this.#generation - this.#decomposed >= every) this.#decompose()
  }

  /** Whether the distribution is degenerate: no further generation would find anything. */
  get isSpent(): boolean {
    let least = Infinity
    let most = 0
    for (const length of this.#lengths) {
      least = Math.min(least, length)
      most = Math.max(most, length)
    }
    return !(most * most < conditionMost * least * least) || !(this.sigma * most < 1e3)
  }

  /** A diagonal is learned faster. */
  get #rates(): { readonly c1: number; readonly cMu: number } {
    const faster = this.#isFull ? 1 : (this.dimensions + 2) / 3
    const c1 = Math.min(0.5, this.#constants.c1 * faster)
    return { c1, cMu: Math.min(1 - c1, this.#constants.cMu * faster) }
  }

  #at(i: number): number {
    return this.#isFull ? i * this.dimensions + i : i
  }

  /** A point's way from the mean, not longer than a sample's would be: points may have been moved or come from elsewhere. */
  #step(point: Float64Array): Float64Array {
    const d = this.dimensions
    const step = point.map((x, i) => (x - this.mean[i]!) / (this.sigma * this.scale[i]!))
    const most = Math.sqrt(d) + (2 * d) / (d + 2)
    const length = lengthOf(this.#whiten(step))
    if (length > most) for (let i = 0; i < d; i++) step[i]! *= most / length
    return step
  }

  /** C^−½ y. */
  #whiten(y: Float64Array): Float64Array {
    const d = this.dimensions
    if (!this.#isFull) return y.map((each, i) => each / this.#lengths[i]!)
    const white = new Float64Array(d)
    for (let j = 0; j < d; j++) {
      let along = 0
      for (let i = 0; i < d; i++) along += this.#vectors[i * d + j]! * y[i]!
      along /= this.#lengths[j]!
      for (let i = 0; i < d; i++) white[i]! += this.#vectors[i * d + j]! * along
    }
    return white
  }

  #adapt(steps: readonly Float64Array[], weights: Float64Array, isShort: boolean): void {
    const d = this.dimensions
    const { cC } = this.#constants
    const { c1, cMu } = this.#rates
    let sum = 0
    for (const weight of weights) sum += weight
    const keep = 1 + (isShort ? 0 : c1 * cC * (2 - cC)) - c1 - cMu * sum
    const shares = steps.map((step, k) => {
      const weight = weights[k]!
      return cMu * (weight >= 0 ? weight : (weight * d) / Math.max(1e-12, squareOf(this.#whiten(step))))
    })
    for (let i = 0; i < d; i++) {
      for (let j = this.#isFull ? 0 : i; j <= i; j++) {
        const at = this.#isFull ? i * d + j : i
        let value = keep * this.#covariance[at]! + c1 * this.#pathC[i]! * this.#pathC[j]!
        for (let k = 0; k < steps.length; k++) value += shares[k]! * steps[k]![i]! * steps[k]![j]!
        this.#covariance[at] = value
        if (this.#isFull) this.#covariance[j * d + i] = value
      }
    }
  }

  #decompose(): void {
    this.#decomposed = this.#generation
    if (this.#isFull) symmetricEigen(this.#covariance.slice(), this.dimensions, this.#lengths, this.#vectors)
    else this.#lengths.set(this.#covariance)
    for (let i = 0; i < this.dimensions; i++) this.#lengths[i] = Math.sqrt(Math.max(1e-30, this.#lengths[i]!))
  }
}

function squareOf(vector: Float64Array): number {
  let sum = 0
  for (const each of vector) sum += each * each
  return sum
}

function lengthOf(vector: Float64Array): number {
  return Math.sqrt(squareOf(vector))
}
