import { messageOf, show } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Failure } from '../trial/event.ts'

/** What a trial's code threw, as the log keeps it. */
export function failureOf(thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(messageOf(thrown))
  return {
    kind: 'error',
    message: `${textOf(error, 'name')}: ${textOf(error, 'message')}`.slice(0, limits.errorMessageLength),
    stack: textOf(error, 'stack').slice(0, limits.errorStackLength),
  }
}

/** A property of an error of the user's, which may be anything: telling of a failure must not fail. */
function textOf(error: Error, property: 'name' | 'message' | 'stack'): string {
  try {
    const value: unknown = error[property]
    return typeof value === 'string' ? value : show(value ?? '')
  } catch {
    return ''
  }
}
