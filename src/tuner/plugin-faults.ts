import { TrialistError, messageOf, show } from '../base/errors.ts'
import type { Decision } from '../schedule/scheduler.ts'

export function notKept(trial: number, checkpoint: string): TrialistError {
  return new TrialistError({
    code: 'plugin',
    message: 'the scheduler lets a trial go on from a checkpoint that is not kept',
    expected: 'the newest checkpoint of a trial',
    received: `${checkpoint} of trial ${trial}`,
  })
}

export function notAtHand(): TrialistError {
  return new TrialistError({
    code: 'unsupported',
    message: 'what explores configurations in this experiment is code of the program that began it',
    expected: 'that program, which is not there',
    remedy: 'Go on with it, such as by Tuner.restore(…) in Python.',
  })
}

export function notPaused(trial: number): TrialistError {
  return new TrialistError({
    code: 'plugin',
    message: 'the scheduler names a trial that can’t go on',
    expected: 'a trial that is paused',
    received: show(trial),
  })
}

export function neverReported({ by, metric }: { readonly by: string; readonly metric: string }): TrialistError {
  return new TrialistError({
    code: 'unknown_metric',
    message: `the stopper ${by} waits for a metric that no report had, though a training is complete`,
    expected: `reports with ${show(metric)}`,
    remedy: 'Name a metric that the trainable reports, or report this one.',
  })
}

/** Whether a searcher's answer, which may be a user's, is at most `want` suggestions of so many dimensions. */
export function checkSuggestions(answer: unknown, want: number, dimensions: number): void {
  if (!Array.isArray(answer)) {
    throw wrongAnswer('with no list', `a list of at most ${want} suggestions`, show(answer))
  }
  if (answer.length > want) throw wrongAnswer('with too many suggestions', `at most ${want}`, String(answer.length))
  for (const suggestion of answer as unknown[]) {
    const { point, why } = (suggestion ?? {}) as { point?: unknown; why?: { by?: unknown } }
    if (!(point instanceof Float64Array && point.length === dimensions)) {
      const received = point instanceof Float64Array ? `one of ${point.length}` : show(point)
      throw wrongAnswer('with a wrong point', `a Float64Array of ${dimensions} places, one a dimension`, received)
    }
    if (typeof why?.by !== 'string') throw wrongAnswer('without a reason', "why: { by: 'its name' }", show(why))
  }
}

const actions: ReadonlySet<unknown> = new Set(['continue', 'stop', 'complete', 'pause', 'exploit'])

/** A scheduler's decision, which may be a user's. */
export function checkDecision(decision: Decision): Decision {
  if (actions.has(decision?.action)) return decision
  throw new TrialistError({
    code: 'plugin',
    message: 'the scheduler decided on a report in a way that is none',
    expected: `{ action } with one of ${[...actions].join(', ')}`,
    received: show(decision),
    remedy: 'Answer decide() at once and not by a promise.',
  })
}

function wrongAnswer(how: string, expected: string, received: string): TrialistError {
  return new TrialistError({
    code: 'plugin',
    message: `the searcher answered ${how}`,
    expected,
    received,
    remedy: 'Answer suggest(n) with at most n of { point, why }, at once and not by a promise.',
  })
}

/** Runs code of an algorithm, which may be a user's: what it throws pauses the experiment with that error. */
export function consult<T>(ask: () => T, doing: string): T {
  try {
    return ask()
  } catch (thrown) {
    throw pluginError(thrown, doing)
  }
}

export function pluginError(thrown: unknown, doing: string): TrialistError {
  if (thrown instanceof TrialistError) return thrown
  return new TrialistError({
    code: 'plugin',
    message: `an algorithm of this experiment failed while ${doing}: ${messageOf(thrown)}`,
    remedy: 'Mend it and resume: nothing that the log holds is lost.',
    cause: thrown,
  })
}
