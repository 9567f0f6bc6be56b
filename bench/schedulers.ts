// Schedulers on learning curves of LCBench, ARLBench and AlgoPerf, on virtual time: ours through the whole tuner, beside what peers
// did on the same curves and the same clock (bench/peers/schedulers.json, written by `npm run peers:schedulers`).
//   node bench/schedulers.ts --data FOLDER [--seeds 20] [--split dev|test] [--ours auto+auto,random+asha] [--rows FILE] [--minutes 9] [--json] [--save]
// Seed after seed; after so many minutes no new search begins, and those seeds count that are done for all. With --rows, searches are kept in FILE, and a
// later call goes on with the others.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { Pool } from './pool.ts'
import { median } from './quality/statistics.ts'
import { finish } from './results.ts'
import { isDev, tasksIn } from './schedulers/tasks.ts'
import type { Task } from './schedulers/tasks.ts'
import type { TaskSearch, TaskTime } from './schedulers/worker.ts'

const workers = [4, 16] as const

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: process.env['TRIALIST_BENCHDATA'] ?? '' },
    seeds: { type: 'string', default: '20' },
    split: { type: 'string', default: 'all' },
    ours: { type: 'string', default: 'auto+auto,random+asha,random+median' },
    rows: { type: 'string', default: '' },
    minutes: { type: 'string', default: '9' },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
})
if (given.data === '') {
  console.error('bench:schedulers needs learning curves: pass --data FOLDER, or set TRIALIST_BENCHDATA.')
  process.exit(2)
}
const { tasks: all, missing } = tasksIn(given.data)
if (missing.length > 0) console.error(`missing: ${missing.join(', ')}`)
const tasks = all.filter((task) => given.split === 'all' || isDev(task, all) === (given.split === 'dev'))
const seeds = Array.from({ length: Number(given.seeds) }, (_, seed) => seed)

/** Schedulers that are told how long a training is. */
const bounded = new Set(['auto', 'asha', 'hyperband'])
const searches: TaskSearch[] = seeds.flatMap((seed) => given.ours.split(',').flatMap((ours) => searchesOf(ours, seed)))
const times = await timesOf(searches)

interface Peers {
  readonly methods: Readonly<
    Record<
      string,
      { readonly seeds: number; readonly reached: Readonly<Record<string, Record<string, (number | null)[]>>> }
    >
  >
}
const peers = JSON.parse(readFileSync(new URL('peers/schedulers.json', import.meta.url), 'utf8')) as Peers

interface Cell {
  readonly task: Task
  readonly workers: number
}
const cells: readonly Cell[] = tasks.flatMap((task) => workers.map((count) => ({ task, workers: count })))
/** Of the first method that is named, `auto` by default. */
const mine = ({ task, workers: count }: Cell): readonly (number | null)[] => oursOf(searches[0]!, task.name, count)

const method: Record<string, Summary> = {}
/** Peers that not every task has been recorded of: on those that have, ours in comparison. */
const incomplete: Record<string, Summary & { readonly ours: number }> = {}
for (const ours of given.ours.split(',')) {
  const [searcher, scheduler] = ours.split('+') as [string, string]
  method[ours] = summed(cells, ({ task, workers: count }) => oursOf({ searcher, scheduler }, task.name, count))
}
for (const [name, { reached }] of Object.entries(peers.methods)) {
  const timesAt = ({ task, workers: count }: Cell): readonly (number | null)[] => reached[task.name]?.[count] ?? []
  const known = cells.filter((cell) => timesAt(cell).length > 0)
  if (known.length === cells.length) method[name] = summed(cells, timesAt)
  else if (known.length > 0) {
    incomplete[name] = { ...summed(known, timesAt), ours: summed(known, mine).meanSeconds }
  }
}
const own = method[given.ours.split(',')[0]!]!.meanSeconds
const complete = Object.keys(peers.methods).filter((name) => name in method)
const [bestPeer] = complete.toSorted((a, b) => method[a]!.meanSeconds - method[b]!.meanSeconds)
const ratios = Object.fromEntries(
  ['lcbench', 'arlbench', 'algoperf'].map((family) => {
    const some = cells.filter(({ task }) => task.family === family)
    const theirs = summed(some, ({ task, workers: count }) => peers.methods['ray-asha']!.reached[task.name]![count]!)
    return [family, round(summed(some, mine).meanSeconds / theirs.meanSeconds)]
  }),
)
const figures = {
  timeRatioVsRayAsha: round(own / method['ray-asha']!.meanSeconds),
  timeRatioVsBestPeer: round(own / method[bestPeer!]!.meanSeconds),
  bestPeer,
  /** `timeRatioVsRayAsha` of each family of tasks. */
  ratios,
  tasks: tasks.length,
  split: given.split,
  missing,
  method,
  incomplete,
}
finish('schedulers', figures, {}, { json: given.json, save: given.save })

function searchesOf(ours: string, seed: number): TaskSearch[] {
  const [searcher, scheduler] = ours.split('+') as [string, string]
  return tasks.flatMap(({ name: task, steps }) =>
    workers.map((count) => ({
      data: given.data,
      task,
      scheduler,
      options: bounded.has(scheduler) ? { maxT: steps } : {},
      searcher,
      workers: count,
      seed,
    })),
  )
}

function oursOf(
  { searcher, scheduler }: Pick<TaskSearch, 'searcher' | 'scheduler'>,
  task: string,
  count: number,
): readonly (number | null)[] {
  const some = times.filter(({ search }) => search.searcher === searcher && search.scheduler === scheduler)
  return some.filter(({ search }) => search.task === task && search.workers === count).map(({ reached }) => reached)
}

/** Of the seeds that are done: from an earlier call, or as there is time for. */
async function timesOf(wanted: readonly TaskSearch[]): Promise<readonly TaskTime[]> {
  const known = new Map<string, TaskTime>()
  const read = given.rows !== '' && existsSync(given.rows) ? readFileSync(given.rows, 'utf8').trim().split('\n') : []
  for (const line of read) {
    const time = JSON.parse(line) as TaskTime
    known.set(keyOf(time.search), time)
  }
  const left = wanted.filter((search) => !known.has(keyOf(search)))
  const until = performance.now() + 60_000 * Number(given.minutes)
  const pool = new Pool<TaskSearch, TaskTime>(new URL('schedulers/worker.ts', import.meta.url))
  await pool.run(left, (time) => {
    known.set(keyOf(time.search), time)
    if (given.rows !== '') appendFileSync(given.rows, `${JSON.stringify(time)}\n`)
    return performance.now() < until
  })
  const open = wanted.filter((search) => !known.has(keyOf(search)))
  if (open.length > 0) console.error(`${open.length} of ${wanted.length} searches are left: --rows FILE goes on later.`)
  const done = Math.min(...open.map(({ seed }) => seed), seeds.length)
  if (done === 0 || (open.length > 0 && given.save)) {
    console.error('There is nothing to say, or to save, yet.')
    process.exit(3)
  }
  return wanted.filter(({ seed }) => seed < done).map((search) => known.get(keyOf(search))!)
}

/** The same wherever the data lie. */
function keyOf(search: TaskSearch): string {
  return JSON.stringify({ ...search, data: '' })
}

interface Summary {
  /** Tasks with a number of workers. */
  readonly cells: number
  readonly meanSeconds: number
  readonly reachedShare: number
  /** At least, of each cell. */
  readonly seeds: number
}

/** The geometric mean, over tasks and numbers of workers, of the median time over seeds; not reached is the horizon. */
function summed(some: readonly Cell[], reachedOf: (cell: Cell) => readonly (number | null)[]): Summary {
  let logs = 0
  let reached = 0
  let runs = 0
  let least = Infinity
  for (const cell of some) {
    const each = reachedOf(cell)
    logs += Math.log(median(each.map((time) => time ?? cell.task.horizon)))
    reached += each.filter((time) => time !== null).length
    runs += each.length
    least = Math.min(least, each.length)
  }
  const meanSeconds = round(Math.exp(logs / some.length))
  return { cells: some.length, meanSeconds, reachedShare: round(reached / runs), seeds: least }
}

/** Three significant digits. */
function round(value: number): number {
  return Number(value.toPrecision(3))
}
