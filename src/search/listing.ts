import type { EncodedSpace } from '../space/encoded.ts'

/** A finite list of configurations, numbered from 0. */
export interface Listing {
  readonly size: number
  /** A configuration, as an activated point that is not to be changed. */
  at(index: number): Float64Array
}

/** The candidates that the user gave. */
export class Candidates implements Listing {
  readonly points: readonly Float64Array[]
  readonly #space: EncodedSpace
  readonly #byKey: ReadonlyMap<string, number>
  readonly #byPoint: ReadonlyMap<Float64Array, number>

  constructor(space: EncodedSpace, points: readonly Float64Array[]) {
    this.#space = space
    this.points = points
    this.#byKey = new Map(points.map((point, index) => [keyOf(space, point), index]))
    this.#byPoint = new Map(points.map((point, index) => [point, index]))
  }

  get size(): number {
    return this.points.length
  }

  at(index: number): Float64Array {
    return this.points[index]!
  }

  /** The number of a configuration, −1 where it is no candidate. */
  find(point: Float64Array): number {
    return this.#byPoint.get(point) ?? this.#byKey.get(keyOf(this.#space, point)) ?? -1
  }
}

/** The same for a point and for what is read back of its record, whose floats may differ in their last bits. */
export function keyOf(space: EncodedSpace, point: Float64Array): string {
  return JSON.stringify(space.values(point))
}
