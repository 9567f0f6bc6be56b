import type { History } from './history.ts'

/**
 * How far trials are off the constraints on reported metrics, all together: each violation in units of the standard deviation
 * of all that were seen, so that no metric's unit decides.
 */
export class Feasibility {
  readonly #history: History
  /** Standard deviation of what was seen of each constraint; 1 where it is 0 or unknown. */
  readonly #scales: readonly number[]

  /** As of now: what the history takes in later does not move the scales. */
  constructor(history: History) {
    this.#history = history
    this.#scales = Array.from({ length: history.outcomeConstraints }, (_, constraint) => scaleOf(history, constraint))
  }

  /** Σ max(0, violation) / scale: 0 where every constraint is met, Infinity where one is not known. */
  total(trial: number): number {
    let total = 0
    for (let constraint = 0; constraint < this.#scales.length; constraint++) {
      const violation = this.#history.violation(trial, constraint)
      total += Number.isNaN(violation) ? Infinity : Math.max(0, violation) / this.#scales[constraint]!
    }
    return total
  }

  /**
   * Negative where trial `a` is better than `b`: what meets the constraints by the first objective, then the rest by how far
   * they are off. Failed trials and those without a score come last.
   */
  compare(a: number, b: number): number {
    const history = this.#history
    const last = compare(Number(!hasScore(history, a)), Number(!hasScore(history, b)))
    return last || compare(this.total(a), this.total(b)) || compare(history.loss(a), history.loss(b))
  }
}

/** Whether the trial has met every constraint on reported metrics; false while one is not known. */
export function isFeasible(history: History, trial: number): boolean {
  for (let constraint = 0; constraint < history.outcomeConstraints; constraint++) {
    if (!(history.violation(trial, constraint) <= 0)) return false
  }
  return true
}

function hasScore(history: History, trial: number): boolean {
  return history.state(trial) !== 'failed' && !Number.isNaN(history.loss(trial))
}

function scaleOf(history: History, constraint: number): number {
  let count = 0
  let mean = 0
  let squares = 0
  for (let trial = 0; trial < history.trials; trial++) {
    const violation = history.violation(trial, constraint)
    if (!Number.isFinite(violation)) continue
    count += 1
    const difference = violation - mean
    mean += difference / count
    squares += difference * (violation - mean)
  }
  const deviation = Math.sqrt(squares / count)
  return deviation > 0 && Number.isFinite(deviation) ? deviation : 1
}

/** Unlike a difference, no NaN where both are Infinity. */
function compare(a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0
  return a < b ? -1 : 1
}
