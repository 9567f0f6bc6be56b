import { systemClock } from '../base/clock.ts'

export interface BatchOptions<T> {
  /** Writes items that were pushed, in order. At most one call is under way. */
  readonly write: (items: readonly T[]) => void | Promise<void>
  /** Time between the starts of two writes. Milliseconds. One that takes longer is followed by the next at once. */
  readonly periodMs: number
  /** Items up to which there is room for more. */
  readonly limit: number
}

/** A queue before something slow, such as a server: what is pushed is written later, many items at a time. */
export class Batch<T> {
  readonly #options: BatchOptions<T>
  #items: T[] = []
  /** When the newest write began. */
  #beganMs = -Infinity
  #cancel: (() => void) | undefined
  #writing: Promise<void> | undefined
  #room: PromiseWithResolvers<void> | undefined
  #fault: unknown

  constructor(options: BatchOptions<T>) {
    this.#options = options
  }

  /** Throws what a write threw before. */
  push(item: T): void {
    if (this.#fault !== undefined) throw this.#fault as Error
    this.#items.push(item)
    if (this.#writing === undefined) this.#arrange()
  }

  /** Resolves once there is room for more; undefined where there is. */
  get room(): Promise<void> | undefined {
    if (this.#items.length < this.#options.limit || this.#fault !== undefined) return undefined
    this.#room ??= Promise.withResolvers<void>()
    if (this.#writing === undefined) this.#begin()
    return this.#room.promise
  }

  /** Writes what is left. Rejects with what a write threw. */
  async close(): Promise<void> {
    while (this.#fault === undefined && (this.#items.length > 0 || this.#writing !== undefined)) {
      if (this.#writing === undefined) this.#begin()
      await this.#writing
    }
    if (this.#fault !== undefined) throw this.#fault as Error
  }

  #arrange(): void {
    if (this.#cancel !== undefined) return
    const sinceMs = systemClock.now() - this.#beganMs
    this.#cancel = systemClock.after(this.#options.periodMs - sinceMs, () => this.#begin())
  }

  #begin(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#beganMs = systemClock.now()
    const items = this.#items
    this.#items = []
    this.#writing = this.#write(items)
  }

  async #write(items: readonly T[]): Promise<void> {
    try {
      await this.#options.write(items)
    } catch (fault) {
      this.#fault = fault
      this.#items = []
    }
    this.#writing = undefined
    this.#room?.resolve()
    this.#room = undefined
    if (this.#items.length > 0) this.#arrange()
  }
}
