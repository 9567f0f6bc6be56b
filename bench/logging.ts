// What loggers cost: 8 trials offer 1,000 reports a second together, 3 metrics each, with a logger and without.
// `npm run bench:logging [-- --seconds 30] [--json]`. A ratio is the reports divided by the seconds until the last one is readable
// in the tracker, over the same without a logger; a lag is the time from a report to its being readable, 99th percentile.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { Tuner, csvLogger, mlflow, sqlite, tensorBoard, uniform } from 'trialist'
import type { Callback } from 'trialist'

import { environment } from '../scripts/environment.ts'

const trials = 8
const perSecond = 1_000
const pollMs = 100
const given = process.argv.indexOf('--seconds')
const seconds = given < 0 ? 30 : Number(process.argv[given + 1])
const reports = Math.round((seconds * perSecond) / trials)
const folder = mkdtempSync(join(tmpdir(), 'trialist-logging-'))

/** The newest readable step of a trial. */
type Newest = (root: string, trial: number) => number | Promise<number>

interface Measured {
  readonly perSecond: number
  readonly lagS: number
}

const figures: Record<string, number | string> = { seconds, trials, node: process.version }
try {
  const off = await measure('off', undefined, undefined)
  figures['offReportsPerSec'] = rounded(off.perSecond)
  note('csv', await measure('csv', csvLogger(), newestOfCsv), off)
  note('tensorboard', await measure('tensorboard', tensorBoard(), newestOfEvents), off)
  const server = await serve()
  try {
    note('mlflow', await measure('mlflow', mlflow({ trackingUri: server.uri }), newestOfRun(server.uri)), off)
  } finally {
    process.kill(-server.process.pid!, 'SIGKILL')
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(JSON.stringify(figures))

function note(name: string, { perSecond: rate, lagS }: Measured, off: Measured): void {
  figures[`${name}Ratio`] = rounded(rate / off.perSecond)
  figures[`${name}LagS`] = rounded(lagS)
}

async function measure(name: string, logger: Callback | undefined, newest: Newest | undefined): Promise<Measured> {
  const sent = Array.from({ length: trials }, () => [] as number[])
  const lags: number[] = []
  const seen = new Array<number>(trials).fill(0)
  const startMs = performance.now()
  let over = newest === undefined
  const watching = (async () => {
    while (!over) {
      await sleep(pollMs)
      for (let trial = 0; trial < trials; trial++) {
        const step = await newest!(join(folder, name), trial)
        const now = performance.now()
        for (; seen[trial]! < step; seen[trial]! += 1) lags.push(now - sent[trial]![seen[trial]!]!)
      }
      over = seen.every((steps) => steps >= reports)
    }
  })()
  await new Tuner({
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
        sent[trial]!.push(performance.now())
        await report({ loss: config.x / (i + 1), accuracy: i, rate: config.x })
      }
    },
    callbacks: logger === undefined ? [] : [logger],
    store: sqlite({ root: folder }),
    log: () => {},
  }).fit()
  await watching
  const took = (performance.now() - startMs) / 1_000
  const sorted = lags.toSorted((a, b) => a - b)
  return { perSecond: (trials * reports) / took, lagS: (sorted[Math.floor(0.99 * sorted.length)] ?? 0) / 1_000 }
}

function newestOfCsv(root: string, trial: number): number {
  const path = join(root, 'trials', String(trial), 'progress.csv')
  if (!existsSync(path)) return 0
  const [header = '', ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n')
  const column = header.split(',').indexOf('training_iteration')
  return Number(lines.at(-1)?.split(',')[column] ?? 0)
}

/** Events begin with their time (tag and 8 bytes), then their step (tag and varint); scalars are a summary, field 5. */
function newestOfEvents(root: string, trial: number): number {
  const own = join(root, 'trials', String(trial))
  const file = existsSync(own) ? readdirSync(own).find((name) => name.startsWith('events.')) : undefined
  if (file === undefined) return 0
  const data = readFileSync(join(own, file))
  let newest = 0
  for (let at = 0; at + 12 < data.length;) {
    const length = Number(data.readBigUInt64LE(at))
    let step = 0
    let place = at + 12 + 10
    for (let shift = 0; ; shift += 7) {
      const byte = data[place++]!
      step |= (byte & 127) << shift
      if (byte < 128) break
    }
    if (data[place] === 42) newest = Math.max(newest, step)
    at += 16 + length
  }
  return newest
}

/** By MLflow's own interface, which answers the newest value of each metric with its step. */
function newestOfRun(uri: string): Newest {
  return async (root, trial) => {
    const path = join(root, 'mlflow.jsonl')
    if (!existsSync(path)) return 0
    const runs = readFileSync(path, 'utf8').trimEnd().split('\n')
    const run = runs
      .map((line) => JSON.parse(line) as { trial: number; id: string })
      .find((each) => each.trial === trial)
    if (run === undefined) return 0
    const answer = await fetch(`${uri}/api/2.0/mlflow/runs/get?run_id=${run.id}`)
    const found = (await answer.json()) as { run: { data: { metrics?: { key: string; step: number }[] } } }
    return found.run.data.metrics?.find(({ key }) => key === 'rate')?.step ?? 0
  }
}

async function serve(): Promise<{ readonly uri: string; readonly process: ChildProcess }> {
  const port = 5_100 + (process.pid % 800)
  const words = ['-m', 'mlflow', 'server', '--backend-store-uri', 'sqlite:///runs.db', '--host', '127.0.0.1']
  const args = [...words, '--port', String(port), '--workers', '1']
  const server = spawn(await environment('mlflow'), args, { cwd: folder, stdio: 'ignore', detached: true })
  const uri = `http://127.0.0.1:${port}`
  while ((await fetch(`${uri}/health`).catch(() => undefined))?.ok !== true) await sleep(200)
  return { uri, process: server }
}

function rounded(value: number): number {
  return Number(value.toPrecision(3))
}
