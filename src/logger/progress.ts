import type { ScoredTrial, Callback } from './callback.ts'

/** How a session tells people, or a program, how it goes on. */
export interface Progress extends Callback {
  /** A line for people: how to resume, a warning. */
  say(line: string): void
  /** The session is over. */
  close(outcome: SessionOutcome | undefined): void
}

/** How a session ended, as data. */
export interface SessionOutcome {
  readonly name: string
  readonly location: string
  readonly end: 'finished' | 'interrupted'
  /** Who ended the experiment early; null where nobody did. */
  readonly halted: string | null
  readonly best: BestTrial | undefined
  /** With several objectives the trials that no other one beats, in the order of their numbers; empty with one. */
  readonly front: readonly BestTrial[]
  /** All trials, as rows of JSON. */
  trials(): readonly Readonly<Record<string, unknown>>[]
}

/** The best trial of a session's experiment, or one of the front. */
export interface BestTrial extends Omit<ScoredTrial, 'violation'> {
  readonly step: number
  readonly feasible: boolean
  /** Where configurations are repeated: its configuration's mean score, from how many trials. */
  readonly repeats:
    | {
        readonly trials: readonly number[]
        readonly mean: number
        readonly means: Readonly<Record<string, number>>
        readonly standardError: number
      }
    | undefined
}

/** The forms of progress that can be asked for by name. */
export type ProgressName = 'live' | 'plain' | 'json' | 'ends' | 'none'
