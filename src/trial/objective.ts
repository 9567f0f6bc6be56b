/** What is optimised: the metric that trials report under this name, and its direction. */
export interface Objective {
  readonly metric: string
  readonly mode: 'min' | 'max'
}

/** A bound that a reported metric must keep for its trial to count as feasible: at most `max`, or at least `min`. */
export type OutcomeConstraint =
  | { readonly metric: string; readonly max: number }
  | { readonly metric: string; readonly min: number }

/**
 * How a trial's reports become its score: its last value, its best, or the mean of its last k (`mean:5`). Used alike by
 * results, searchers and retention.
 */
export type ScoreRule = 'last' | 'best' | `mean:${number}`

/** A metric's value so that smaller is better and everything that is not finite ranks last. */
export function lossOf(value: number, mode: 'min' | 'max'): number {
  if (!Number.isFinite(value)) return Infinity
  return mode === 'min' ? value : -value
}

/** A loss as trials report it; null where it was of a value that is not finite. */
export function reportedFrom(loss: number, mode: 'min' | 'max'): number | null {
  if (loss === Infinity) return null
  return mode === 'min' ? loss : -loss
}

/** How far a metric's value is off a constraint, in the metric's unit: at most 0 where it is met, Infinity where it is not finite. */
export function violationOf(value: number, constraint: OutcomeConstraint): number {
  if (!Number.isFinite(value)) return Infinity
  return 'max' in constraint ? value - constraint.max : constraint.min - value
}
