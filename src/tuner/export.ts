import { knownOptions, wrongOption } from '../base/check.ts'
import type { LogValue } from '../space/encoded.ts'
import { jsonNumber } from '../trial/codec.ts'
import type { Metrics } from '../trial/event.ts'
import type { ResultGrid } from './results.ts'

export interface ExportOptions {
  /** A row a report instead of a row a trial. Default: false. */
  readonly reports?: boolean
}

type Row = Record<string, LogValue>

/** RFC 4180, with a header of every key that any row has. */
export function toCSV<C, R extends Metrics>(results: ResultGrid<C, R>, options: ExportOptions): string {
  const reports = wantsReports('toCSV()', options)
  const rows = reports ? reportRows(results) : results.table()
  const keys = new Set<string>(reports ? ['trial', 'attempt', 'step'] : ['trial', 'state'])
  for (const row of rows) for (const key in row) keys.add(key)
  const lines = [[...keys], ...rows.map((row) => [...keys].map((key) => row[key]))]
  return lines.map((cells) => `${cells.map(quote).join(',')}\r\n`).join('')
}

export function toJSONLines<C, R extends Metrics>(results: ResultGrid<C, R>, options: ExportOptions): string {
  const rows = wantsReports('toJSONLines()', options) ? reportRows(results) : trialRows(results)
  return rows.map((row) => `${JSON.stringify(row, jsonNumber)}\n`).join('')
}

function wantsReports(where: string, options: ExportOptions): boolean {
  knownOptions(where, options, ['reports'])
  const { reports = false } = options
  if (typeof reports !== 'boolean') throw wrongOption(`${where}: reports`, 'true or false', reports)
  return reports
}

function trialRows<C, R extends Metrics>(results: ResultGrid<C, R>): Record<string, unknown>[] {
  return Array.from(results, (result) => ({
    trial: result.trial,
    state: result.state,
    known: result.known,
    score: result.score,
    ...severalOf(result.scores),
    feasible: result.feasible,
    step: result.step,
    attempts: result.attempts,
    startedMs: result.startedMs,
    endedMs: result.endedMs,
    error: result.failure?.message ?? null,
    config: result.config,
    metrics: result.metrics,
  }))
}

/** The scores as a key of a row, where there are several objectives. */
export function severalOf(scores: Readonly<Record<string, number>>): { scores?: Readonly<Record<string, number>> } {
  return Object.keys(scores).length > 1 ? { scores } : {}
}

function reportRows<C, R extends Metrics>(results: ResultGrid<C, R>): Row[] {
  return Array.from(results).flatMap((result) =>
    result.history().map(({ step, attempt, metrics }) => {
      const row: Row = { trial: result.trial, attempt, step }
      // A metric may well be called `step`.
      for (const name in metrics) row[Object.hasOwn(row, name) ? `metrics.${name}` : name] = metrics[name]!
      return row
    }),
  )
}

function quote(value: LogValue | undefined): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
