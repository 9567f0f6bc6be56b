import { mix } from '../base/random.ts'

const rounds = 4

/**
 * A random order of 0 … size − 1 that takes no memory: a Feistel network over the next power of four, walked until it
 * lands inside (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002).
 */
export class Permutation {
  readonly size: number
  readonly #key: number
  /** Values of either half. */
  readonly #half: number

  /** `size` ≤ 2^52; `key` is any 32-bit number. */
  constructor(size: number, key: number) {
    this.size = size
    this.#key = key
    this.#half = 2 ** Math.max(1, Math.ceil(Math.log2(size) / 2))
  }

  /** The number at a place of the order. */
  at(place: number): number {
    let number = place
    do number = this.#encrypted(number)
    while (number >= this.size)
    return number
  }

  #encrypted(number: number): number {
    let left = Math.floor(number / this.#half)
    let right = number % this.#half
    for (let round = 0; round < rounds; round++) {
      const next = (left ^ mix(mix(this.#key, round), right)) & (this.#half - 1)
      left = right
      right = next
    }
    return left * this.#half + right
  }
}
