import { appendFile, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { wallTimeMs } from '../base/clock.ts'
import { jsonNumber } from '../trial/codec.ts'
import { Batch } from './batch.ts'
import type { Callback, ExperimentStart, TrialReport, TrialStart } from './callback.ts'
import { folderOf, queueLimit, trialFolder, trialId } from './trial-folder.ts'

/** Time between two writes. Milliseconds. */
const periodMs = 200

/** A report as a row: its metrics and what is known of its time. */
type Row = Readonly<Record<string, number | string>>

interface Pending {
  readonly trial: number
  readonly row: Row
}

/** A file with a row a report in each trial's folder. */
interface Table {
  readonly name: string
  readonly file: string
  /** Rows as text, to be appended to the file; or the whole file anew, where it can't be continued. */
  append(path: string, rows: readonly Row[], isGoingBack: boolean): Promise<void>
}

/**
 * `progress.csv` in each trial's folder: a row a report, the metrics and `training_iteration`, `time_total_s`, `timestamp`,
 * `trial_id`. Metrics that come later get a column too.
 */
export function csvLogger(): Callback {
  return new TrialTables('csv', () => new CsvTable())
}

/** `result.json` in each trial's folder: a line of JSON a report; and `params.json`, the configuration. */
export function jsonLogger(): Callback {
  return new TrialTables('json', () => new JsonTable(), true)
}

/** Writes rows in batches, off the control path; files are open only while they are written. */
class TrialTables implements Callback {
  readonly name: string
  readonly #table: Table
  readonly #params: boolean
  readonly #batch: Batch<Pending>
  #folder = ''
  #experiment = ''
  readonly #started = new Map<number, number>()
  /** The newest step that was written of a trial. */
  readonly #steps = new Map<number, number>()

  constructor(name: string, table: () => Table, params = false) {
    this.name = name
    this.#table = table()
    this.#params = params
    this.#batch = new Batch({ write: (rows) => this.#write(rows), periodMs, limit: queueLimit })
  }

  get room(): Promise<void> | undefined {
    return this.#batch.room
  }

  onExperimentStart(start: ExperimentStart): void {
    this.#folder = folderOf(start)
    this.#experiment = start.name
  }

  async onTrialStart({ trial, config }: TrialStart): Promise<void> {
    if (!this.#started.has(trial)) this.#started.set(trial, wallTimeMs())
    if (!this.#params) return
    await writeFile(join(trialFolder(this.#folder, trial), 'params.json'), JSON.stringify(config, jsonNumber))
  }

  onReport({ trial, step, metrics }: TrialReport): void {
    const now = wallTimeMs()
    const row = {
      ...metrics,
      training_iteration: step,
      time_total_s: (now - (this.#started.get(trial) ?? now)) / 1000,
      timestamp: Math.floor(now / 1000),
      trial_id: trialId(this.#experiment, trial),
    }
    this.#batch.push({ trial, row })
  }

  onExperimentEnd(): Promise<void> {
    return this.#batch.close()
  }

  async #write(pending: readonly Pending[]): Promise<void> {
    const byTrial = new Map<number, Row[]>()
    for (const { trial, row } of pending) {
      const rows = byTrial.get(trial)
      if (rows === undefined) byTrial.set(trial, [row])
      else rows.push(row)
    }
    for (const [trial, rows] of byTrial) {
      const path = join(trialFolder(this.#folder, trial), this.#table.file)
      // A trial may go on in a later session, whose first report says where.
      const before = this.#steps.get(trial) ?? NaN
      const steps = rows.map((row) => Number(row['training_iteration']))
      const isGoingBack = !(steps[0]! > before) || steps.some((step, i) => i > 0 && step <= steps[i - 1]!)
      await this.#table.append(path, rows, isGoingBack)
      this.#steps.set(trial, steps.at(-1)!)
    }
  }
}

class JsonTable implements Table {
  readonly name = 'json'
  readonly file = 'result.json'

  async append(path: string, rows: readonly Row[], isGoingBack: boolean): Promise<void> {
    if (!isGoingBack) return appendFile(path, jsonLines(rows))
    const known = (await textOf(path)).split('\n').filter((line) => line !== '')
    const kept = oneAStep([...known.map((line) => JSON.parse(line) as Row), ...rows])
    return replace(path, jsonLines(kept))
  }
}

class CsvTable implements Table {
  readonly name = 'csv'
  readonly file = 'progress.csv'
  /** The columns of each file. */
  readonly #columns = new Map<string, readonly string[]>()

  async append(path: string, rows: readonly Row[], isGoingBack: boolean): Promise<void> {
    const columns = this.#columns.get(path)
    const isNew = columns === undefined || rows.some((row) => Object.keys(row).some((key) => !columns.includes(key)))
    if (!isGoingBack && !isNew) return appendFile(path, linesOf(rows, columns))
    const kept = oneAStep([...(await this.#read(path)), ...rows])
    const all = [...new Set([...(columns ?? []), ...kept.flatMap((row) => Object.keys(row))])]
    this.#columns.set(path, all)
    return replace(path, linesOf([Object.fromEntries(all.map((name) => [name, name])), ...kept], all))
  }

  async #read(path: string): Promise<readonly Row[]> {
    const [header, ...lines] = cellsOf(await textOf(path))
    if (header === undefined) return []
    return lines.map((cells) => Object.fromEntries(header.flatMap((name, i) => (cells[i] ? [[name, cells[i]]] : []))))
  }
}

/** What a later attempt did again replaces what an earlier one did. */
function oneAStep(rows: readonly Row[]): readonly Row[] {
  const kept: Row[] = []
  for (const row of rows) {
    const step = Number(row['training_iteration'])
    while (kept.length > 0 && Number(kept.at(-1)!['training_iteration']) >= step) kept.pop()
    kept.push(row)
  }
  return kept
}

function jsonLines(rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(row, jsonNumber)}\n`).join('')
}

function linesOf(rows: readonly Row[], columns: readonly string[]): string {
  return rows.map((row) => `${columns.map((name) => quoted(row[name])).join(',')}\n`).join('')
}

function quoted(value: number | string | undefined): string {
  const text = value === undefined ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function cellsOf(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [whole, quotedCell, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    if (whole === '') break
    row.push(quotedCell === undefined ? (plain ?? '') : quotedCell.replaceAll('""', '"'))
    if (end === '\n') {
      rows.push(row)
      row = []
    }
  }
  return rows
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw fault
  }
}

async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.partial`, text)
  await rename(`${path}.partial`, path)
}
