/** What went wrong, for programs. Codes are stable; messages are for people and may change. */
export type ErrorCode =
  | 'invalid_space'
  | 'invalid_config'
  | 'invalid_option'
  | 'unknown_option'
  | 'unknown_metric'
  | 'unsupported'
  | 'resources'
  | 'name_taken'
  | 'not_found'
  | 'fingerprint'
  | 'experiment_locked'
  | 'corrupt_store'
  | 'foreign_store'
  | 'read_only'
  | 'disk_full'
  | 'store'
  | 'plugin'
  | 'no_result'
  | 'trials_failed'

/** The parts of a {@link TrialistError}. */
export interface ErrorParts {
  readonly code: ErrorCode
  /** What was being done or what is wrong, in a few words. */
  readonly message: string
  /** What would have been right. */
  readonly expected?: string
  /** What came instead. */
  readonly received?: string
  /** What the reader can do about it. */
  readonly remedy?: string
  readonly cause?: unknown
}

/**
 * Misuse, or a fault of the surroundings, told in a way that a person can act on: what was expected, what came, how to
 * mend it. A failing trial is data and never one of these.
 */
export class TrialistError extends Error {
  override readonly name = 'TrialistError'
  readonly code: ErrorCode
  readonly expected: string | undefined
  readonly received: string | undefined
  readonly remedy: string | undefined

  constructor(parts: ErrorParts) {
    super(sentence(parts), parts.cause === undefined ? undefined : { cause: parts.cause })
    this.code = parts.code
    this.expected = parts.expected
    this.received = parts.received
    this.remedy = parts.remedy
  }
}

function sentence({ message, expected, received, remedy }: ErrorParts): string {
  const details = [expected && `expected ${expected}`, received && `received ${received}`].filter(Boolean).join(', ')
  return [details ? `${message}: ${details}.` : withPeriod(message), remedy].filter(Boolean).join(' ')
}

function withPeriod(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message
  return typeof thrown === 'string' ? thrown : show(thrown)
}

/** A short rendering of a value for an error message. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return `function ${value.name || '(anonymous)'}`
  if (typeof value !== 'object' || value === null) return String(value)
  let text: string
  try {
    text = JSON.stringify(value) ?? Object.prototype.toString.call(value)
  } catch {
    text = Object.prototype.toString.call(value)
  }
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}
