import { mix } from '../base/random.ts'
import { directions } from './sobol-directions.ts'

/** Dimensions with direction numbers of their own. */
export const sobolDimensions = 256
const bits = 32

const table: Uint32Array[] = []

/** The direction numbers of a dimension (from 0), most significant bit first. */
function directionNumbers(dimension: number): Uint32Array {
  if (table.length === 0)
    table.push(
      Uint32Array.from({ length: bits }, (_, i) => (1 << (bits - 1 - i)) >>> 0),
      ...parse(),
    )
  return table[dimension]!
}

function parse(): Uint32Array[] {
  return directions.split(';').map((entry) => {
    const [polynomial, ...initial] = entry.split(',').map((digits) => parseInt(digits, 16)) as [number, ...number[]]
    return extend(polynomial, initial)
  })
}

/** The recurrence of Joe and Kuo, equation (3), on numbers that are shifted to their place at once. */
function extend(polynomial: number, initial: readonly number[]): Uint32Array {
  const degree = initial.length
  const numbers = new Uint32Array(bits)
  for (let i = 0; i < bits; i++) {
    if (i < degree) {
      numbers[i] = initial[i]! << (bits - 1 - i)
      continue
    }
    let number = numbers[i - degree]! ^ (numbers[i - degree]! >>> degree)
    for (let k = 1; k < degree; k++) if ((polynomial >>> (degree - k)) & 1) number ^= numbers[i - k]!
    numbers[i] = number
  }
  return numbers
}

/** Coordinate `dimension` (from 0) of point `index` of the Sobol sequence in Gray code order, as a 32-bit fraction. */
export function sobolBits(index: number, dimension: number): number {
  const numbers = directionNumbers(dimension)
  let gray = (index ^ (index >>> 1)) >>> 0
  let result = 0
  for (let bit = 0; gray !== 0; bit++, gray >>>= 1) if (gray & 1) result ^= numbers[bit]!
  return result >>> 0
}

/**
 * Owen's nested uniform scrambling by a hash (B. Burley, "Practical Hash-based Owen Scrambling", JCGT 9(4), 2020; constants
 * of N. Vegdahl's improved hash). Keeps the stratification of the sequence exactly.
 */
function owenScramble(fraction: number, seed: number): number {
  let x = reverseBits(fraction)
  x = (x + seed) >>> 0
  x ^= Math.imul(x, 0x6c50b47c)
  x ^= Math.imul(x, 0xb82f1e52)
  x ^= Math.imul(x, 0xc7afe638)
  x ^= Math.imul(x, 0x8d22f6e6)
  return reverseBits(x >>> 0)
}

/**
 * A scrambled Sobol coordinate in (0, 1). Beyond the 256th dimension there are no direction numbers: the coordinate is then
 * a hash of index and dimension, uniform and independent.
 */
export function scrambledSobol(index: number, dimension: number, seed: number): number {
  const key = mix(seed, dimension)
  const fraction = dimension < sobolDimensions ? owenScramble(sobolBits(index, dimension), key) : mix(key, index)
  return (fraction + 0.5) / 2 ** bits
}

function reverseBits(value: number): number {
  let x = value
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1)
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2)
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4)
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8)
  return ((x >>> 16) | (x << 16)) >>> 0
}
