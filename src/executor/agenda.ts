/** A task of the future. */
export interface Planned {
  run(): void
  /** Set, it is not run. */
  cancelled: boolean
}

export function planned(run: () => void): Planned {
  return { run, cancelled: false }
}

/** Each node has 2^2 children: a heap that is flat and wide touches less memory. */
const shift = 2
const width = 1 << shift

/**
 * What is planned, in the order of its time; of one instant, in the order of the number given with it. A heap whose keys lie in typed
 * arrays, as many thousand trials may have something planned.
 */
export class Agenda {
  #times = new Float64Array(64)
  #orders = new Float64Array(64)
  readonly #tasks: Planned[] = []

  get size(): number {
    return this.#tasks.length
  }

  /** When the next one is due; Infinity where nothing is planned. */
  get next(): number {
    return this.#tasks.length === 0 ? Infinity : this.#times[0]!
  }

  add(time: number, order: number, task: Planned): void {
    let i = this.#tasks.length
    if (i === this.#times.length) this.#grow()
    this.#tasks.push(task)
    while (i > 0) {
      const parent = (i - 1) >>> shift
      if (!this.#precedes(time, order, parent)) break
      this.#move(parent, i)
      i = parent
    }
    this.#put(i, time, order, task)
  }

  /** Takes the next one out. */
  take(): Planned | undefined {
    const first = this.#tasks[0]
    const last = this.#tasks.pop()
    const size = this.#tasks.length
    if (last !== undefined && size > 0) this.#sink(this.#times[size]!, this.#orders[size]!, last)
    return first
  }

  /** Puts a task, which replaces the first one, into its place. */
  #sink(time: number, order: number, task: Planned): void {
    const size = this.#tasks.length
    let i = 0
    for (let child = 1; child < size; child = width * i + 1) {
      const end = Math.min(child + width, size)
      let first = child
      for (let k = child + 1; k < end; k++) if (this.#precedes(this.#times[k]!, this.#orders[k]!, first)) first = k
      if (this.#precedes(time, order, first)) break
      this.#move(first, i)
      i = first
    }
    this.#put(i, time, order, task)
  }

  #precedes(time: number, order: number, index: number): boolean {
    const other = this.#times[index]!
    return time < other || (time === other && order < this.#orders[index]!)
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#orders[from]!, this.#tasks[from]!)
  }

  #put(index: number, time: number, order: number, task: Planned): void {
    this.#times[index] = time
    this.#orders[index] = order
    this.#tasks[index] = task
  }

  #grow(): void {
    const length = 2 * this.#times.length
    const [times, orders] = [new Float64Array(length), new Float64Array(length)]
    times.set(this.#times)
    orders.set(this.#orders)
    this.#times = times
    this.#orders = orders
  }
}
