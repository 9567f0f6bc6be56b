import { didYouMean, wholeFrom } from '../base/check.ts'
import { TrialistError } from '../base/errors.ts'
import { shortNumber } from '../logger/text.ts'
import { numberOf, textOf } from './arguments.ts'
import type { Values } from './arguments.ts'
import { tableOf } from './table.ts'

/** A row by the names of its columns; what it lacks is null. */
export type Row = Readonly<Record<string, number | string | boolean | null>>

/** The options of a command that lists rows. */
export const selectionOptions = {
  columns: { type: 'string' },
  filter: { type: 'string', multiple: true },
  sort: { type: 'string' },
  desc: { type: 'boolean', default: false },
  limit: { type: 'string' },
} as const

/** Which rows are listed, in which order, with which columns. */
export interface Selection {
  /** In the given order; undefined: as the command has them. */
  readonly columns: readonly string[] | undefined
  readonly filters: readonly Filter[]
  readonly sort: readonly string[]
  readonly descending: boolean
  readonly limit: number
}

interface Filter {
  readonly column: string
  readonly operator: Operator
  readonly value: string
}

type Operator = '<' | '<=' | '==' | '=' | '!=' | '>=' | '>'

/** Whether a value meets an operator, by its order to that of the filter: below, equal or above. */
const operators: Readonly<Record<Operator, (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '==': (order) => order === 0,
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>=': (order) => order >= 0,
  '>': (order) => order > 0,
}

/** Throws `invalid_option`. */
export function selectionFrom(values: Values): Selection {
  const columns = textOf(values['columns'])
  if (columns !== undefined && values['json'] === true) {
    throw new TrialistError({ code: 'invalid_option', message: '--columns goes with a table, and --json has them all' })
  }
  return {
    columns: columns === undefined ? undefined : namesIn(columns),
    filters: ((values['filter'] ?? []) as string[]).map(filterFrom),
    sort: namesIn(textOf(values['sort']) ?? ''),
    descending: values['desc'] === true,
    limit: values['limit'] === undefined ? Infinity : wholeFrom('--limit', numberOf('limit', values['limit'])!, 1),
  }
}

/**
 * The items whose rows are selected, in order: what lacks a value that they are sorted by comes last. Throws `unknown_option`
 * for a column that no row has, also of those that are to be shown.
 */
export function selected<T>(items: readonly T[], rowOf: (item: T) => Row, selection: Selection): T[] {
  const { columns = [], filters, sort, descending, limit } = selection
  const all = items.map((item) => ({ item, row: rowOf(item) }))
  const names = columnsOf(all.map(({ row }) => row))
  for (const name of columns) columnFor(name, names)
  const wanted = filters.map(({ column, ...filter }) => ({ ...filter, column: columnFor(column, names) }))
  const kept = all.filter(({ row }) => wanted.every((filter) => meets(row[filter.column] ?? null, filter)))
  const by = sort.map((name) => columnFor(name, names))
  kept.sort((a, b) => by.reduce((order, name) => order || compared(a.row[name], b.row[name], descending), 0))
  return kept.slice(0, limit).map(({ item }) => item)
}

/** The chosen columns of selected rows as a table. */
export function chosenTable(rows: readonly Row[], columns: readonly string[]): string {
  const names = columnsOf(rows)
  const chosen = rows.length === 0 ? columns : columns.map((column) => columnFor(column, names))
  const cells = rows.map((row) => chosen.map((name) => textOfCell(row[name] ?? null)))
  return tableOf(columns, cells)
}

function columnsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))]
}

function namesIn(text: string): string[] {
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

function filterFrom(text: string): Filter {
  const [, column = '', operator = '', value = ''] = /^\s*(.+?)\s*(<=|>=|==|!=|<|>|=)\s*(.*?)\s*$/.exec(text) ?? []
  if (column !== '') return { column, operator: operator as Operator, value }
  throw new TrialistError({
    code: 'invalid_option',
    message: '--filter',
    expected: "a column, one of < <= == != >= > and a value, such as 'loss<0.5'",
    received: text,
  })
}

/** A parameter or a metric is found by its name alone, where there is one of that name. */
function columnFor(name: string, names: readonly string[]): string {
  if (names.includes(name) || names.length === 0) return name
  const [found, ...others] = names.filter((each) => each === `config.${name}` || each === `metrics.${name}`)
  if (found !== undefined && others.length === 0) return found
  throw new TrialistError({
    code: 'unknown_option',
    message: found === undefined ? `there is no column ${name}` : `there are several columns ${name}`,
    expected: names.join(', '),
    ...(found === undefined ? didYouMean(name, names) : { remedy: `Write ${found} or ${others[0]}.` }),
  })
}

/** What is missing, or is no number where numbers are compared, meets nothing. */
function meets(cell: Row[string], { column, operator, value }: Filter): boolean {
  if (cell === null) return false
  if (typeof cell !== 'number') return operators[operator](compare(String(cell), value))
  const number = Number(value)
  if (value === '' || Number.isNaN(number)) {
    throw new TrialistError({
      code: 'invalid_option',
      message: `--filter: ${column}`,
      expected: 'a number',
      received: value,
    })
  }
  return !Number.isNaN(cell) && operators[operator](compare(cell, number))
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b)
}

function compared(a: Row[string] | undefined, b: Row[string] | undefined, descending: boolean): number {
  const [missingA, missingB] = [isMissing(a), isMissing(b)]
  if (missingA || missingB) return Number(missingA) - Number(missingB)
  const ascending = typeof a === 'number' && typeof b === 'number' ? compare(a, b) : compare(String(a), String(b))
  return descending ? -ascending : ascending
}

function isMissing(cell: Row[string] | undefined): boolean {
  return cell === undefined || cell === null || Number.isNaN(cell)
}

function textOfCell(cell: Row[string]): string {
  if (typeof cell !== 'number') return String(cell ?? '').split('\n')[0]!
  return Number.isNaN(cell) ? '' : shortNumber(cell)
}
