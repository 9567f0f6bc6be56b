import { TrialistError } from '../base/errors.ts'
import type { Space } from '../space/types.ts'

export type AnyConfig = Readonly<Record<string, unknown>>

/** What training one configuration gave, step by step. */
export interface RecordedCurve {
  readonly config: AnyConfig
  /** Seconds that each step took, more than 0. */
  readonly seconds: readonly number[]
  /** Values of each metric, one a step; NaN: the training failed there. */
  readonly metrics: Readonly<Record<string, readonly number[]>>
  /** What each report gave as its step. Default: 1, 2, 3, … */
  readonly resource?: readonly number[]
  /** The training was ended early: nothing is known beyond the last step. Default: false. */
  readonly open?: boolean
}

export interface CurveTableParts {
  readonly name: string
  readonly space: Space
  /** The metric that is optimised, and how. */
  readonly metric: string
  readonly mode: 'min' | 'max'
  readonly curves: readonly RecordedCurve[]
}

export function wrongTable(expected: string, received: string): TrialistError {
  return new TrialistError({
    code: 'invalid_option',
    message: 'a table of learning curves',
    expected,
    received,
    remedy: 'docs/schedulers.md says what a table looks like.',
  })
}
