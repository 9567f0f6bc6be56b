import { TrialistError } from '../base/errors.ts'
import { shortNumber, shortTime } from '../logger/text.ts'
import { experimentsIn, runningEngine, sessionsOf } from '../store/sqlite.ts'
import { jsonNumber } from '../trial/codec.ts'
import { bestOf } from '../tuner/outcome.ts'
import { argumentsOf, defaultRoot, noNames } from './arguments.ts'
import { recorded } from './record.ts'
import { chosenTable, selected, selectionFrom, selectionOptions } from './select.ts'
import type { Row } from './select.ts'
import { localTime, tableOf } from './table.ts'

/** An experiment of a folder, or a log that can't be read. */
interface Line {
  readonly name: string
  readonly state: 'running' | 'finished' | 'interrupted' | 'unreadable'
  /** Why it can't be read. */
  readonly error?: string
  /** The process that runs it. */
  readonly engine?: number
  readonly completed?: number
  readonly stopped?: number
  readonly failed?: number
  /** Trials that are not over. */
  readonly live?: number
  readonly metric?: string
  readonly best?: number | null
  /** With several objectives the number of trials on their front. */
  readonly front?: number
  /** In ISO 8601. */
  readonly started?: string
  /** Time that engines ran. */
  readonly seconds?: number
}

/** `trialist list`: the experiments of a folder. */
export function list(args: readonly string[]): number {
  const { values, positionals } = argumentsOf('list', args, {
    root: { type: 'string', default: defaultRoot },
    json: { type: 'boolean', default: false },
    ...selectionOptions,
  })
  const selection = selectionFrom(values)
  noNames('list', positionals)
  const root = String(values['root'])
  const all = experimentsIn(root, { unreadable: true }).map((name) => lineOf(root, name))
  const lines = selected(all, rowOf, selection)
  if (values['json'] === true) put(JSON.stringify(lines, jsonNumber))
  else if (all.length === 0) put(`There are no experiments in ${root}.`)
  else if (selection.columns !== undefined) put(chosenTable(lines.map(rowOf), selection.columns))
  else put(textOf(lines))
  return 0
}

function put(text: string): void {
  process.stdout.write(`${text}\n`)
}

function textOf(lines: readonly Line[]): string {
  const table = tableOf(['name', 'state', 'trials', 'stopped', 'failed', 'best', 'started', 'time'], lines.map(cells))
  const errors = lines.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: ${error}`]))
  return [table, ...(errors.length === 0 ? [] : ['']), ...errors].join('\n')
}

/** One experiment that can't be read does not hide the others. */
function lineOf(root: string, name: string): Line {
  try {
    return readableLine(root, name)
  } catch (thrown) {
    if (!(thrown instanceof TrialistError)) throw thrown
    return { name, state: 'unreadable', error: thrown.message }
  }
}

function readableLine(root: string, name: string): Line {
  const engine = runningEngine(root, name)
  const { state, results } = recorded(root, name)
  const { completed, stopped, failed, now, live, experiment } = state
  return {
    name,
    state: engine === undefined ? results.end : 'running',
    ...(engine !== undefined && { engine }),
    completed,
    stopped,
    failed,
    live: live.size,
    metric: experiment.objectives[0]!.metric,
    best: bestOf(results)?.score ?? null,
    ...(experiment.objectives.length > 1 && { front: results.front.length }),
    started: new Date(sessionsOf(root, name)[0]!.startedWallMs).toISOString(),
    seconds: now / 1000,
  }
}

/** What lines are selected by: one that can't be read has no more than its name and state. */
function rowOf(line: Line): Row {
  const { name, state, completed = null, stopped = null, failed = null, live = null } = line
  const { metric = null, best = null, front = null, started = null, seconds: time = null } = line
  const trials = completed === null ? null : completed + stopped! + failed!
  return { name, state, trials, completed, stopped, failed, live, metric, best, front, started, time }
}

function cells(line: Line): string[] {
  const { name, state, engine, completed, stopped, failed, metric, best, front, started, seconds } = line
  if (completed === undefined || stopped === undefined || failed === undefined) return [name, state]
  const alone = typeof best === 'number' ? `${metric} ${shortNumber(best)}` : ''
  const score = front === undefined ? alone : `front of ${front}`
  const how = engine === undefined ? state : `${state} (process ${engine})`
  const counts = [completed + stopped + failed, stopped, failed].map(String)
  return [name, how, ...counts, score, localTime(started!), shortTime(1000 * seconds!)]
}
