import type { History } from '../trial/history.ts'

/**
 * How far trials are off the constraints on reported metrics, all together: each violation in units of the standard deviation of
 * all that were seen so far.
 */
export class Violations {
  readonly #spreads: readonly Spread[]

  constructor(constraints: number) {
    this.#spreads = Array.from({ length: constraints }, () => new Spread())
  }

  /** Takes note of what a trial has; NaN where it is unknown. */
  add(violations: Float64Array): void {
    this.#spreads.forEach((spread, c) => spread.add(violations[c]!))
  }

  /** By how far trials are off, Σ max(0, v) / scale, with the scales of now: what is unknown counts as furthest off. */
  measure(): (violations: Float64Array) => number {
    const scales = this.#spreads.map((spread) => spread.deviation || 1)
    return (violations) =>
      violations.reduce((sum, v, c) => sum + (Number.isNaN(v) ? Infinity : Math.max(0, v) / scales[c]!), 0)
  }
}

/** How far a trial is off each constraint; NaN where that is unknown. */
export function violationsOf(history: History, trial: number): Float64Array {
  const violations = new Float64Array(history.outcomeConstraints)
  for (let c = 0; c < violations.length; c++) violations[c] = history.violation(trial, c)
  return violations
}

/** The standard deviation of what was seen so far (Welford, 1962). */
class Spread {
  #count = 0
  #mean = 0
  #squares = 0

  get deviation(): number {
    return this.#count < 2 ? 0 : Math.sqrt(this.#squares / this.#count)
  }

  add(value: number): void {
    if (!Number.isFinite(value)) return
    this.#count += 1
    const off = value - this.#mean
    this.#mean += off / this.#count
    this.#squares += off * (value - this.#mean)
  }
}
