import { NumberHeap } from '../base/number-heap.ts'

/**
 * A growing set of N numbers, smaller is better, split between its best ceil(N · fraction) and the rest. Two heaps hold the
 * two sides, so recording is O(log N) and looking at the cut O(1).
 */
export class TopFraction {
  readonly #divisor: number
  /** The best ones, negated, so that the worst of them is on top. */
  readonly #best = new NumberHeap()
  readonly #rest = new NumberHeap()

  /** `divisor` is 1 / fraction: 3 for the best third, 2 for the median. */
  constructor(divisor: number) {
    this.#divisor = divisor
  }

  get size(): number {
    return this.#best.size + this.#rest.size
  }

  /** ceil(N · fraction). */
  get kept(): number {
    return this.#best.size
  }

  /** The worst number of the best fraction; NaN while there is none. */
  get cut(): number {
    return -(this.#best.peek() ?? NaN)
  }

  /** The best number of the rest; NaN while there is none. */
  get next(): number {
    return this.#rest.peek() ?? NaN
  }

  record(value: number): void {
    if (value < this.cut) this.#best.push(-value)
    else this.#rest.push(value)
    const kept = Math.ceil(this.size / this.#divisor)
    if (this.kept < kept) this.#best.push(-this.#rest.pop()!)
    else if (this.kept > kept) this.#rest.push(-this.#best.pop()!)
  }
}
