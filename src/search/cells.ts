import { normalCdf } from '../math/normal.ts'
import type { Dimension } from '../space/encoded.ts'

/** ln √(2π) */
const logRoot = 0.5 * Math.log(2 * Math.PI)
/** Dimensions of at most so many levels have their densities in tables. */
const tabledLevels = 256
/** Numbers in the tables of one dimension. */
const tabledMax = 2 ** 19
/** Looking at so many places finds every cell that is wide enough to matter. */
const places = 256

/** Whether some cells of an ordered dimension are so wide that a density at their representative would be wrong. */
export function hasWideCells(dimension: Dimension, bandwidth: number): boolean {
  if (dimension.kind !== 'ordered') return false
  for (let i = 0; i < places; i++) {
    const u = (i + 0.5) / places
    if (dimension.upper(u) - dimension.lower(u) > 0.5 * bandwidth) return true
  }
  return false
}

/**
 * Densities of normals on the cells of an ordered dimension: the mean over a cell, so that narrow cells and continuous
 * dimensions are alike. What a kernel's table holds depends on its centre and bandwidth alone, and is shared.
 */
export class Cells {
  readonly #dimension: Dimension
  readonly #ids = new Map<number, Map<number, number>>()
  readonly #rows: Float64Array[] = []

  constructor(dimension: Dimension) {
    this.#dimension = dimension
  }

  /** The table of a kernel; −1 where there is none. */
  table(center: number, bandwidth: number): number {
    const { levels } = this.#dimension
    if (levels > tabledLevels) return -1
    let byBandwidth = this.#ids.get(center)
    if (byBandwidth === undefined) this.#ids.set(center, (byBandwidth = new Map<number, number>()))
    const known = byBandwidth.get(bandwidth)
    if (known !== undefined) return known
    const id = this.#rows.length
    if ((id + 1) * levels > tabledMax) return -1
    this.#rows.push(new Float64Array(levels).fill(NaN))
    byBandwidth.set(bandwidth, id)
    return id
  }

  /** The log of a normal's mean density over the cell of `u` from `low` to `high`, its mass outside of [0, 1] included. */
  log(table: number, center: number, inverse: number, u: number, level: number, low: number, high: number): number {
    if (table < 0) return logMean(center, inverse, u, low, high)
    const row = this.#rows[table]!
    const known = row[level]!
    if (!Number.isNaN(known)) return known
    return (row[level] = logMean(center, inverse, u, low, high))
  }
}

function logMean(center: number, inverse: number, u: number, low: number, high: number): number {
  const z = (u - center) * inverse
  if ((high - low) * inverse <= 0.5) return Math.log(inverse) - logRoot - 0.5 * z * z
  const a = (low - center) * inverse
  const b = (high - center) * inverse
  // Both on the lower tail, where differences of the distribution function keep their digits.
  const mass = a > 0 ? normalCdf(-a) - normalCdf(-b) : normalCdf(b) - normalCdf(a)
  return Math.log(Math.max(mass, 1e-300)) - Math.log(high - low)
}

/** Minus the log of the mass of a normal inside [0, 1]; further than 9 deviations from both ends that is 0. */
export function minusLogInside(center: number, bandwidth: number): number {
  const reach = 9 * bandwidth
  if (center > reach && center < 1 - reach) return 0
  return -Math.log(normalCdf((1 - center) / bandwidth) - normalCdf(-center / bandwidth))
}

/** The log of a normal density's factor that depends on its bandwidth alone. */
export function logPeak(bandwidth: number): number {
  return -Math.log(bandwidth) - logRoot
}
