// Schedulers on learning curves of LCBench, ARLBench and AlgoPerf, on virtual time: ours through the whole tuner, beside what peers
// did on the same curves and the same clock (bench/peers/schedulers.json, written by `npm run peers:schedulers`).
//   node bench/schedulers.ts --data FOLDER [--seeds 20] [--split dev|test] [--ours auto+auto,random+asha] [--json] [--save]
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { Pool } from './pool.ts'
import { median } from './quality/statistics.ts'
import { finish } from './results.ts'
import { isDev, tasksIn } from './schedulers/tasks.ts'
import type { TaskSearch, TaskTime } from './schedulers/worker.ts'

const workers = [4, 16] as const

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: process.env['TRIALIST_BENCHDATA'] ?? '' },
    seeds: { type: 'string', default: '20' },
    split: { type: 'string', default: 'all' },
    ours: { type: 'string', default: 'auto+auto,random+asha,random+median' },
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
const seeds = Number(given.seeds)

/** Schedulers that are told how long a training is. */
const bounded = new Set(['auto', 'asha', 'hyperband'])
const searches: TaskSearch[] = given.ours.split(',').flatMap((ours) => {
  const [searcher, scheduler] = ours.split('+') as [string, string]
  return tasks.flatMap(({ name: task, steps }) =>
    workers.flatMap((count) =>
      Array.from({ length: seeds }, (_, seed) => ({
        data: given.data,
        task,
        scheduler,
        options: bounded.has(scheduler) ? { maxT: steps } : {},
        searcher,
        workers: count,
        seed,
      })),
    ),
  )
})
const times = await new Pool<TaskSearch, TaskTime>(new URL('schedulers/worker.ts', import.meta.url)).run(searches)

interface Peers {
  readonly methods: Readonly<
    Record<
      string,
      { readonly seeds: number; readonly reached: Readonly<Record<string, Record<string, (number | null)[]>>> }
    >
  >
}
const peers = JSON.parse(readFileSync(new URL('peers/schedulers.json', import.meta.url), 'utf8')) as Peers

const method: Record<string, { meanSeconds: number; reachedShare: number; seeds: number }> = {}
for (const ours of given.ours.split(',')) {
  const own = times.filter(({ search }) => `${search.searcher}+${search.scheduler}` === ours)
  method[ours] = summed(seeds, (task, count) =>
    own.filter(({ search }) => search.task === task && search.workers === count).map(({ reached }) => reached),
  )
}
for (const [name, { seeds: known, reached }] of Object.entries(peers.methods)) {
  method[name] = summed(known, (task, count) => reached[task]![count]!)
}
const mine = method['auto+auto'] ?? method[given.ours.split(',')[0]!]!
const [bestPeer] = Object.keys(peers.methods).toSorted((a, b) => method[a]!.meanSeconds - method[b]!.meanSeconds)
const figures = {
  timeRatioVsRayAsha: round(mine.meanSeconds / method['ray-asha']!.meanSeconds),
  timeRatioVsBestPeer: round(mine.meanSeconds / method[bestPeer!]!.meanSeconds),
  bestPeer,
  tasks: tasks.length,
  split: given.split,
  missing,
  method,
}
finish('schedulers', figures, {}, { json: given.json, save: given.save })

/** The geometric mean, over tasks and numbers of workers, of the median time over seeds; not reached is the horizon. */
function summed(
  count: number,
  reachedOf: (task: string, workers: number) => readonly (number | null)[],
): { meanSeconds: number; reachedShare: number; seeds: number } {
  let logs = 0
  let reached = 0
  let runs = 0
  for (const { name, horizon } of tasks) {
    for (const at of workers) {
      const each = reachedOf(name, at)
      logs += Math.log(median(each.map((time) => time ?? horizon)))
      reached += each.filter((time) => time !== null).length
      runs += each.length
    }
  }
  const meanSeconds = Math.exp(logs / (tasks.length * workers.length))
  return { meanSeconds: round(meanSeconds), reachedShare: round(reached / runs), seeds: count }
}

/** Three significant digits. */
function round(value: number): number {
  return Number(value.toPrecision(3))
}
