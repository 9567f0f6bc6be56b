/** The trust region's target (Akimoto et al., "Adaptive stochastic natural gradient", ICML 2019). */
const targetAlpha = 1.5
/** Of all generations' points so many keep their best option in all dimensions where the probabilities are at their ends. */
const keepBest = 0.73

/**
 * Independent probabilities of the options of unordered dimensions. They follow the natural gradient with an adaptive step
 * (ASNG), and keep a least probability, so that no option is ever lost (Hamano et al., "CatCMA with margin", 2025).
 */
export class Categories {
  /** One array a dimension; each sums to 1. */
  readonly probabilities: readonly Float64Array[]
  readonly #least: readonly number[]
  readonly #path: readonly Float64Array[]
  readonly #freedom: number
  #gamma = 0
  #delta = 1

  /** `start`: the probabilities to start with, before the least ones are kept. */
  constructor(start: readonly (readonly number[] | Float64Array)[]) {
    this.probabilities = start.map((each) => Float64Array.from(each))
    this.#least = start.map(({ length }) => (1 - keepBest ** (1 / start.length)) / Math.max(1, length - 1))
    this.#path = start.map(({ length }) => new Float64Array(length))
    this.#freedom = start.reduce((sum, { length }) => sum + length - 1, 0)
    this.probabilities.forEach((each, c) => keepLeast(each, this.#least[c]!))
  }

  /** The level that a number in [0, 1) stands for. */
  levelAt(category: number, p: number): number {
    const probabilities = this.probabilities[category]!
    let sum = 0
    for (let level = 0; level < probabilities.length - 1; level++) {
      sum += probabilities[level]!
      if (p < sum) return level
    }
    return probabilities.length - 1
  }

  /** Learns from a generation: of each point the levels, −1 where inactive, and its weight. */
  update(levels: readonly Int32Array[], weights: ArrayLike<number>): void {
    if (this.#freedom === 0) return
    const gradients = this.probabilities.map((probabilities, c) => gradientOf(probabilities, c, levels, weights))
    const squares = gradients.reduce((sum, gradient, c) => sum + squaredLength(gradient, this.probabilities[c]!), 0)
    if (squares < 1e-12) return
    const length = Math.sqrt(squares)
    const beta = Math.min(1, this.#delta / Math.sqrt(this.#freedom))
    let path = 0
    gradients.forEach((gradient, c) => {
      const probabilities = this.probabilities[c]!
      const along = this.#path[c]!
      for (let k = 0; k < gradient.length; k++) {
        const direction = gradient[k]! / Math.sqrt(probabilities[k]!) / length
        along[k] = (1 - beta) * along[k]! + Math.sqrt(beta * (2 - beta)) * direction
        path += along[k]! ** 2
        probabilities[k]! += (this.#delta * gradient[k]!) / length
      }
      keepLeast(probabilities, this.#least[c]!)
    })
    this.#gamma = (1 - beta) ** 2 * this.#gamma + beta * (2 - beta)
    this.#delta = Math.min(1, this.#delta * Math.exp(beta * (path / targetAlpha - this.#gamma)))
  }
}

function gradientOf(
  probabilities: Float64Array,
  category: number,
  levels: readonly Int32Array[],
  weights: ArrayLike<number>,
): Float64Array {
  const gradient = new Float64Array(probabilities.length)
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]![category]!
    const weight = weights[i]!
    if (level < 0 || weight === 0) continue
    gradient[level]! += weight
    for (let k = 0; k < gradient.length; k++) gradient[k]! -= weight * probabilities[k]!
  }
  return gradient
}

/** By the Fisher metric. */
function squaredLength(gradient: Float64Array, probabilities: Float64Array): number {
  let sum = 0
  for (let k = 0; k < gradient.length; k++) sum += gradient[k]! ** 2 / probabilities[k]!
  return sum
}

/** In place: raises what is too low, and takes it from what is above in proportion to its surplus. */
function keepLeast(probabilities: Float64Array, least: number): void {
  const floor = Math.min(least, 1 / probabilities.length)
  let sum = 0
  for (let k = 0; k < probabilities.length; k++) {
    probabilities[k] = Math.max(floor, probabilities[k]!)
    sum += probabilities[k]!
  }
  const surplus = sum - floor * probabilities.length
  const wanted = 1 - floor * probabilities.length
  for (let k = 0; k < probabilities.length; k++) {
    const share = surplus <= 0 ? 1 / probabilities.length : (probabilities[k]! - floor) / surplus
    probabilities[k] = floor + share * wanted
  }
}
