import type { Listing } from './listing.ts'
import { Permutation } from './permutation.ts'

/**
 * What is left of a list, in a random order that takes no memory. What is closed for good stays so: the closed beginning
 * is passed once, so that trying out a whole list costs no more than a few looks at each entry.
 */
export class Remaining {
  readonly #listing: Listing
  readonly #order: Permutation
  readonly #isClosed: (point: Float64Array) => boolean
  /** Everything before this place of the order is closed. */
  #next = 0
  /** The batch at hand, and where its first open entry may stand. */
  #batch = -1
  #first = 0

  constructor(listing: Listing, key: number, isClosed: (point: Float64Array) => boolean) {
    this.#listing = listing
    this.#order = new Permutation(listing.size, key)
    this.#isClosed = isClosed
  }

  /** The first entry that is open, which is then taken for the rest of this batch; undefined where none is. */
  take(batch: number, isOpen: (point: Float64Array) => boolean): Float64Array | undefined {
    this.#pass()
    if (batch !== this.#batch) this.#first = this.#next
    this.#batch = batch
    for (; this.#first < this.#listing.size; this.#first++) {
      const point = this.#at(this.#first)
      if (isOpen(point)) return point
    }
    return undefined
  }

  /** The first `count` entries that are open. */
  some(count: number, isOpen: (point: Float64Array) => boolean): Float64Array[] {
    this.#pass()
    const found: Float64Array[] = []
    for (let place = this.#next; place < this.#listing.size && found.length < count; place++) {
      const point = this.#at(place)
      if (isOpen(point)) found.push(point)
    }
    return found
  }

  #pass(): void {
    while (this.#next < this.#listing.size && this.#isClosed(this.#at(this.#next))) this.#next += 1
  }

  #at(place: number): Float64Array {
    return this.#listing.at(this.#order.at(place))
  }
}
