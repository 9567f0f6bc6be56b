// Runs the peers of bench:schedulers and writes what they did to bench/peers/schedulers.json. Hours for slow methods; goes on where it was: with
// what is in that file, and in the folder of rows where a run was cut off.
//   npm run peers:schedulers -- --data FOLDER [--rows FOLDER] [--minutes 30] [--methods ray-median,syne-pasha]
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { environment } from '../../scripts/environment.ts'
import { exportTasks } from './export.ts'
import { tasksIn } from './tasks.ts'

/** Seeds of each method, by the environment that it runs in. */
const methods: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ray: { random: 20, 'one-epoch': 20, 'ray-asha': 20, 'ray-hyperband': 20, 'ray-median': 3 },
  'syne-tune': {
    'syne-hyperband': 20,
    'syne-asha': 5,
    'syne-asha-promotion': 5,
    'syne-pasha': 5,
    'syne-bohb': 1,
    'syne-mobster': 1,
    'syne-hypertune': 1,
    'syne-dyhpo': 1,
  },
}

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: process.env['TRIALIST_BENCHDATA'] ?? '' },
    rows: { type: 'string', default: '.trialist/peers' },
    /** Of each method. */
    minutes: { type: 'string', default: '30' },
    /** Default: all. */
    methods: { type: 'string', default: '' },
  },
})
if (given.data === '') {
  console.error('peers:schedulers needs learning curves: pass --data FOLDER, or set TRIALIST_BENCHDATA.')
  process.exit(2)
}

interface Row {
  readonly task: string
  readonly workers: number
  readonly seed: number
  readonly reached: number | null
}

/** By task and number of workers, one a seed from 0 on; of a method that is not done some lists are shorter. */
type Reached = Record<string, Record<string, (number | null)[]>>

interface Recorded {
  readonly about: string
  readonly versions: Readonly<Record<string, string>>
  /** `seeds`: those that every task has. */
  readonly methods: Record<string, { readonly seeds: number; readonly reached: Reached }>
}

const { tasks } = tasksIn(given.data)
mkdirSync(given.rows, { recursive: true })
exportTasks(tasks, join(given.rows, 'tasks'))
const output = new URL('../peers/schedulers.json', import.meta.url)
const recorded = JSON.parse(readFileSync(output, 'utf8')) as Recorded
for (const [name, seedsOf] of Object.entries(methods)) {
  const wanted = Object.entries(seedsOf).filter(([method]) => isWanted(method))
  if (wanted.length === 0) continue
  const python = await environment(name)
  for (const [method, seeds] of wanted) {
    const file = join(given.rows, `${method}.jsonl`)
    if (!existsSync(file)) writeFileSync(file, linesOf(method))
    const script = fileURLToPath(new URL('peers.py', import.meta.url))
    const args = [script, join(given.rows, 'tasks'), method, String(seeds), file, '--minutes', given.minutes]
    execFileSync(python, args, { stdio: ['ignore', 'inherit', 'ignore'] })
    const rows = rowsIn(file)
    const whole = wholeSeeds(rows)
    console.log(`${method}: ${rows.length} searches, ${whole} whole seeds`)
    if (rows.length > 0) recorded.methods[method] = { seeds: whole, reached: byTask(rows) }
    writeFileSync(output, `${JSON.stringify(recorded)}\n`)
  }
}

function isWanted(method: string): boolean {
  return given.methods === '' || given.methods.split(',').includes(method)
}

/** What is recorded of a method, as peers.py writes it. */
function linesOf(method: string): string {
  const rows = Object.entries(recorded.methods[method]?.reached ?? {}).flatMap(([task, byWorkers]) =>
    Object.entries(byWorkers).flatMap(([workers, times]) =>
      times.map((reached, seed) => ({ method, task, workers: Number(workers), seed, reached })),
    ),
  )
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

function rowsIn(file: string): readonly Row[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
}

/** Seeds that every task has with each number of workers. */
function wholeSeeds(rows: readonly Row[]): number {
  const counts = tasks.flatMap(({ name }) =>
    [4, 16].map((workers) => rows.filter((row) => row.task === name && row.workers === workers).length),
  )
  return Math.min(...counts)
}

/** Of each task the seeds from 0 on without a gap. */
function byTask(rows: readonly Row[]): Reached {
  const timesOf = (task: string, workers: number): (number | null)[] => {
    const own = rows.filter((row) => row.task === task && row.workers === workers)
    return own.toSorted((a, b) => a.seed - b.seed).flatMap(({ seed, reached }, i) => (seed === i ? [reached] : []))
  }
  return Object.fromEntries(
    tasks.map(({ name }) => [
      name,
      Object.fromEntries([4, 16].map((workers) => [workers, timesOf(name, workers)] as const)),
    ]),
  )
}
