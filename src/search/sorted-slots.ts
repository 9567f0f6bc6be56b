/** Where the kernels of a mixture stand in one dimension, ascending; equal ones in the order in which they came. */
export class SortedSlots {
  at: Float64Array<ArrayBuffer> = new Float64Array(16)
  slots: Int32Array<ArrayBuffer> = new Int32Array(16)
  count = 0

  /** Answers the place it got. */
  insert(center: number, slot: number): number {
    if (this.count === this.at.length) this.#grow()
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.at[middle]! <= center) low = middle + 1
      else high = middle
    }
    this.at.copyWithin(low + 1, low, this.count)
    this.slots.copyWithin(low + 1, low, this.count)
    this.at[low] = center
    this.slots[low] = slot
    this.count += 1
    return low
  }

  /** The place of a slot, which must be there. */
  find(center: number, slot: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.at[middle]! < center) low = middle + 1
      else high = middle
    }
    while (this.slots[low] !== slot) low += 1
    return low
  }

  remove(place: number): void {
    this.at.copyWithin(place, place + 1, this.count)
    this.slots.copyWithin(place, place + 1, this.count)
    this.count -= 1
  }

  #grow(): void {
    const at = new Float64Array(2 * this.at.length)
    const slots = new Int32Array(2 * this.at.length)
    at.set(this.at)
    slots.set(this.slots)
    this.at = at
    this.slots = slots
  }
}
