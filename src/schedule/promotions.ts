import { Heap } from '../base/heap.ts'

/** A trial's values at a rung, smaller is better. */
export interface Entry {
  readonly trial: number
  /** Of the first objective, and of all. */
  readonly loss: number
  readonly losses: readonly number[]
}

/** What was recorded at a rung, and the trials that are paused there. */
export interface Rung {
  readonly size: number
  /** How many count as the best. */
  readonly kept: number
  /** The worst loss among the best; Infinity where there is none, or where one number does not say. */
  readonly threshold: number
  record(entry: Entry): void
  /** Whether an entry that is recorded here is among the best, or equal to one of them where that is asked. */
  isBest(entry: Entry, ties?: 'ties'): boolean
  pause(entry: Entry): void
  /** The trial is paused here no longer. */
  leave(trial: number): void
  /** The best trial that is paused here, where it is among the best of all. */
  readonly promotable: Entry | undefined
}

/**
 * One rung: all that was recorded there, split between the best floor or ceil of N / eta and the rest, and the trials that are paused
 * there. Among equals the earlier trial is better. Everything is O(log N).
 */
export class PromotionRung implements Rung {
  readonly #eta: number
  readonly #round: (share: number) => number
  /** The best ones, the worst of them on top. */
  readonly #best = new Heap<Entry>((a, b) => isBefore(b, a))
  readonly #rest = new Heap<Entry>(isBefore)
  /** Also such that are paused no longer, but for the top. */
  readonly #waiting = new Heap<Entry>(isBefore)
  readonly #paused = new Set<number>()

  constructor(eta: number, round: (share: number) => number) {
    this.#eta = eta
    this.#round = round
  }

  get size(): number {
    return this.#best.size + this.#rest.size
  }

  get kept(): number {
    return this.#best.size
  }

  get threshold(): number {
    return this.#cut?.loss ?? Infinity
  }

  /** The worst of the best; undefined while there is none. */
  get #cut(): Entry | undefined {
    return this.#best.peek()
  }

  record(entry: Entry): void {
    this.#rest.push(entry)
    const cut = this.#cut
    if (cut !== undefined && isBefore(entry, cut)) {
      this.#best.push(this.#rest.pop()!)
      this.#rest.push(this.#best.pop()!)
    }
    if (this.kept < this.#round(this.size / this.#eta)) this.#best.push(this.#rest.pop()!)
  }

  isBest(entry: Entry, ties?: 'ties'): boolean {
    const cut = this.#cut
    return cut !== undefined && (ties === undefined ? !isBefore(cut, entry) : entry.loss <= cut.loss)
  }

  pause(entry: Entry): void {
    this.#paused.add(entry.trial)
    this.#waiting.push(entry)
  }

  leave(trial: number): void {
    if (!this.#paused.delete(trial)) return
    for (
      let top = this.#waiting.peek();
      top !== undefined && !this.#paused.has(top.trial);
      top = this.#waiting.peek()
    ) {
      this.#waiting.pop()
    }
  }

  get promotable(): Entry | undefined {
    const first = this.#waiting.peek()
    return first !== undefined && this.isBest(first) ? first : undefined
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.loss < b.loss || (a.loss === b.loss && a.trial < b.trial)
}
