import { readFileSync } from 'node:fs'

/** Images as rows of 64 grey values in [0, 1], and their digits. */
export interface Images {
  readonly pixels: Float64Array
  readonly digits: Uint8Array
  readonly count: number
}

export interface Splits {
  /** Trained on. */
  readonly train: Images
  /** What the tuner sees. */
  readonly validation: Images
  /** What nobody sees before the end. */
  readonly test: Images
}

export const pixelCount = 64
export const digitCount = 10

/** The optdigits images in three fixed parts: 1,000 to train on, 398 to validate and 399 to test. */
export function loadDigits(): Splits {
  const rows = readFileSync(new URL('../data/optdigits.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number))
  const order = shuffled(rows.length, generator(1998))
  const part = (from: number, to: number): Images => images(Array.from(order.slice(from, to), (index) => rows[index]!))
  return { train: part(0, 1000), validation: part(1000, 1398), test: part(1398, rows.length) }
}

function images(rows: readonly (readonly number[])[]): Images {
  const pixels = new Float64Array(rows.length * pixelCount)
  rows.forEach((row, i) =>
    pixels.set(
      row.slice(0, pixelCount).map((grey) => grey / 16),
      i * pixelCount,
    ),
  )
  return { pixels, digits: Uint8Array.from(rows, (row) => row[pixelCount]!), count: rows.length }
}

/** The numbers 0 to n − 1 in a random order. */
export function shuffled(n: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  return order
}

/** A small seeded generator of numbers in [0, 1) (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let x = Math.imul(state ^ (state >>> 15), state | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}
