// Runs the peers of bench:schedulers and writes what they did to bench/peers/schedulers.json. Hours for slow methods; goes on where it was.
//   npm run peers:schedulers -- --data FOLDER [--rows FOLDER] [--minutes 30]
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
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

const { tasks } = tasksIn(given.data)
mkdirSync(given.rows, { recursive: true })
exportTasks(tasks, join(given.rows, 'tasks'))
const recorded: Record<string, object> = {}
for (const [name, seedsOf] of Object.entries(methods)) {
  const python = await environment(name)
  for (const [method, seeds] of Object.entries(seedsOf)) {
    const file = join(given.rows, `${method}.jsonl`)
    const script = fileURLToPath(new URL('peers.py', import.meta.url))
    const args = [script, join(given.rows, 'tasks'), method, String(seeds), file, '--minutes', given.minutes]
    execFileSync(python, args, { stdio: ['ignore', 'inherit', 'ignore'] })
    const rows = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Row)
    const whole = wholeSeeds(rows)
    console.log(`${method}: ${whole} whole seeds`)
    if (whole > 0) recorded[method] = { seeds: whole, reached: byTask(rows, whole) }
  }
}
const versions = { ray: '2.60.0', 'syne-tune': '0.13.0' }
const about =
  'Virtual seconds until the incumbent was within the aim, one a seed from 0 on; null: not within the horizon. Written by npm run peers:schedulers.'
writeFileSync(
  new URL('../peers/schedulers.json', import.meta.url),
  `${JSON.stringify({ about, versions, methods: recorded })}\n`,
)

/** Seeds that every task has with each number of workers. */
function wholeSeeds(rows: readonly Row[]): number {
  const counts = tasks.flatMap(({ name }) =>
    [4, 16].map((workers) => rows.filter((row) => row.task === name && row.workers === workers).length),
  )
  return Math.min(...counts)
}

function byTask(rows: readonly Row[], seeds: number): object {
  return Object.fromEntries(
    tasks.map(({ name }) => [
      name,
      Object.fromEntries(
        [4, 16].map((workers) => [
          workers,
          rows
            .filter((row) => row.task === name && row.workers === workers && row.seed < seeds)
            .toSorted((a, b) => a.seed - b.seed)
            .map(({ reached }) => reached),
        ]),
      ),
    ]),
  )
}
