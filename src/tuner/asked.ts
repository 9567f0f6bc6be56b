import { finiteAbove, wholeFrom, wrongOption } from '../base/check.ts'

/** What becomes of trials that failed before: they stay so, go on from their newest checkpoints, or begin anew. */
export type FailedTrials = 'leave' | 'resume' | 'restart'

/** What a session is asked for beyond what the tuner says. */
export interface Asked {
  /** The new total of trials. Default: TRIALIST_TRIALS, else as the tuner says. */
  readonly trials?: number | undefined
  /** The new total of running time in seconds. Default: TRIALIST_TIME, else as the tuner says. */
  readonly time?: number | undefined
  /**
   * Of an experiment that goes on, what becomes of its trials that have failed: `leave` them; `resume` them from their newest
   * checkpoints; `restart` them from nothing. Those that are tried again have all the retries of a new trial, and an experiment that
   * was halted goes on. Default: TRIALIST_FAILED, else `leave`.
   */
  readonly failed?: FailedTrials | undefined
}

const failedWords: readonly string[] = ['leave', 'resume', 'restart'] satisfies FailedTrials[]

/** What is asked for by arguments, else by environment variables. Throws `invalid_option`. */
export function askedFor(asked: Asked, env: Readonly<Record<string, string | undefined>>): Asked {
  const { TRIALIST_TRIALS: trials = '', TRIALIST_TIME: time = '', TRIALIST_FAILED: failed = '' } = env
  return {
    trials: asked.trials ?? (trials === '' ? undefined : wholeFrom('TRIALIST_TRIALS', Number(trials), 1)),
    time: asked.time ?? (time === '' ? undefined : finiteAbove('TRIALIST_TIME', Number(time), 0)),
    failed: failedFrom('failed', asked.failed) ?? failedFrom('TRIALIST_FAILED', failed === '' ? undefined : failed),
  }
}

/** Throws `invalid_option` where it is none of the words. */
export function failedFrom(name: string, value: unknown): FailedTrials | undefined {
  if (value === undefined || failedWords.includes(value as string)) return value as FailedTrials | undefined
  throw wrongOption(name, "'leave', 'resume' or 'restart'", value)
}
