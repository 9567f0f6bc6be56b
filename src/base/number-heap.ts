/** A heap of numbers, the smallest on top, in one typed array: no object and no call for a comparison. */
export class NumberHeap {
  #items = new Float64Array(16)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The smallest; undefined where there is none. */
  peek(): number | undefined {
    return this.#size === 0 ? undefined : this.#items[0]
  }

  /** Takes any number but NaN. */
  push(value: number): void {
    if (this.#size === this.#items.length) this.#grow()
    const items = this.#items
    let i = this.#size++
    while (i > 0) {
      const parent = (i - 1) >>> 1
      if (!(value < items[parent]!)) break
      items[i] = items[parent]!
      i = parent
    }
    items[i] = value
  }

  /** Takes the smallest out; undefined where there is none. */
  pop(): number | undefined {
    if (this.#size === 0) return undefined
    const items = this.#items
    const top = items[0]!
    const size = --this.#size
    const last = items[size]!
    const half = size >>> 1
    let i = 0
    while (i < half) {
      let child = 2 * i + 1
      if (child + 1 < size && items[child + 1]! < items[child]!) child += 1
      if (!(items[child]! < last)) break
      items[i] = items[child]!
      i = child
    }
    items[i] = last
    return top
  }

  #grow(): void {
    const grown = new Float64Array(2 * this.#items.length)
    grown.set(this.#items)
    this.#items = grown
  }
}
