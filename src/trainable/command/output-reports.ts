import { StringDecoder } from 'node:string_decoder'

import type { Metrics } from '../../trial/event.ts'

/** A report that was read from a command's output. */
export interface OutputReport {
  readonly metrics: Metrics
  readonly step: number | undefined
}

export interface OutputReportsOptions {
  /** The declared metrics: a line that holds one of them is a report. */
  readonly metrics: readonly string[]
  /** A pattern with the groups `name` and `value`, in place of the usual forms. */
  readonly pattern?: RegExp | undefined
  readonly report: (report: OutputReport) => void
}

const number = String.raw`[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|nan|inf(?:inity)?)(?![\w.])`
/** `name=number` and `name: number`, the name perhaps in quotes. */
const usual = new RegExp(
  String.raw`(?<![\w.\-/])["']?(?<name>[A-Za-z_][\w./@-]*)["']?\s*[=:]\s*(?<value>${number})`,
  'gi',
)
/** `epoch 3`, `Epoch [3/20]`, `iter: 100`. */
const counted = /\b(?:epoch|step|iter|iteration)\b\s*[=:]?\s*\[?\s*(\d+(?:\.\d+)?)/i
const stepNames: readonly string[] = ['epoch', 'step', 'iter', 'iteration']
// Colours and movements of the cursor.
// oxlint-disable-next-line no-control-regex
const escapes = /\u001b\[[0-?]*[ -/]*[@-~]/g
/** Characters at the end of a line that are looked at. */
const lineLength = 100_000
/** Names that are remembered for the message of a command that never said the metric. */
const seenMax = 20

/**
 * Reads reports from what a command writes, however it comes in pieces. A line is a report where it holds a declared metric
 * as `name=number`, `name: number` or in a JSON object; the other numbers on it come along; `epoch`, `step`, `iter` or
 * `iteration` is the step. A carriage return ends a line, as progress bars write it.
 */
export class OutputReports {
  readonly #options: OutputReportsOptions
  readonly #pattern: RegExp
  readonly #decoder = new StringDecoder('utf8')
  readonly #seen = new Map<string, string>()
  #line = ''

  constructor(options: OutputReportsOptions) {
    this.#options = options
    const { pattern } = options
    this.#pattern = pattern === undefined ? usual : new RegExp(pattern.source, `${pattern.flags.replace('g', '')}g`)
  }

  write(chunk: Buffer): void {
    const lines = (this.#line + this.#decoder.write(chunk)).split(/[\r\n]/)
    this.#line = lines.pop()!.slice(-lineLength)
    for (const line of lines) this.#read(line)
  }

  /** What comes after the last line's end is a line too. */
  end(): void {
    this.#read(this.#line + this.#decoder.end())
    this.#line = ''
  }

  /** Names and numbers that came, for the message of a command that never said the metric. */
  get seen(): readonly string[] {
    return [...this.#seen].map(([name, value]) => `${name}=${value}`)
  }

  #read(raw: string): void {
    const line = raw.slice(-lineLength).replaceAll(escapes, '')
    const found = this.#pattern === usual ? (fromJson(line) ?? this.#fromText(line)) : this.#fromText(line)
    const names = Object.keys(found)
    if (names.length === 0) return
    for (const name of names)
      if (this.#seen.size < seenMax || this.#seen.has(name)) this.#seen.set(name, String(found[name]))
    if (!this.#options.metrics.some((metric) => found[metric] !== undefined)) return
    this.#options.report(this.#reportOf(found, line))
  }

  #reportOf(found: Readonly<Record<string, number>>, line: string): OutputReport {
    const { metrics } = this.#options
    const stepName = Object.keys(found).find(
      (name) => stepNames.includes(name.toLowerCase()) && !metrics.includes(name),
    )
    const counter = counted.exec(line)?.[1]
    const step = stepName === undefined ? (counter === undefined ? undefined : Number(counter)) : found[stepName]
    const rest = Object.entries(found).filter(([name]) => name !== stepName)
    return { metrics: Object.fromEntries(rest), step: Number.isFinite(step) ? step : undefined }
  }

  #fromText(line: string): Record<string, number> {
    const found: Record<string, number> = {}
    for (const { groups } of line.matchAll(this.#pattern)) {
      const { name, value } = groups ?? {}
      if (name !== undefined && value !== undefined && name !== '__proto__') found[name] = numberOf(value)
    }
    return found
  }
}

/** The numbers of a JSON object that a line holds. */
function fromJson(line: string): Record<string, number> | undefined {
  const start = line.indexOf('{')
  const end = line.lastIndexOf('}')
  if (start < 0 || end < start) return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(line.slice(start, end + 1).replaceAll(/(?<=:\s*)-?(?:NaN|Infinity)\b/g, '"$&"'))
  } catch {
    return undefined
  }
  const found: Record<string, number> = {}
  for (const [name, value] of Object.entries(parsed as object)) {
    if (name === '__proto__') continue
    if (typeof value === 'number') found[name] = value + 0
    else if (typeof value === 'boolean') found[name] = value ? 1 : 0
    else if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') found[name] = Number(value)
  }
  return found
}

function numberOf(text: string): number {
  const word = text.toLowerCase()
  if (word.endsWith('nan')) return NaN
  if (word.includes('inf')) return word.startsWith('-') ? -Infinity : Infinity
  return Number(text) + 0
}
