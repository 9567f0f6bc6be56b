/** How much of a conformance suite is run for what takes long to answer. */
export interface Brief {
  /** Random runs a case, from 1. */
  readonly runs: number
  /** What happens in each of them, or the trials that it has; from 1. */
  readonly happenings: number
}

/** How far the cases of a conformance suite go. */
export interface Extent {
  readonly isBrief: boolean
  /** The seeds of a case that has `count` of them. */
  runs(count: number): readonly number[]
  /** How much happens in a run of `count`. */
  happenings(count: number): number
}

export function extentOf(brief: Brief | undefined): Extent {
  const { runs, happenings } = brief ?? { runs: Infinity, happenings: Infinity }
  return {
    isBrief: brief !== undefined,
    runs: (count) => Array.from({ length: Math.min(count, runs) }, (_, i) => i + 1),
    happenings: (count) => Math.min(count, happenings),
  }
}
