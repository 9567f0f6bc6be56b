import { TrialistError, show } from '../base/errors.ts'
import type { LogValue } from '../space/encoded.ts'
import type { Decided, Ended, Event, Failure, Launched, Metrics, Outcome, Reported, Suggested, Why } from './event.ts'

/** The inverse of `encodeBatch` (encoder.ts). Throws `corrupt_store` where the text is no list of event tuples. */
export function decodeBatch(body: string): Event[] {
  let tuples: unknown
  try {
    tuples = JSON.parse(body)
  } catch (cause) {
    throw corrupt(body, cause)
  }
  if (!Array.isArray(tuples)) throw corrupt(body, undefined)
  return tuples.map((tuple) => decodeEvent(tuple))
}

// The tuples come from our own log, whose integrity the store checks; so they are read by position without validation.
// oxlint-disable-next-line typescript/no-explicit-any
type Tuple = readonly any[]

function decodeEvent(tuple: Tuple): Event {
  switch (tuple[0]) {
    case 't':
      return { type: 'time', now: tuple[1] }
    case 's':
      return decodeSuggested(tuple)
    case 'l':
      return decodeLaunched(tuple)
    case 'r':
      return decodeReported(tuple)
    case 'e':
      return decodeEnded(tuple)
    case 'd':
      return decodeDecided(tuple)
    case 'z':
      return { type: 'late', trial: tuple[1], attempt: tuple[2] }
    case 'g':
      return { type: 'forgotten', trial: tuple[1], checkpoint: tuple[2] }
    case 'f':
      return { type: 'reopened', trial: tuple[1], afresh: tuple[2] === 1 }
    case 'x':
      return { type: 'exhausted', why: tuple[1] }
    case 'w':
      return { type: 'stalled' }
    case 'h':
      return { type: 'halted', by: tuple[1], why: tuple[2] }
    case 'b':
      return { type: 'changed', budget: tuple[1] }
    case 'o':
      return { type: 'opened', version: tuple[1].version, experiment: tuple[1].experiment }
    default:
      throw corrupt(show(tuple), undefined)
  }
}

function corrupt(text: string, cause: unknown): TrialistError {
  return new TrialistError({
    code: 'corrupt_store',
    message: 'the log holds an entry that is no event',
    expected: 'event tuples as this version of trialist writes them',
    received: show(text),
    remedy: 'Was the log written by a newer version, or changed by hand? Restore it from a copy.',
    cause,
  })
}

function decodeSuggested(tuple: Tuple): Suggested {
  const why: Why = typeof tuple[4] === 'string' ? { by: tuple[4] } : readNumbers(tuple[4])
  return { type: 'suggested', trial: tuple[1], asOf: tuple[2], values: tuple[3], why }
}

function decodeLaunched(tuple: Tuple): Launched {
  const [, trial, attempt, checkpoint = null, step, donor = null, values = null, slots] = tuple
  const from = checkpoint === null ? undefined : { checkpoint, step, ...(donor !== null && { trial: donor }) }
  return {
    type: 'launched',
    trial,
    attempt,
    from,
    ...(values !== null && { values }),
    ...(slots !== undefined && { slots }),
  }
}

function decodeReported(tuple: Tuple): Reported {
  const value = tuple[4]
  return {
    type: 'reported',
    trial: tuple[1],
    attempt: tuple[2],
    step: tuple[3],
    values: Array.isArray(value) ? value.map(decodeNumber) : [decodeNumber(value)],
    others: tuple.length > 6 && tuple[6] !== null ? decodeMetrics(tuple[6]) : undefined,
    judged: tuple.length === 5 || tuple[5] === 1,
    checkpoint: tuple[7],
  }
}

function decodeEnded(tuple: Tuple): Ended {
  const outcome = tuple[3] as Outcome
  const failure = tuple[5] as Failure | undefined
  return { type: 'ended', trial: tuple[1], attempt: tuple[2], outcome, state: tuple[4] ?? outcome, failure }
}

function decodeDecided(tuple: Tuple): Decided {
  const [, trial, attempt, action, by, why, exploit] = tuple
  const decided = { type: 'decided', trial, attempt, action, by, why: readNumbers(why) } as const
  if (exploit === undefined) return decided
  const [from, checkpoint, step, values, slots] = exploit
  return { ...decided, exploit: { trial: from, checkpoint, step, values, ...(slots !== undefined && { slots }) } }
}

function decodeNumber(value: number | string): number {
  return typeof value === 'number' ? value : Number(value)
}

function decodeMetrics(metrics: Record<string, number | string>): Metrics {
  for (const name in metrics) if (typeof metrics[name] === 'string') metrics[name] = Number(metrics[name])
  return metrics as Metrics
}

const nonFinite = new Set(['NaN', 'Infinity', '-Infinity'])

/** For `JSON.stringify`: non-finite numbers as strings. */
export function jsonNumber(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function readNumbers<T extends Record<string, LogValue>>(record: T): T {
  for (const key in record) {
    const value = record[key]
    if (typeof value === 'string' && nonFinite.has(value)) (record as Record<string, LogValue>)[key] = Number(value)
  }
  return record
}
