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

/** What a trial had when it ended. */
interface Evidence {
  readonly report: number
  /** Its score, smaller is better. */
  readonly loss: number
  readonly step: number
  /** That step, or Infinity where it is complete. */
  readonly reached: number
}

/** What a trial's end changes. */
export interface Standing {
  readonly ranked: Ranked
  /** Ranks that replace earlier ones: none, that of this trial where it ended before, or those of all trials so far. */
  readonly renewed: readonly Ranked[]
}

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
  /** What each trial that left evidence had at its last end: one that goes on since then stands where it stood. */
  readonly #trials = new Map<number, Evidence>()
  /** The highest steps that trials reached, `enough` at most, in order. */
  #highest: number[] = []
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
    const loss = this.#history.loss(trial)
    if (state === 'failed' || report < 0 || loss === Infinity) return undefined
    const before = this.#trials.get(trial)
    const step = this.#history.reportStep(report)
    const reached = state === 'completed' ? Infinity : step
    this.#trials.set(trial, { report, loss, step, reached })
    this.#count(before?.reached, reached)
    const modelStep = this.#highest.length < this.#enough ? Infinity : this.#highest[0]!
    const isSame = modelStep === this.#modelStep
    this.#modelStep = modelStep
    const ranked = this.#rank(trial)
    if (isSame) return { ranked, renewed: before === undefined ? [] : [ranked] }
    return { ranked, renewed: Array.from(this.#trials.keys(), (each) => this.#rank(each)) }
  }

  /** Counts what a trial reached, in place of what it had `before`. */
  #count(before: number | undefined, reached: number): void {
    if (before !== undefined && reached < before) {
      // It lost its checkpoint: what takes its place among the highest is not at hand.
      this.#highest = Array.from(this.#trials.values(), (each) => each.reached)
        .toSorted((a, b) => a - b)
        .slice(-this.#enough)
      return
    }
    const old = before === undefined ? -1 : this.#highest.indexOf(before)
    if (old >= 0) this.#highest.splice(old, 1)
    let place = this.#highest.length
    while (place > 0 && this.#highest[place - 1]! > reached) place -= 1
    this.#highest.splice(place, 0, reached)
    if (this.#highest.length > this.#enough) this.#highest.shift()
  }

  #rank(trial: number): Ranked {
    const { report, loss, step, reached } = this.#trials.get(trial)!
    return {
      trial,
      loss: step <= this.#modelStep ? loss : this.#lossAtModelStep(report),
      step,
      reached: reached >= this.#modelStep,
    }
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

/** The best of a growing list of trials, whose ranks may change. */
export class Best {
  readonly #best: Ranked[] = []
  /** The others, and ranks that trials had before. */
  readonly #others = new Heap<Ranked>(isBefore)
  readonly #ranks = new Map<number, Ranked>()

  /** Best first. */
  get best(): readonly Ranked[] {
    return this.#best
  }

  /** The best of the others. */
  get next(): Ranked | undefined {
    let next = this.#others.peek()
    while (next !== undefined && this.#ranks.get(next.trial) !== next) {
      this.#others.pop()
      next = this.#others.peek()
    }
    return next
  }

  /** Adds a trial, or gives one another rank. */
  add(ranked: Ranked): void {
    const before = this.#ranks.get(ranked.trial)
    if (before === ranked) return
    const place = before === undefined ? -1 : this.#best.indexOf(before)
    if (place >= 0) this.#best.splice(place, 1)
    this.#ranks.set(ranked.trial, ranked)
    this.#others.push(ranked)
    const wanted = betterOf(this.#ranks.size, betterMax)
    const last = this.#best.at(-1)
    if (this.#best.length === wanted && isBefore(this.next!, last!)) this.#others.push(this.#best.pop()!)
    if (this.#best.length < wanted) this.#insert(this.#takeNext())
  }

  #takeNext(): Ranked {
    const next = this.next!
    this.#others.pop()
    return next
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
