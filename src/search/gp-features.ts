import type { Dimension, EncodedSpace } from '../space/encoded.ts'

/** Distance of two levels of an unordered dimension, where the ends of a numeric one are 1 apart (ablated). */
const levelDistance = 0.25

/**
 * Points as vectors of the Euclidean space in which a Gaussian process lives. A numeric dimension is one coordinate; an
 * unordered one of more than two levels has a coordinate a level, so that all levels are equally far apart (Hamming
 * distance); inactive dimensions stand in the middle, and each condition adds a coordinate that says whether it holds.
 */
export class Features {
  /** Coordinates of a vector. */
  readonly count: number
  /** Lengthscales: one a dimension and one a condition. */
  readonly parameters: number
  /** The lengthscale of each coordinate. */
  readonly parameterOf: Int32Array
  /** Coordinates of numeric dimensions. */
  readonly numeric: Int32Array
  /** The first coordinate of each dimension. */
  readonly first: Int32Array
  readonly #dimensions: readonly Dimension[]
  /** Coordinates of each dimension. */
  readonly #widths: Int32Array
  /** One dimension of each condition. */
  readonly #conditions: readonly number[]

  constructor({ dimensions }: EncodedSpace) {
    this.#dimensions = dimensions
    this.#widths = Int32Array.from(dimensions, widthOf)
    this.first = new Int32Array(dimensions.length)
    const parameterOf: number[] = []
    for (const dimension of dimensions) {
      this.first[dimension.index] = parameterOf.length
      for (let i = 0; i < this.#widths[dimension.index]!; i++) parameterOf.push(dimension.index)
    }
    const conditions = new Map<string, number>()
    for (const { parents, index } of dimensions) if (parents.length > 0) conditions.set(JSON.stringify(parents), index)
    this.#conditions = [...conditions.values()]
    for (let i = 0; i < this.#conditions.length; i++) parameterOf.push(dimensions.length + i)
    this.parameterOf = Int32Array.from(parameterOf)
    this.count = parameterOf.length
    const numeric = dimensions.filter(({ kind }) => kind === 'continuous')
    this.numeric = Int32Array.from(numeric, ({ index }) => this.first[index]!)
    this.parameters = dimensions.length + this.#conditions.length
  }

  /** Writes the vector of an activated point to `out` from `offset` on. */
  write(point: Float64Array, out: Float64Array, offset: number): void {
    let at = offset
    for (let i = 0; i < this.#dimensions.length; i++) {
      const dimension = this.#dimensions[i]!
      const u = point[i]!
      const isActive = !Number.isNaN(u)
      const width = this.#widths[i]!
      if (width > 1) {
        const level = isActive ? dimension.level(u) : -1
        for (let k = 0; k < width; k++) out[at++] = k === level ? levelDistance * Math.SQRT1_2 : 0
      } else if (dimension.kind === 'unordered') out[at++] = isActive ? levelDistance * dimension.level(u) : 0
      else out[at++] = isActive ? u : 0.5
    }
    for (let i = 0; i < this.#conditions.length; i++) {
      out[at++] = Number.isNaN(point[this.#conditions[i]!]!) ? 0 : levelDistance
    }
  }
}

function widthOf({ kind, levels }: Dimension): number {
  return kind === 'unordered' && levels > 2 ? levels : 1
}
