import { limits } from '../base/limits.ts'
import type { Failure } from '../trial/event.ts'

/** What a trial's code threw, as the log keeps it. */
export function failureOf(thrown: unknown): Failure {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return {
    kind: 'error',
    message: `${error.name}: ${error.message}`.slice(0, limits.errorMessageLength),
    stack: (error.stack ?? '').slice(0, limits.errorStackLength),
  }
}
