import { mix } from '../base/random.ts'
import { directions } from './sobol-directions.ts'

/** Dimensions that have direction numbers: more than a space may have. */
export const sobolDimensions = 1_024
const bits = 32
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Read as far as they were needed: the first dimension has all numbers 1. */
const table: Uint32Array[] = [Uint32Array.from({ length: bits }, (_, i) => (1 << (bits - 1 - i)) >>> 0)]
/** Where the next dimension stands in `directions`. */
let position = 0

/** The direction numbers of a dimension (from 0), most significant bit first. */
function directionNumbers(dimension: number): Uint32Array {
  while (table.length <= dimension) table.push(read())
  return table[dimension]!
}

function read(): Uint32Array {
  const degree = digits.indexOf(directions[position]!)
  const inner = degree - 1
  const length = Math.ceil((inner + (degree * inner) / 2) / 6)
  const packed = directions.slice(position + 1, position + 1 + length)
  const unpacked = Array.from(packed, (digit) => digits.indexOf(digit).toString(2).padStart(6, '0')).join('')
  const polynomial = parseInt(`1${unpacked.slice(0, inner)}1`, 2)
  const initial = [1]
  for (let i = 1, from = inner; i < degree; from += i, i++) {
    initial.push(parseInt(`${unpacked.slice(from, from + i)}1`, 2))
  }
  position += 1 + length
  return extend(polynomial, initial)
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

/** A scrambled Sobol coordinate in (0, 1); `dimension` is below 1,024. */
export function scrambledSobol(index: number, dimension: number, seed: number): number {
  return (owenScramble(sobolBits(index, dimension), mix(seed, dimension)) + 0.5) / 2 ** bits
}

function reverseBits(value: number): number {
  let x = value
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1)
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2)
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4)
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8)
  return ((x >>> 16) | (x << 16)) >>> 0
}
