import { show } from '../base/errors.ts'
import { choice, int, loguniform, uniform } from '../space/index.ts'
import { wrongTable } from './recorded-curve.ts'
import type { CurveTableParts, RecordedCurve } from './recorded-curve.ts'

/** From this ratio of the greatest to the least value on a parameter is taken to vary on a log scale. */
const logRatio = 1_000

/**
 * Curves from CSV: the columns before `step` are parameters, those after it metrics, but for `seconds`. Rows that follow one another
 * with equal parameters and growing steps are one curve. An empty cell is the value null of a parameter, NaN of a metric.
 */
export function rowsOfCsv(text: string): CurveTableParts {
  const [header, ...rows] = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((cell) => cell.trim()))
  const stepAt = header?.indexOf('step') ?? -1
  if (header === undefined || stepAt < 0) throw wrongTable('a column named step', show(header?.join(',')))
  const secondsAt = header.indexOf('seconds')
  const metricsAt = header.map((_, i) => i).filter((i) => i > stepAt && i !== secondsAt)
  if (metricsAt.length === 0) throw wrongTable('metrics in columns after step', header.join(','))
  const curves: Growing[] = []
  let before = ''
  for (const [line, row] of rows.entries()) {
    if (row.length !== header.length) throw wrongTable(`${header.length} cells in row ${line + 1}`, String(row.length))
    const key = row.slice(0, stepAt).join(',')
    const step = numberIn(row[stepAt]!, line)
    const last = curves.at(-1)
    if (last === undefined || key !== before || step <= last.resource.at(-1)!) curves.push(start(header, row, stepAt))
    before = key
    const curve = curves.at(-1)!
    curve.resource.push(step)
    curve.seconds.push(secondsAt < 0 ? 1 : numberIn(row[secondsAt]!, line))
    for (const i of metricsAt) (curve.metrics[header[i]!] ??= []).push(row[i] === '' ? NaN : numberIn(row[i]!, line))
  }
  const configs = curves.map(({ config }) => config)
  const space = Object.fromEntries(header.slice(0, stepAt).map((name) => [name, parameterOf(name, configs)]))
  return { name: 'table', metric: header[metricsAt[0]!]!, mode: 'min', space, curves }
}

interface Growing extends RecordedCurve {
  readonly seconds: number[]
  readonly metrics: Record<string, number[]>
  readonly resource: number[]
}

function start(header: readonly string[], row: readonly string[], parameters: number): Growing {
  const config = Object.fromEntries(row.slice(0, parameters).map((cell, i) => [header[i]!, valueOf(cell)]))
  return { config, seconds: [], metrics: {}, resource: [] }
}

function valueOf(cell: string): number | string | null {
  if (cell === '') return null
  return Number.isNaN(Number(cell)) ? cell : Number(cell)
}

function numberIn(cell: string, line: number): number {
  const number = Number(cell)
  if (cell !== '' && !Number.isNaN(number)) return number
  if (cell === 'NaN') return NaN
  throw wrongTable(`a number in row ${line + 1}`, show(cell))
}

function parameterOf(name: string, configs: readonly Readonly<Record<string, unknown>>[]): unknown {
  const values = [...new Set(configs.map((config) => config[name]))]
  if (!values.every((value) => typeof value === 'number')) {
    return choice(...(values as [string, ...string[]]))
  }
  const [low, high] = [Math.min(...values), Math.max(...values)]
  if (low === high) return low
  if (values.every(Number.isInteger)) return int(low, high)
  return low > 0 && high / low >= logRatio ? loguniform(low, high) : uniform(low, high)
}
