import { knownOptions, wrongOption } from '../base/check.ts'
import { messageOf, show } from '../base/errors.ts'
import { compileSpace } from '../space/compile.ts'
import { spaceFromJSON } from '../space/json.ts'
import type { Space } from '../space/types.ts'
import type { Metrics } from '../trial/event.ts'
import { rowsOfCsv } from './curve-csv.ts'
import { wrongTable } from './recorded-curve.ts'
import type { AnyConfig, CurveTableParts, RecordedCurve } from './recorded-curve.ts'
import type { Curves } from './trainable.ts'

/**
 * Learning curves of a list of configurations: what a simulation chooses from and plays. `space`, `candidates`, `metric` and `mode`
 * are options of a `Tuner`, and `trainable` is what it trains:
 *
 *     const { space, candidates, metric, mode, trainable } = curveTable(readFileSync('table.json', 'utf8'))
 *     new Tuner({ space, candidates, metric, mode, trainable, executor: simulated({ workers: 16 }), scheduler: 'asha' })
 */
export class CurveTable {
  readonly name: string
  readonly space: Space
  readonly metric: string
  readonly mode: 'min' | 'max'
  readonly curves: readonly RecordedCurve[]
  readonly candidates: readonly AnyConfig[]
  /** Plays the curve of a candidate; fails with any other configuration. */
  readonly trainable: Curves<AnyConfig, Metrics>
  readonly #rows: ReadonlyMap<string, number>
  #read: ReadonlyMap<string, number> | undefined
  /** The row of a configuration that was looked up before: the same object comes step after step. */
  readonly #known = new WeakMap<AnyConfig, number>()

  constructor({ name, space, metric, mode, curves }: CurveTableParts) {
    this.name = name
    this.space = space
    this.metric = metric
    this.mode = mode
    this.curves = curves
    const rows = new Map<string, number>()
    for (const [row, { config }] of curves.entries()) if (!rows.has(keyOf(config))) rows.set(keyOf(config), row)
    this.candidates = Array.from(rows.values(), (row) => curves[row]!.config)
    this.#rows = rows
    this.trainable = {
      steps: (config) => this.#curve(config).seconds.length,
      seconds: (config, step) => this.#curve(config).seconds[step - 1]!,
      metrics: (config, step) => metricsAt(this.#curve(config), step, metric),
      ...(curves.some(({ resource }) => resource !== undefined) && {
        resource: (config, step) => resourceAt(this.#curve(config), step),
      }),
    }
  }

  /** The number of a configuration's curve. Of equal configurations it is the first. Throws `invalid_option` for any other. */
  rowOf(config: AnyConfig): number {
    const known = this.#known.get(config) ?? this.#rows.get(keyOf(config)) ?? this.#rowsRead().get(keyOf(config))
    if (known === undefined) throw wrongOption(`the table ${this.name}`, 'one of its configurations', config)
    this.#known.set(config, known)
    return known
  }

  /** The largest step of any curve. */
  get maxStep(): number {
    return Math.max(...this.curves.map((curve) => resourceAt(curve, curve.seconds.length)))
  }

  /** The rows by what trials get of a configuration: read back from the space, floats may differ in the last digits. */
  #rowsRead(): ReadonlyMap<string, number> {
    if (this.#read !== undefined) return this.#read
    const space = compileSpace(this.space)
    const keys = Array.from(this.#rows.values(), (row) => {
      return [keyOf(space.decode(space.encode(this.curves[row]!.config))), row] as const
    })
    this.#read = new Map(keys)
    return this.#read
  }

  #curve(config: AnyConfig): RecordedCurve {
    return this.curves[this.rowOf(config)]!
  }
}

export interface CurveTableOptions {
  /** Of a CSV file; default: from the least to the greatest number of each column, on a log scale from a ratio of 1,000 on. */
  readonly space?: Space
  /** Default: that of the table, for CSV its first metric. */
  readonly metric?: string
  /** Default: that of the table, for CSV `min`. */
  readonly mode?: 'min' | 'max'
  /** Default: that of the table, for CSV `table`. */
  readonly name?: string
}

/**
 * A table of learning curves from JSON or CSV (docs/schedulers.md says what it looks like).
 *
 * @throws TrialistError `invalid_option` or `invalid_space`, which names the place.
 */
export function curveTable(text: string, options: CurveTableOptions = {}): CurveTable {
  knownOptions('curveTable()', options, ['space', 'metric', 'mode', 'name'])
  const parts = text.trimStart().startsWith('{') ? partsOfJson(text) : rowsOfCsv(text)
  return checked({ ...parts, ...options })
}

function resourceAt({ resource }: RecordedCurve, step: number): number {
  return resource === undefined ? step : resource[step - 1]!
}

function metricsAt({ metrics }: RecordedCurve, step: number, metric: string): Metrics {
  if (Number.isNaN(metrics[metric]![step - 1])) throw new Error(`the table has no ${metric} at step ${step}`)
  return Object.fromEntries(Object.entries(metrics).map(([name, values]) => [name, values[step - 1]!]))
}

function keyOf(config: AnyConfig): string {
  return JSON.stringify(config, Object.keys(config).toSorted())
}

function partsOfJson(text: string): CurveTableParts {
  let json: Record<string, unknown>
  try {
    json = JSON.parse(text) as Record<string, unknown>
  } catch (thrown) {
    throw wrongTable('JSON', messageOf(thrown))
  }
  if (json['format'] !== 'trialist-curves' || json['version'] !== 1) {
    throw wrongTable(
      '"format": "trialist-curves" and "version": 1',
      `${show(json['format'])} and ${show(json['version'])}`,
    )
  }
  const { name = 'table', metric, mode = 'min', space, candidates } = json
  if (!Array.isArray(candidates)) throw wrongTable('"candidates", a list of curves', show(candidates))
  return {
    name: name as string,
    metric: metric as string,
    mode: mode as 'min' | 'max',
    space: spaceFromJSON(space),
    curves: (candidates as Record<string, unknown>[]).map((each) => ({
      ...(each as unknown as RecordedCurve),
      seconds: numbersOf(each['seconds']),
      metrics: Object.fromEntries(
        Object.entries(each['metrics'] ?? {}).map(([key, values]) => [key, numbersOf(values)]),
      ),
    })),
  }
}

/** Numbers that JSON lacks are strings, as everywhere. */
function numbersOf(values: unknown): readonly number[] {
  if (!Array.isArray(values)) return []
  return values.map((value) => (typeof value === 'string' ? Number(value) : (value as number)))
}

function checked(parts: CurveTableParts): CurveTable {
  const { name, metric, mode, curves } = parts
  if (typeof name !== 'string' || name === '') throw wrongTable('"name", a text', show(name))
  if (mode !== 'min' && mode !== 'max') throw wrongTable("a mode, 'min' or 'max'", show(mode))
  if (curves.length === 0) throw wrongTable('one curve at least', 'none')
  for (const [row, curve] of curves.entries()) checkCurve(curve, metric, row)
  return new CurveTable(parts)
}

function checkCurve({ config, seconds, metrics, resource }: RecordedCurve, metric: string, row: number): void {
  const at = `curve ${row} of the table`
  if (typeof config !== 'object' || config === null) throw wrongTable(`${at}: "config", an object`, show(config))
  if (metrics[metric] === undefined) {
    throw wrongTable(`${at}: values of ${show(metric)}`, Object.keys(metrics).map(show).join(', ') || 'no metric')
  }
  if (seconds.length === 0) throw wrongTable(`${at}: "seconds", one number a step`, 'none')
  for (const value of seconds) if (!(value > 0)) throw wrongTable(`${at}: seconds above 0`, show(value))
  const lists = { ...metrics, ...(resource && { resource }) }
  for (const [key, values] of Object.entries(lists)) {
    if (values.length === seconds.length && values.every((value) => typeof value === 'number')) continue
    throw wrongTable(`${at}: ${seconds.length} numbers of ${show(key)}, one a step`, show(values))
  }
  if (resource?.some((value, i) => !(value > (resource[i - 1] ?? 0)))) {
    throw wrongTable(`${at}: steps that grow`, show(resource))
  }
}
