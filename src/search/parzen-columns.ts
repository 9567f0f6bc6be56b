import type { Random } from '../base/random.ts'
import type { Dimension } from '../space/encoded.ts'
import { Cells, hasWideCells } from './cells.ts'

/** Kernels narrower than this share of the range would overfit (Watanabe 2023, "magic clipping" at 0.03). */
export const bandwidthFloor = 0.03

/** The belief about one dimension before any trial: its kernel is part of every mixture. */
interface Prior {
  readonly mode: number
  readonly deviation: number
  /** Of an unordered dimension: the log weight of each level. */
  readonly logWeights: readonly number[]
  readonly weights: readonly number[]
}

/**
 * The dimensions of a density in the order in which a kernel is asked: those with densities at a point, then ordered ones
 * with wide cells, then unordered ones. So hopeless kernels are given up early. Holds the point at hand.
 */
export class Columns {
  readonly dimensions: readonly Dimension[]
  /** Ends of the first and of the second kind. */
  readonly dense: number
  readonly numeric: number
  /** Whether a dimension is given when the others are drawn. */
  readonly given: readonly boolean[]
  readonly priors: readonly Prior[]
  readonly cells: readonly (Cells | undefined)[]
  /** Where the point at hand stands, and in which cell. */
  readonly at: Float64Array
  readonly levels: Int32Array
  readonly low: Float64Array
  readonly high: Float64Array

  constructor(dimensions: readonly Dimension[], given: readonly Dimension[]) {
    const wide = new Set(dimensions.filter((dimension) => hasWideCells(dimension, bandwidthFloor)))
    const unordered = dimensions.filter(({ kind }) => kind === 'unordered')
    const dense = dimensions.filter((dimension) => dimension.kind !== 'unordered' && !wide.has(dimension))
    this.dimensions = [...dense, ...wide, ...unordered]
    this.dense = dense.length
    this.numeric = dense.length + wide.size
    this.given = this.dimensions.map((dimension) => given.includes(dimension))
    this.priors = this.dimensions.map(priorOf)
    this.cells = this.dimensions.map((dimension) => (wide.has(dimension) ? new Cells(dimension) : undefined))
    this.at = new Float64Array(dimensions.length)
    this.levels = new Int32Array(dimensions.length)
    this.low = new Float64Array(dimensions.length)
    this.high = new Float64Array(dimensions.length)
  }

  /** Makes this the point at hand. */
  read(point: Float64Array): void {
    for (let j = 0; j < this.dimensions.length; j++) {
      const dimension = this.dimensions[j]!
      const u = point[dimension.index]!
      this.at[j] = u
      if (j < this.dense) continue
      this.levels[j] = dimension.level(u)
      if (j >= this.numeric) continue
      this.low[j] = dimension.lower(u)
      this.high[j] = dimension.upper(u)
    }
  }

  /** Draws one numeric dimension around a kernel. */
  sampleNormal(j: number, center: number, bandwidth: number, random: Random): number {
    // By rejection: as the centre is in [0, 1] and the bandwidth at most 1, at least a third of the draws are inside.
    for (;;) {
      const u = center + bandwidth * random.normal()
      if (u >= 0 && u <= 1) return this.dimensions[j]!.snap(u)
    }
  }

  /** Draws an unordered dimension from its prior. */
  samplePrior(j: number, random: Random): number {
    const { weights } = this.priors[j]!
    let rest = random.float()
    let level = 0
    while (level < weights.length - 1 && rest >= weights[level]!) rest -= weights[level++]!
    return this.dimensions[j]!.at(level)
  }
}

function priorOf({ kind, levels, prior }: Dimension): Prior {
  const { mode, deviation } = prior?.kind === 'normal' ? prior : { mode: 0.5, deviation: 1 }
  const bandwidth = Math.min(1, Math.max(bandwidthFloor, deviation))
  if (kind !== 'unordered') return { mode, deviation: bandwidth, logWeights: [], weights: [] }
  const weights = prior?.kind === 'weights' ? prior.weights : new Array<number>(levels).fill(1 / levels)
  // A weight of zero would forbid what the user only thought unlikely.
  return { mode, deviation: bandwidth, weights, logWeights: weights.map((weight) => Math.log(Math.max(1e-6, weight))) }
}
