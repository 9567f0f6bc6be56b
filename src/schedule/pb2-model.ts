/** What a member did in one interval. */
export interface Observation {
  /** Intervals since the beginning. */
  readonly time: number
  /** Reward at its beginning, larger is better. */
  readonly reward: number
  /** The moving dimensions of its configuration, encoded. */
  readonly point: Float64Array
  /** Change of the reward for each unit of the resource. */
  readonly change: number
}

/** Observations that the model is made of at most: the newest. */
const newest = 80
/** ε of the time-varying kernel: how much less an observation says after each interval (Bogunovic et al. 2016). */
const forgetting = 0.1
const lengthscales = [0.15, 0.4, 1]
const noises = [0.02, 0.3]
const jitter = 1e-8

/** A row of what the kernel compares: the reward scaled to its range, then the configuration. */
interface Row {
  readonly time: number
  readonly features: Float64Array
}

/**
 * The time-varying Gaussian process of PB2 (Parker-Holder et al., NeurIPS 2020, section 3.2): how much an interval changes the
 * reward, by the configuration, the reward at its beginning and time, the rewards and the changes compared within each round, with the kernel
 * exp(−‖x − x'‖² / 2ℓ²) · (1 − ε)^(|t − t'| / 2). ℓ and the noise are those of a grid with the highest likelihood.
 */
export class ChangeModel {
  readonly #rows: readonly Row[]
  /** By round: the rewards that there were. */
  readonly #rewards: ReadonlyMap<number, readonly number[]>
  readonly #length: number
  readonly #factor: Factor
  readonly #alpha: Float64Array
  /** The same and the points that others try at the moment, whose outcomes are not known: for deviations alone. */
  readonly #allRows: readonly Row[]
  readonly #allFactor: Factor

  constructor(observations: readonly Observation[], pending: readonly Omit<Observation, 'change'>[]) {
    const used = observations.slice(-newest)
    this.#rewards = new Map(
      Array.from(Map.groupBy([...used, ...pending], roundOf), ([round, all]) => [
        round,
        all.map(({ reward }) => reward),
      ]),
    )
    this.#rows = used.map((each) => this.#row(each))
    const values = comparedInRounds(used)
    let best: { length: number; noise: number; factor: Factor; alpha: Float64Array; likelihood: number } | undefined
    for (const length of lengthscales) {
      for (const noise of noises) {
        const factor = new Factor(this.#rows, length, noise)
        const alpha = factor.solve(values)
        const likelihood = -0.5 * dot(values, alpha) - factor.halfLogDeterminant
        if (best === undefined || likelihood > best.likelihood) best = { length, noise, factor, alpha, likelihood }
      }
    }
    const { length, noise, factor, alpha } = best!
    this.#length = length
    this.#factor = factor
    this.#alpha = alpha
    this.#allRows = [...this.#rows, ...pending.map((each) => this.#row(each))]
    this.#allFactor = pending.length === 0 ? this.#factor : new Factor(this.#allRows, length, noise)
  }

  /** Upper confidence bound of the change: mean + √β · deviation, in deviations of the changes seen. */
  bound(at: Omit<Observation, 'change'>, beta: number): number {
    const row = this.#row(at)
    const mean = dot(covariances(this.#rows, row, this.#length), this.#alpha)
    const solved = this.#allFactor.solveLower(covariances(this.#allRows, row, this.#length))
    return mean + Math.sqrt(beta * Math.max(0, 1 - dot(solved, solved)))
  }

  #row({ time, reward, point }: Omit<Observation, 'change'>): Row {
    const features = new Float64Array(point.length + 1)
    const rewards = this.#rewards.get(roundOf({ time })) ?? [reward]
    const low = Math.min(...rewards)
    features[0] = (reward - low) / (Math.max(...rewards) - low || 1)
    // What is inactive is nowhere.
    point.forEach((u, i) => (features[i + 1] = Number.isNaN(u) ? 0.5 : u))
    return { time, features }
  }
}

function roundOf({ time }: { readonly time: number }): number {
  return Math.round(time)
}

/** Changes in deviations from those of the same round: those of a training's beginning would hide all later ones. */
function comparedInRounds(observations: readonly Observation[]): Float64Array {
  const rounds = Map.groupBy(observations, roundOf)
  const values = new Float64Array(observations.length)
  const places = new Map(observations.map((each, i) => [each, i]))
  for (const all of rounds.values()) {
    const scaled = standardised(all.map(({ change }) => change))
    all.forEach((each, i) => (values[places.get(each)!] = scaled[i]!))
  }
  return values
}

/** The Cholesky factor of the covariance of some rows, row by row. */
class Factor {
  readonly #size: number
  readonly #lower: Float64Array
  readonly halfLogDeterminant: number

  constructor(rows: readonly Row[], length: number, noise: number) {
    const size = rows.length
    const lower = new Float64Array(size * size)
    let sum = 0
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let value = covariance(rows[i]!, rows[j]!, length) + (i === j ? noise + jitter : 0)
        for (let k = 0; k < j; k++) value -= lower[i * size + k]! * lower[j * size + k]!
        lower[i * size + j] = i === j ? Math.sqrt(value) : value / lower[j * size + j]!
      }
      sum += Math.log(lower[i * size + i]!)
    }
    this.#size = size
    this.#lower = lower
    this.halfLogDeterminant = sum
  }

  /** L⁻¹ b. */
  solveLower(b: Float64Array): Float64Array {
    const [size, lower] = [this.#size, this.#lower]
    const x = b.slice()
    for (let i = 0; i < size; i++) {
      let value = x[i]!
      for (let k = 0; k < i; k++) value -= lower[i * size + k]! * x[k]!
      x[i] = value / lower[i * size + i]!
    }
    return x
  }

  /** (L Lᵀ)⁻¹ b. */
  solve(b: Float64Array): Float64Array {
    const [size, lower] = [this.#size, this.#lower]
    const x = this.solveLower(b)
    for (let i = size - 1; i >= 0; i--) {
      let value = x[i]!
      for (let k = i + 1; k < size; k++) value -= lower[k * size + i]! * x[k]!
      x[i] = value / lower[i * size + i]!
    }
    return x
  }
}

function covariance(a: Row, b: Row, length: number): number {
  let squares = 0
  for (let i = 0; i < a.features.length; i++) squares += (a.features[i]! - b.features[i]!) ** 2
  return Math.exp(-squares / (2 * length * length)) * (1 - forgetting) ** (Math.abs(a.time - b.time) / 2)
}

function covariances(rows: readonly Row[], row: Row, length: number): Float64Array {
  return Float64Array.from(rows, (other) => covariance(other, row, length))
}

function standardised(values: readonly number[]): Float64Array {
  const mean = values.reduce((sum, value) => sum + value / values.length, 0)
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0)
  return Float64Array.from(values, (value) => (value - mean) / (Math.sqrt(variance) || 1))
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
