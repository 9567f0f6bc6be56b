import { TrialistError, show } from '../base/errors.ts'
import type { Failure, Metrics } from '../trial/event.ts'

/** The version of the trial protocol that is spoken (`docs/protocol.md`). */
export const protocolVersion = 1

/** What a worker says. */
export type WorkerMessage = Hello | Report | Warned | Done | Failed | Forked | Exited

export interface Hello {
  readonly type: 'hello'
  readonly token: string
  /** Lowest and highest version that the worker speaks. */
  readonly protocol: readonly [number, number]
  readonly sdk: string
  /** It can run another trial after `done`. */
  readonly reusable?: boolean
  /** The code to tune could not be loaded. */
  readonly failure?: WireFailure
  /** Of a warm parent: whether it can fork safely, and why not. */
  readonly parent?: { readonly fork: boolean; readonly reason: string | null }
}

export interface Report {
  readonly type: 'report'
  readonly attempt: string
  readonly metrics: WireMetrics
  readonly step?: number | string
  readonly checkpoint?: string
  /** The folder, absolute, that the checkpoint's files were copied from. */
  readonly source?: string
}

/** What people are to know while the trial goes on, or waits. */
export interface Warned {
  readonly type: 'warning'
  readonly attempt: string
  readonly message: string
}

export interface Done {
  readonly type: 'done'
  readonly attempt: string
  /** What the function returned: its last report. */
  readonly metrics?: WireMetrics
}

export interface Failed extends WireFailure {
  readonly type: 'error'
  readonly attempt: string
}

export interface Forked {
  readonly type: 'forked'
  readonly token: string
  readonly pid: number
}

export interface Exited {
  readonly type: 'exited'
  readonly token: string
  readonly pid: number
  readonly code: number | null
  readonly signal: number | null
}

/** What the engine says. */
export type EngineMessage =
  | Welcome
  | { readonly type: 'continue'; readonly save?: true }
  | { readonly type: 'stop' }
  | { readonly type: 'pause' }
  | { readonly type: 'error'; readonly code: 'token' | 'version' | 'message' | 'report'; readonly message: string }
  | { readonly type: 'fork'; readonly token: string }

export interface Welcome {
  readonly type: 'welcome'
  readonly protocol: number
  readonly attempt: string
  readonly trial: number
  readonly number: number
  readonly config: Readonly<Record<string, unknown>>
  readonly metric: string
  /** Differs by trial and attempt; below 2^32. */
  readonly seed: number
  /** The experiment's own, from which TypeScript workers derive the stream that an inline function has. */
  readonly experimentSeed: number
  readonly checkpoint: { readonly id: string; readonly step: number } | null
  readonly checkpoints: { readonly kind: 'folder'; readonly path: string } | null
  readonly resources: { readonly cpus: number; readonly memory: number | null; readonly gpus: readonly string[] }
  /** How many slots' worth these are. Default: 1. */
  readonly slots?: number
  readonly directory: string | null
  readonly output: string | null
  readonly env: Readonly<Record<string, string>>
}

/** A failure as a worker tells it. */
export interface WireFailure {
  readonly kind?: Failure['kind']
  readonly message: string
  readonly stack?: string
}

/** Metrics on the wire: JSON has no NaN and no infinities, so these are words. */
export type WireMetrics = Readonly<Record<string, number | boolean | 'NaN' | 'Infinity' | '-Infinity'>>

const words: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity }

/** Metrics as the engine takes them. Throws `invalid_option` naming what is no number. */
export function metricsFrom(wire: WireMetrics): Metrics {
  if (typeof wire !== 'object' || wire === null || Array.isArray(wire)) {
    throw refused('a report', 'an object of metrics', wire)
  }
  const metrics: Record<string, number> = {}
  for (const name of Object.keys(wire)) metrics[name] = numberFrom(`metric ${show(name)}`, wire[name])
  return metrics
}

/** A number on the wire, which may be a word or a boolean. Throws `invalid_option`. */
export function numberFrom(what: string, wire: unknown): number {
  // A large float can't be told from an integer that lost digits: those are refused where they are still whole.
  if (typeof wire === 'number') return wire + 0
  if (typeof wire === 'boolean') return wire ? 1 : 0
  const number = typeof wire === 'string' ? words[wire] : undefined
  if (number !== undefined) return number
  throw refused(what, 'a number or a boolean', wire)
}

/** Metrics for the wire. */
export function metricsTo(metrics: Metrics): WireMetrics {
  const wire: Record<string, WireMetrics[string]> = {}
  for (const name of Object.keys(metrics)) {
    const value = metrics[name]!
    wire[name] = Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity')
  }
  return wire
}

/** One line of the wire as an object. Throws `invalid_option` where it is none. */
export function messageFrom(line: string): { readonly type: string } {
  const message = parsed(line)
  if (typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string') {
    return message as { readonly type: string }
  }
  throw refused('a message', 'a JSON object with a type', line.slice(0, 200))
}

/** JSON, with the bare NaN and Infinity that Python writes. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    try {
      // Texts are passed over whole, so that only bare words are put in quotes.
      return JSON.parse(line.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, quoted))
    } catch {
      throw refused('a message', 'a line of JSON', line.slice(0, 200))
    }
  }
}

function quoted(text: string): string {
  return text.startsWith('"') ? text : `"${text}"`
}

function refused(what: string, expected: string, received: unknown): TrialistError {
  return new TrialistError({
    code: 'invalid_option',
    message: `${what} was refused`,
    expected,
    received: show(received),
  })
}
