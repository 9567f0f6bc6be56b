import { Heap } from '../base/heap.ts'

/**
 * A growing set of N numbers, smaller is better, split between its best ceil(N · fraction) and the rest. Two heaps hold the
 * two sides, so recording is O(log N) and looking at the cut O(1).
 */
export class TopFraction {
  readonly #divisor: number
  /** The best ones, the worst of them on top. */
  readonly #best = new Heap<number>((a, b) => a > b)
  readonly #rest = new Heap<number>((a, b) => a < b)

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
    return this.#best.peek() ?? NaN
  }

  /** The best number of the rest; NaN while there is none. */
  get next(): number {
    return this.#rest.peek() ?? NaN
  }

  record(value: number): void {
    this.#rest.push(value)
    if (value < this.cut) {
      this.#best.push(this.#rest.pop()!)
      this.#rest.push(this.#best.pop()!)
    }
    if (this.kept < Math.ceil(this.size / this.#divisor)) this.#best.push(this.#rest.pop()!)
  }
}
