import { Heap } from '../base/heap.ts'
import type { Event } from '../trial/event.ts'
import type { History } from '../trial/history.ts'

interface Ranked {
  readonly trial: number
  /** The loss by which it is ranked: at the model's step, or the last where it did not get so far. */
  readonly loss: number
  readonly step: number
  /** Whether it has a report at the model's step or beyond. */
  readonly reached: boolean
}

/**
 * The trials that are over, best first. Trials that were stopped early are partial evidence: those with a report at the
 * model's step are compared there, the others follow, the longest first. The model's step is the highest one that `enough`
 * trials have reached (Falkner et al., "BOHB", ICML 2018, section 4.2), so without early stopping it is everybody's last.
 * Failed trials come last of all.
 */
export class Ranking {
  readonly #history: History
  readonly #lossAt: (report: number) => number
  readonly #enough: number
  /** The highest last steps, `enough` at most, the lowest of them on top: the model's step. */
  readonly #steps = new Heap<number>((a, b) => a < b)
  readonly #failed: number[] = []
  #ranked: Ranked[] = []

  constructor(history: History, lossAt: (report: number) => number, enough: number) {
    this.#history = history
    this.#lossAt = lossAt
    this.#enough = enough
  }

  /** Trials that are over and did not fail. */
  get size(): number {
    return this.#ranked.length
  }

  get failed(): readonly number[] {
    return this.#failed
  }

  /** The trials in order, best first. */
  get trials(): readonly Ranked[] {
    return this.#ranked
  }

  observe(event: Event): void {
    if (event.type !== 'ended' || event.state === 'pending') return
    if (event.state === 'failed' || this.#history.lastReport(event.trial) < 0) this.#failed.push(event.trial)
    else this.#add(event.trial)
  }

  #add(trial: number): void {
    const before = this.#steps.peek()
    this.#steps.push(this.#history.reportStep(this.#history.lastReport(trial)))
    if (this.#steps.size > this.#enough) this.#steps.pop()
    if (this.#steps.peek() === before) {
      const ranked = this.#rank(trial)
      this.#ranked.splice(placeIn(this.#ranked, ranked), 0, ranked)
      return
    }
    const trials = [...this.#ranked.map((ranked) => ranked.trial), trial]
    this.#ranked = trials.map((each) => this.#rank(each)).toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  #rank(trial: number): Ranked {
    const modelStep = this.#steps.peek()!
    const last = this.#history.lastReport(trial)
    const step = this.#history.reportStep(last)
    if (step < modelStep) return { trial, loss: this.#history.loss(trial), step, reached: false }
    if (step === modelStep) return { trial, loss: this.#history.loss(trial), step, reached: true }
    let at = last
    for (let report = last; report >= 0; report = this.#history.previousReport(report)) {
      if (this.#history.reportStep(report) >= modelStep) at = report
    }
    return { trial, loss: this.#lossAt(at), step, reached: true }
  }
}

function isBefore(a: Ranked, b: Ranked): boolean {
  if (a.reached !== b.reached) return a.reached
  if (!a.reached && a.step !== b.step) return a.step > b.step
  return a.loss < b.loss || (a.loss === b.loss && a.trial < b.trial)
}

/** The index at which a trial belongs, by binary search. */
function placeIn(list: readonly Ranked[], item: Ranked): number {
  let low = 0
  let high = list.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(list[middle]!, item)) low = middle + 1
    else high = middle
  }
  return low
}
