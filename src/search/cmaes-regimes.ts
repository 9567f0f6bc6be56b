import type { Random } from '../base/random.ts'

/** How the next run after a restart goes. */
export interface Regime {
  readonly size: number
  readonly sigma: number
}

/**
 * Restarts with two regimes, of which the one with fewer trials so far comes next: populations that double, and small ones with
 * small steps (Hansen, "Benchmarking a BI-population CMA-ES", GECCO 2009).
 */
export class Regimes {
  readonly #size: number
  readonly #sigma: number
  #doublings = 0
  #isLarge = true
  /** Trials spent in large and in small runs; the first run counts for neither. */
  #large = 0
  #small = 0
  #isFirst = true

  constructor(size: number, sigma: number) {
    this.#size = size
    this.#sigma = sigma
  }

  /** The run after one that took so many trials. */
  next(spent: number, random: Random): Regime {
    if (!this.#isFirst) {
      if (this.#isLarge) this.#large += spent
      else this.#small += spent
    }
    this.#isFirst = false
    this.#isLarge = this.#doublings === 0 || this.#large <= this.#small
    if (this.#isLarge) {
      this.#doublings += 1
      return { size: this.#size * 2 ** this.#doublings, sigma: this.#sigma }
    }
    const ratio = 0.5 * 2 ** this.#doublings
    const size = Math.floor(this.#size * ratio ** (random.float() ** 2))
    return { size, sigma: this.#sigma * 10 ** (-2 * random.float()) }
  }
}
