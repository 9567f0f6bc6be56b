/**
 * Counter-based random streams: what a stream yields depends on its key (seed, purpose, trial, attempt) alone, never on
 * how many numbers were drawn elsewhere. So a suggestion can be recomputed from the log, and adding one draw somewhere
 * changes nothing anywhere else.
 */
export interface Random {
  /** A number in [0, 1) with 53 random bits. */
  float(): number
  /** An integer in [0, n), n ≤ 2^32. */
  below(n: number): number
  /** A standard normal number (Marsaglia's polar method). */
  normal(): number
  /** 32 random bits. */
  uint32(): number
}

/** What a stream is for. The numbers enter the hash: never renumber, only append. */
export const purpose = {
  suggest: 1,
  order: 2,
  scramble: 3,
  schedule: 4,
  simulate: 5,
  trial: 6,
} as const
export type Purpose = (typeof purpose)[keyof typeof purpose]

/** The stream of one key. `seed` is a non-negative integer below 2^53; `indices` are integers such as trial, attempt. */
export function stream(seed: number, why: Purpose, ...indices: readonly number[]): Random {
  let hash = mix(seed >>> 0, Math.floor(seed / 0x1_0000_0000) >>> 0)
  hash = mix(hash, why)
  for (let i = 0; i < indices.length; i++) hash = mix(hash, indices[i]! >>> 0)
  return new Xoshiro128(hash)
}

/** A well-mixed 32-bit hash of two words (finaliser constants: C. Wellons, "lowbias32", 2018). */
export function mix(a: number, b: number): number {
  let x = (Math.imul(a, 0x9e3779b1) ^ b) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d)
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b)
  return (x ^ (x >>> 16)) >>> 0
}

/** xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021). */
class Xoshiro128 implements Random {
  #a: number
  #b: number
  #c: number
  #d: number
  #spare = NaN

  constructor(seed: number) {
    this.#a = mix(seed, 0x243f6a88)
    this.#b = mix(seed, 0x85a308d3)
    this.#c = mix(seed, 0x13198a2e)
    // The state must not be all zero.
    this.#d = mix(seed, 0x03707344) | 1
  }

  uint32(): number {
    const product = Math.imul(this.#b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result
  }

  float(): number {
    const high = this.uint32() >>> 5
    const low = this.uint32() >>> 6
    return (high * 0x400_0000 + low) / 0x20_0000_0000_0000
  }

  below(n: number): number {
    return Math.floor(this.float() * n)
  }

  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare
      this.#spare = NaN
      return spare
    }
    for (;;) {
      const x = 2 * this.float() - 1
      const y = 2 * this.float() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      this.#spare = y * scale
      return x * scale
    }
  }
}
