import { shortNumber, shortTime } from '../logger/text.ts'
import { experimentsIn, runningEngine } from '../store/sqlite.ts'
import { argumentsOf, defaultRoot, noNames } from './arguments.ts'
import { recorded } from './record.ts'
import { tableOf } from './table.ts'

interface Line {
  readonly name: string
  readonly state: string
  readonly completed: number
  readonly stopped: number
  readonly failed: number
  readonly metric: string
  readonly best: number | null
  readonly seconds: number
}

/** `trialist list`: the experiments of a folder. */
export function list(args: readonly string[]): number {
  const { values, positionals } = argumentsOf('list', args, {
    root: { type: 'string', default: defaultRoot },
    json: { type: 'boolean', default: false },
  })
  noNames('list', positionals)
  const root = String(values['root'])
  const lines = experimentsIn(root).map((name) => lineOf(root, name))
  if (values['json'] === true) {
    process.stdout.write(`${JSON.stringify(lines)}\n`)
    return 0
  }
  if (lines.length === 0) process.stdout.write(`There are no experiments in ${root}.\n`)
  else
    process.stdout.write(
      `${tableOf(['name', 'state', 'trials', 'stopped', 'failed', 'best', 'time'], lines.map(cells))}\n`,
    )
  return 0
}

function lineOf(root: string, name: string): Line {
  const { state, results } = recorded(root, name)
  const { completed, stopped, failed, now } = state
  const metric = state.experiment.objectives[0]!.metric
  const running = runningEngine(root, name)
  let best: number | null
  try {
    best = results.best.score
  } catch {
    best = null
  }
  const how = running === undefined ? results.end : `running (process ${running})`
  return { name, state: how, completed, stopped, failed, metric, best, seconds: now / 1000 }
}

function cells({ name, state, completed, stopped, failed, metric, best, seconds }: Line): string[] {
  const score = best === null ? '' : `${metric} ${shortNumber(best)}`
  return [
    name,
    state,
    String(completed + stopped + failed),
    String(stopped),
    String(failed),
    score,
    shortTime(1000 * seconds),
  ]
}
