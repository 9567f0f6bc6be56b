import { searchCourse } from '../analysis/search-course.ts'
import type { SearchCourse } from '../analysis/search-course.ts'
import { schedulers } from '../schedule/registry.ts'
import { searchers } from '../search/registry.ts'
import { compileSpace } from '../space/compile.ts'
import { memory } from '../store/memory.ts'
import type { CurveTable } from '../trainable/curve-table.ts'
import { simulated, Tuner } from '../tune.ts'
import { eventsOf } from '../tuner/build.ts'
import { madeBy } from './experiment.ts'
import { callOf } from './run.ts'

export interface SimulatedSearch {
  /** A name, perhaps with options. One that takes `maxT` and is not told it has that of the table. */
  readonly scheduler: string
  readonly searcher: string
  /** Whether the configurations run in the table's order, in place of the searcher's choice. */
  readonly inOrder: boolean
  readonly workers: number
  /** Default: as many as there are configurations. */
  readonly trials: number | undefined
  readonly time: number | undefined
  readonly seed: number
}

/** Schedulers that have to be told how long a training is, or do better where they are. */
const bounded: ReadonlySet<string> = new Set(['asha', 'hyperband', 'bohb', 'auto'])

/** Plays one search on a table on virtual time, through the whole tuner. */
export async function simulateSearch(table: CurveTable, search: SimulatedSearch): Promise<SearchCourse> {
  const { workers, seed, inOrder, time, trials } = search
  const { name, options } = callOf('--scheduler', search.scheduler)!
  const told = bounded.has(name) && !('maxT' in options) ? { ...options, maxT: table.maxStep } : options
  const store = memory()
  const total = trials ?? (inOrder ? table.curves.length : table.candidates.length)
  const tuner = new Tuner({
    name: 'simulation',
    space: table.space,
    candidates: table.candidates,
    metric: table.metric,
    mode: table.mode,
    trainable: table.trainable,
    searcher: madeBy(searchers, callOf('--searcher', search.searcher)!),
    scheduler: madeBy(schedulers, { name, options: told }),
    executor: simulated({ workers, checkpointEvery: 1 }),
    trials: total,
    seed,
    store,
    log: () => {},
    ...(time !== undefined && { time }),
    ...(inOrder && { initialConfigs: table.curves.slice(0, total).map(({ config }) => config) }),
  })
  await tuner.fit({ progress: 'none', resume: false })
  const events = [...eventsOf(store.read('simulation'))]
  const space = compileSpace(table.space)
  const rows = events.flatMap((event) =>
    event.type === 'suggested' ? [table.rowOf(space.configOf(event.values))] : [],
  )
  return searchCourse(table, events, (trial) => rows[trial]!)
}
