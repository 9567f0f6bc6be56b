import { Heap } from '../base/heap.ts'
import { visibleReports } from '../trial/columns.ts'
import type { Ended } from '../trial/event.ts'
import type { History } from '../trial/history.ts'

/** A trial that is over, as evidence. */
export interface Ranked {
  readonly trial: number
  /** The loss by which it is compared: at the model's step, or its score where it did not get so far. */
  readonly loss: number
  /** The resource that it had. */
  readonly step: number
  /** Whether it was trained to its end, or to the model's step. */
  readonly reached: boolean
}

/** What is to be known of a trial's end: it takes its rank; or all trials so far take new ones. */
export type Standing =
  | { readonly changed: 'one'; readonly ranked: Ranked }
  | { readonly changed: 'all'; readonly ranked: readonly Ranked[] }

/**
 * Makes trials with different resources comparable. Those that were stopped early are partial evidence: they are compared at
 * the model's step, the highest that `enough` trials have reached (Falkner et al., "BOHB", ICML 2018, section 4.2); those
 * that did not get so far follow, the longest first. A trial that is complete counts as one that reached every step, even
 * if it needed fewer, so without early stopping everybody is compared by the final score.
 */
export class Ranking {
  readonly #history: History
  readonly #lossAt: (report: number) => number
  readonly #enough: number
  /** The highest steps that trials reached, `enough` at most, the lowest of them on top. */
  #steps = new Heap<number>((a, b) => a < b)
  readonly #trials = new Set<number>()
  #modelStep = Infinity

  constructor(history: History, lossAt: (report: number) => number, enough: number) {
    this.#history = history
    this.#lossAt = lossAt
    this.#enough = enough
  }

  /** Trials that left evidence. */
  get size(): number {
    return this.#trials.size
  }

  /**
   * Takes note of a trial's end, or of its standing still while it is paused, after which it may end again. Undefined where it
   * leaves no evidence: it failed, or its score is not finite.
   */
  end({ trial, state }: Ended): Standing | undefined {
    const report = this.#history.lastReport(trial)
    if (state === 'failed' || report < 0 || this.#history.loss(trial) === Infinity) return undefined
    if (this.#trials.has(trial)) return this.#endAgain()
    this.#trials.add(trial)
    this.#addStep(trial)
    const modelStep = this.#steps.size < this.#enough ? Infinity : this.#steps.peek()!
    if (modelStep === this.#modelStep) return { changed: 'one', ranked: this.#rank(trial) }
    this.#modelStep = modelStep
    return this.#rankAll()
  }

  #addStep(trial: number): void {
    const isWhole = this.#history.state(trial) === 'completed'
    this.#steps.push(isWhole ? Infinity : this.#history.reportStep(this.#history.lastReport(trial)))
    if (this.#steps.size > this.#enough) this.#steps.pop()
  }

  /** A trial got further than when it ended before. */
  #endAgain(): Standing {
    this.#steps = new Heap<number>((a, b) => a < b)
    for (const trial of this.#trials) this.#addStep(trial)
    this.#modelStep = this.#steps.size < this.#enough ? Infinity : this.#steps.peek()!
    return this.#rankAll()
  }

  #rankAll(): Standing {
    return { changed: 'all', ranked: Array.from(this.#trials, (trial) => this.#rank(trial)) }
  }

  #rank(trial: number): Ranked {
    const last = this.#history.lastReport(trial)
    const step = this.#history.reportStep(last)
    const reached = step >= this.#modelStep || this.#history.state(trial) === 'completed'
    const loss = step <= this.#modelStep ? this.#history.loss(trial) : this.#lossAtModelStep(last)
    return { trial, loss, step, reached }
  }

  #lossAtModelStep(last: number): number {
    let at = last
    for (const report of visibleReports(this.#history, last)) {
      if (this.#history.reportStep(report) < this.#modelStep) break
      at = report
    }
    return this.#lossAt(at)
  }
}

/** The better part of n trials: ceil(0.15 n), at least 1 and at most 25 (Watanabe 2023, table 2). */
const betterShare = 0.15
export const betterMax = 25

/** How many of `trials` are the better part, `most` at most. */
export function betterOf(trials: number, most: number): number {
  return Math.min(most, Math.ceil(betterShare * trials))
}

/** The best of a growing list of trials. */
export class Best {
  readonly #best: Ranked[] = []
  #others = new Heap<Ranked>(isBefore)
  #size = 0

  /** Best first. */
  get best(): readonly Ranked[] {
    return this.#best
  }

  /** The best of the others. */
  get next(): Ranked | undefined {
    return this.#others.peek()
  }

  add(ranked: Ranked): void {
    this.#size += 1
    const wanted = betterOf(this.#size, betterMax)
    this.#others.push(ranked)
    const last = this.#best.at(-1)
    if (this.#best.length === wanted && isBefore(this.#others.peek()!, last!)) this.#others.push(this.#best.pop()!)
    if (this.#best.length < wanted) this.#insert(this.#others.pop()!)
  }

  clear(): void {
    this.#best.length = 0
    this.#others = new Heap<Ranked>(isBefore)
    this.#size = 0
  }

  #insert(ranked: Ranked): void {
    let place = this.#best.length
    while (place > 0 && isBefore(ranked, this.#best[place - 1]!)) place -= 1
    this.#best.splice(place, 0, ranked)
  }
}

/** Whether one trial ranks before another: those that reached the model's step by loss, then the others, the longest first. */
export function isBefore(a: Ranked, b: Ranked): boolean {
  if (a.reached !== b.reached) return a.reached
  if (!a.reached && a.step !== b.step) return a.step > b.step
  return a.loss < b.loss || (a.loss === b.loss && a.trial < b.trial)
}
