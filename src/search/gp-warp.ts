/** Coordinates stay so far inside of [0, 1], where the warp and its derivatives are finite. */
const inside = 1e-6

/**
 * The cumulative distribution of Kumaraswamy as a monotone map of [0, 1] a coordinate, so that an objective may vary faster at
 * one end of a parameter than at the other: w(x) = 1 − (1 − x^a)^b (Snoek et al., "Input warping for Bayesian optimization of
 * non-stationary functions", ICML 2014, with the closed form that HEBO took: Cowen-Rivers et al., JAIR 2022).
 */
export class Warp {
  /** Exponents of each coordinate, of both 1 where it stays as it is. */
  readonly #a: Float64Array
  readonly #b: Float64Array

  /** Of `width` coordinates those in `numeric` are warped: `logs` holds the logarithms of their a, then those of their b. */
  constructor(width: number, numeric: Int32Array, logs: Float64Array) {
    this.#a = new Float64Array(width).fill(1)
    this.#b = new Float64Array(width).fill(1)
    numeric.forEach((coordinate, i) => {
      this.#a[coordinate] = Math.exp(logs[i]!)
      this.#b[coordinate] = Math.exp(logs[numeric.length + i]!)
    })
  }

  value(coordinate: number, x: number): number {
    const [a, b] = [this.#a[coordinate]!, this.#b[coordinate]!]
    if (a === 1 && b === 1) return x
    return 1 - (1 - bounded(x) ** a) ** b
  }

  /** dw / dx. */
  slope(coordinate: number, x: number): number {
    const [a, b] = [this.#a[coordinate]!, this.#b[coordinate]!]
    if (a === 1 && b === 1) return 1
    const u = bounded(x)
    return a * b * u ** (a - 1) * (1 - u ** a) ** (b - 1)
  }

  /** dw / d ln a. */
  slopeByA(coordinate: number, x: number): number {
    const [a, b] = [this.#a[coordinate]!, this.#b[coordinate]!]
    const u = bounded(x)
    return a * b * (1 - u ** a) ** (b - 1) * u ** a * Math.log(u)
  }

  /** dw / d ln b. */
  slopeByB(coordinate: number, x: number): number {
    const [a, b] = [this.#a[coordinate]!, this.#b[coordinate]!]
    const rest = 1 - bounded(x) ** a
    return -b * rest ** b * Math.log(rest)
  }

  /** Vectors row by row. */
  rows(rows: Float64Array): Float64Array {
    const width = this.#a.length
    return rows.map((x, i) => this.value(i % width, x))
  }
}

function bounded(x: number): number {
  return Math.min(1 - inside, Math.max(inside, x))
}
