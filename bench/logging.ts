// What loggers cost: 8 trials offer 1,000 reports a second together, 3 metrics each, with a logger and without.
// `npm run bench:logging [-- --seconds 30] [--json] [--no-ray]`. A ratio is the reports divided by the seconds from the first one to the
// last one's being readable in the tracker, over the same without a logger, where being taken is enough; a lag is the time from a
// report to its being readable, 99th percentile. Beside them what MLflow's server takes of a plain script with requests of 1,000
// metrics, and Ray Tune's own loggers on the same load, with fewer reports: it takes less than 1,000 a second.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { Tuner, csvLogger, mlflow, sqlite, tensorBoard, uniform } from 'trialist'
import type { Callback } from 'trialist'

import { EnvironmentFailure, environment } from '../scripts/environment.ts'
import { capacity, mlflowServer } from './logging/mlflow-server.ts'
import { csvReader, eventsReader, mlflowReader } from './logging/readers.ts'
import type { Reader } from './logging/readers.ts'
import { now, summary, watch } from './logging/watch.ts'
import type { Logged, Look } from './logging/watch.ts'

const trials = 8
const perSecond = 1_000
/** Looks at files cost nothing; one at runs in MLflow takes its server as long as some hundred metrics do. */
const filesEveryMs = 100
const runsEveryMs = 1_000
const capacitySeconds = 8
/** Seconds' worth of reports for Ray Tune. */
const raySeconds = { off: 4, csv: 4, tensorboard: 4, mlflow: 0.25 }

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
    'no-ray': { type: 'boolean', default: false },
  },
})
const seconds = Number(options.seconds)
const reports = reportsIn(seconds)
const folder = mkdtempSync(join(tmpdir(), 'trialist-logging-'))
const figures: Record<string, unknown> = { seconds, trials, node: process.version }
try {
  const server = await mlflowServer(folder)
  try {
    figures['mlflowServerMetricsPerSec'] = rounded(await capacity(server.uri, capacitySeconds))
    await ours(server.uri)
    if (!options['no-ray']) await rays(server.uri)
  } finally {
    server.stop()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(options.json ? JSON.stringify(figures) : figures)

async function ours(uri: string): Promise<void> {
  const off = await measure('off')
  note('', 'off', off)
  const trialsOf = (name: string) => join(folder, name, 'trials')
  const csv = { logger: csvLogger(), reader: csvReader(trialsOf('csv')), everyMs: filesEveryMs }
  note('', 'csv', await measure('csv', csv), off)
  const events = { logger: tensorBoard(), reader: eventsReader(trialsOf('tensorboard')), everyMs: filesEveryMs }
  note('', 'tensorboard', await measure('tensorboard', events), off)
  const runs = {
    logger: mlflow({ trackingUri: uri }),
    reader: mlflowReader(uri, 'mlflow', 'rate'),
    everyMs: runsEveryMs,
  }
  note('', 'mlflow', await measure('mlflow', runs), off)
}

async function rays(uri: string): Promise<void> {
  const interpreter = await environment('ray').catch((error: unknown) => {
    if (!(error instanceof EnvironmentFailure)) throw error
    console.error(`no Ray Tune: ${error.message}`)
    return undefined
  })
  if (interpreter === undefined) return
  const root = (which: string) => join(folder, 'ray', which, which)
  const off = await measureRay(interpreter, 'off', uri)
  note('ray', 'off', off)
  note('ray', 'csv', await measureRay(interpreter, 'csv', uri, csvReader(root('csv')), filesEveryMs), off)
  const events = eventsReader(root('tensorboard'))
  note('ray', 'tensorboard', await measureRay(interpreter, 'tensorboard', uri, events, filesEveryMs), off)
  const runs = mlflowReader(uri, 'ray', 'rate')
  note('ray', 'mlflow', await measureRay(interpreter, 'mlflow', uri, runs, runsEveryMs), off)
}

function note(whose: string, name: string, logged: Logged, off?: Logged): void {
  const own = (field: string) => (whose === '' ? field : whose + field[0]!.toUpperCase() + field.slice(1))
  figures[own(`${name}ReportsPerSec`)] = rounded(logged.perSecond)
  if (off === undefined) return
  figures[own(`${name}Ratio`)] = rounded(logged.perSecond / off.perSecond)
  figures[own(`${name}LagS`)] = rounded(logged.lagS)
}

interface Tracker {
  readonly logger: Callback
  readonly reader: Reader
  readonly everyMs: number
}

async function measure(name: string, tracker?: Tracker): Promise<Logged> {
  const sentMs = Array.from({ length: trials }, () => [] as number[])
  const watching = tracker && watch(tracker.reader, trials, reports, tracker.everyMs)
  const tuner = new Tuner({
    name,
    space: { x: uniform(0, 1) },
    metric: 'loss',
    trials,
    concurrency: trials,
    trainable: async ({ report, trial, config }) => {
      const begin = performance.now()
      for (let i = 0; i < reports; i++) {
        const dueMs = begin + (i * 1_000 * trials) / perSecond - performance.now()
        if (dueMs > 1) await sleep(dueMs)
        sentMs[trial]!.push(now())
        await report({ loss: config.x / (i + 1), accuracy: i, rate: config.x })
      }
    },
    callbacks: tracker === undefined ? [] : [tracker.logger],
    store: sqlite({ root: folder }),
    log: () => {},
  })
  const taken = tuner.fit().then((): Look[] => [{ atMs: now(), steps: new Map() }])
  const [end, looks] = await Promise.all([taken, watching])
  return summary({ sentMs, looks: looks ?? end })
}

interface RayRun {
  readonly sentMs: readonly (readonly number[])[]
  readonly takenMs: readonly number[]
}

async function measureRay(
  interpreter: string,
  which: keyof typeof raySeconds,
  uri: string,
  reader?: Reader,
  everyMs = 0,
): Promise<Logged> {
  const count = reportsIn(raySeconds[which])
  const own = join(folder, 'ray', which)
  mkdirSync(own, { recursive: true })
  const watching = reader && watch(reader, trials, count, everyMs)
  const script = join(import.meta.dirname, 'logging', 'ray_peer.py')
  const args = [script, which, own, String(trials), String(count), String(perSecond), uri]
  const [line, looks] = await Promise.all([lastLine(interpreter, args), watching])
  const { sentMs, takenMs } = JSON.parse(line) as RayRun
  return summary({ sentMs, looks: looks ?? [{ atMs: Math.max(...takenMs), steps: new Map() }] })
}

async function lastLine(program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const code = await new Promise((settle, fail) => child.once('error', fail).once('close', settle))
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${String(code)}`)
  return output.trim().split('\n').at(-1)!
}

/** Of each trial. */
function reportsIn(duration: number): number {
  return Math.round((duration * perSecond) / trials)
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
