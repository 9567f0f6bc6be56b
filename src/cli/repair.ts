import { compileSpace } from '../space/compile.ts'
import { spaceFromJSON } from '../space/json.ts'
import { replaceTrials } from '../store/sqlite.ts'
import type { TrialRow } from '../store/store.ts'
import { eventsOf, openingOf } from '../tuner/build.ts'
import { Projection } from '../tuner/projection.ts'
import { ExperimentState } from '../tuner/state.ts'
import { argumentsOf, defaultRoot, oneName } from './arguments.ts'

/** `trialist repair NAME`: makes the table of trials anew from the log, which is never changed. */
export function repair(args: readonly string[]): number {
  const { values, positionals } = argumentsOf('repair', args, { root: { type: 'string', default: defaultRoot } })
  const root = String(values['root'])
  const name = oneName('repair', positionals)
  let said = ''
  replaceTrials(root, name, (bodies, present) => {
    const rows = rowsOf([...bodies])
    if (present === undefined) {
      said = `the table of trials, which could not be read, was made anew: ${rows.length} rows.`
      return rows
    }
    const byNumber = new Map(present.map((row) => [row.number, fieldsOf(row)]))
    const differing = rows.filter((row) => fieldsOf(row) !== byNumber.get(row.number)).length
    if (differing === 0 && rows.length === present.length) {
      said = `its ${rows.length} rows follow from the log; nothing was changed.`
      return undefined
    }
    const numbers = new Set(rows.map((row) => row.number))
    const foreign = present.filter((row) => !numbers.has(row.number)).length
    const gone = foreign === 0 ? '' : `; ${foreign} of no trial ${foreign === 1 ? 'is' : 'are'} gone`
    said = `the table of trials was made anew: ${rows.length} rows, ${differing} of them as they were not before${gone}.`
    return rows
  })
  process.stdout.write(`${name}: ${said}\n`)
  return 0
}

/** The rows that a log leads to, by number. */
function rowsOf(bodies: readonly string[]): TrialRow[] {
  const experiment = openingOf(bodies)
  const space = compileSpace(spaceFromJSON(experiment.space))
  const state = new ExperimentState(experiment, space)
  const projection = new Projection(space, experiment.objectives)
  const rows = new Map<number, TrialRow>()
  for (const event of eventsOf(bodies)) {
    if (event.type === 'opened') continue
    state.apply(event)
    const row = projection.apply(event, state.columns)
    if (row !== undefined) rows.set(row.number, row)
  }
  return [...rows.values()].toSorted((a, b) => a.number - b.number)
}

/** A row's fields as one text; some of a projected row are made when they are asked for. */
function fieldsOf({
  number,
  state,
  attempts,
  score,
  config,
  metrics,
  step,
  startedMs,
  endedMs,
  error,
}: TrialRow): string {
  return JSON.stringify([number, state, attempts, score, config, metrics, step, startedMs, endedMs, error])
}
