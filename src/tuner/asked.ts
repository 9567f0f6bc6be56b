import { finiteAbove, wholeFrom, wrongOption } from '../base/check.ts'

/** What becomes of trials that failed before: they stay so, go on from their newest checkpoints, or begin anew. */
export type FailedTrials = 'leave' | 'resume' | 'restart'

/** What becomes of trials that are not over: they go on, or are stopped as they are. */
export type UnfinishedTrials = 'resume' | 'stop'

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
  /**
   * Of an experiment that goes on, what becomes of its trials that are not over: `resume` them, or `stop` them with what they have.
   * New ones come in either case, up to the total. Default: TRIALIST_UNFINISHED, else `resume`.
   */
  readonly unfinished?: UnfinishedTrials | undefined
}

const failedWords = ['leave', 'resume', 'restart'] as const satisfies FailedTrials[]
const unfinishedWords = ['resume', 'stop'] as const satisfies UnfinishedTrials[]

/** What is asked for by arguments, else by environment variables. Throws `invalid_option`. */
export function askedFor(asked: Asked, env: Readonly<Record<string, string | undefined>>): Asked {
  const { TRIALIST_TRIALS: trials = '', TRIALIST_TIME: time = '' } = env
  const { TRIALIST_FAILED: failed = '', TRIALIST_UNFINISHED: unfinished = '' } = env
  return {
    trials: asked.trials ?? (trials === '' ? undefined : wholeFrom('TRIALIST_TRIALS', Number(trials), 1)),
    time: asked.time ?? (time === '' ? undefined : finiteAbove('TRIALIST_TIME', Number(time), 0)),
    failed: failedFrom('failed', asked.failed) ?? failedFrom('TRIALIST_FAILED', failed || undefined),
    unfinished:
      unfinishedFrom('unfinished', asked.unfinished) ?? unfinishedFrom('TRIALIST_UNFINISHED', unfinished || undefined),
  }
}

/** Throws `invalid_option` where it is none of the words. */
export function failedFrom(name: string, value: unknown): FailedTrials | undefined {
  return wordFrom(name, failedWords, value)
}

/** Throws `invalid_option` where it is none of the words. */
export function unfinishedFrom(name: string, value: unknown): UnfinishedTrials | undefined {
  return wordFrom(name, unfinishedWords, value)
}

function wordFrom<T extends string>(name: string, words: readonly T[], value: unknown): T | undefined {
  if (value === undefined || words.includes(value as T)) return value as T | undefined
  const quoted = words.map((word) => `'${word}'`)
  throw wrongOption(name, `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`, value)
}
