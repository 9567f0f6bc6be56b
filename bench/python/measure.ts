// One measurement of `bench:python`, named by the argument, on the built package; TRIALIST_PYTHON has torch. Prints
// { value, cpuUs?, workerCpuUs? } as JSON.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Tuner, python, random, sqlite, uniform } from 'trialist'
import type { Callback, PythonOptions, ResultGrid } from 'trialist'

interface Measured {
  readonly value: number
  /** CPU time of the engine for a unit, in microseconds. */
  readonly cpuUs?: number
  /** The same of all processes that it started and that have ended, where the system tells. */
  readonly workerCpuUs?: number
}

interface Job {
  readonly target: string
  readonly trials: number
  readonly concurrency: number
  readonly options?: PythonOptions
  readonly callbacks?: readonly Callback[]
}

const folder = mkdtempSync(join(tmpdir(), 'trialist-bench-'))
const interpreter = process.env['TRIALIST_PYTHON']!
const measurements: Record<string, () => Measured | Promise<Measured>> = {
  rayScript,
  rayApiTrials: () => rayApi('rayApiTrials'),
  rayApiReusedTrials: () => rayApi('rayApiReusedTrials'),
  rayApiReports: () => rayApi('rayApiReports'),
  trials: () => rate({ target: 'noop.py:train', trials: 1500, concurrency: 2 }),
  torchTrials: () => rate({ target: 'noop_torch.py:train', trials: 500, concurrency: 2 }),
  reusedTrials: () => rate({ target: 'noop.py:train', trials: 20_000, concurrency: 2, options: { reuse: true } }),
  torchTrialStart,
  reports,
  engineCpuUsPerReport,
}

try {
  console.log(JSON.stringify(await measurements[process.argv[2]!]!()))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** From the start of the process to its end, in milliseconds. */
function rayScript(): Measured {
  const env = { ...process.env, PYTHONPATH: fileURLToPath(new URL('../../python', import.meta.url)) }
  const script = fileURLToPath(new URL('ray_script.py', import.meta.url))
  const start = performance.now()
  execFileSync(interpreter, [script], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] })
  return { value: performance.now() - start }
}

/** Through the Ray-shaped API. */
function rayApi(what: string): Measured {
  const env = { ...process.env, PYTHONPATH: fileURLToPath(new URL('../../python', import.meta.url)) }
  const script = fileURLToPath(new URL('ray_api.py', import.meta.url))
  const printed = execFileSync(interpreter, [script, what], {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return JSON.parse(printed.trim().split('\n').at(-1)!) as Measured
}

/** Trials a second, from the first one's end to the last one's: the code has been imported by then. */
async function rate(job: Job): Promise<Measured> {
  let first = { atMs: 0, cpu: process.cpuUsage() }
  let last = first
  const timing: Callback = {
    onTrialEnd() {
      last = { atMs: performance.now(), cpu: process.cpuUsage() }
      if (first.atMs === 0) first = last
    },
  }
  const childrenUs = await childrenCpuUs()
  await run('rate', { ...job, callbacks: [timing] })
  const workers = (await childrenCpuUs()) - childrenUs
  const engine = last.cpu.user + last.cpu.system - first.cpu.user - first.cpu.system
  return {
    value: (1000 * (job.trials - 1)) / (last.atMs - first.atMs),
    cpuUs: engine / (job.trials - 1),
    ...(workers > 0 && { workerCpuUs: workers / job.trials }),
  }
}

/** From a trial's start in the engine to the first line of its function, after the first trial: the median in milliseconds. */
async function torchTrialStart(): Promise<Measured> {
  const starts: number[] = []
  const timing: Callback = {
    onTrialStart: ({ trial }) => {
      starts[trial] = performance.timeOrigin + performance.now()
    },
  }
  const results = await run('starts', {
    target: 'noop_torch.py:started',
    trials: 41,
    concurrency: 1,
    callbacks: [timing],
  })
  const waits = [...results].map(({ trial, metrics }) => metrics['started_ms']! - starts[trial]!)
  return { value: waits.slice(1).toSorted((a, b) => a - b)[20]! }
}

/** Acknowledged reports a second of one trial. */
async function reports(): Promise<Measured> {
  const { cpuUs, results } = await reporting(1, 40_000)
  const { metrics } = results.best
  return { value: 40_000 / metrics['seconds']!, cpuUs, workerCpuUs: metrics['cpu_us']! }
}

/** CPU time of the engine a report, 8 trials at once, in microseconds. */
async function engineCpuUsPerReport(): Promise<Measured> {
  const { cpuUs } = await reporting(8, 5_000)
  return { value: cpuUs }
}

async function reporting(trials: number, count: number): Promise<{ cpuUs: number; results: ResultGrid }> {
  const job = { target: 'noop.py:reports', trials, concurrency: trials }
  await run('warm-up', { ...job, options: { env: { BENCH_REPORTS: '2000' } } })
  const before = process.cpuUsage()
  const results = await run('reports', { ...job, options: { env: { BENCH_REPORTS: String(count) } } })
  const { user, system } = process.cpuUsage(before)
  return { cpuUs: (user + system) / (trials * count), results }
}

async function run(name: string, { target, trials, concurrency, options, callbacks }: Job): Promise<ResultGrid> {
  const path = join(import.meta.dirname, target)
  const tuner = new Tuner({
    name,
    space: { x: uniform(0, 1) },
    metric: 'loss',
    trainable: python(path, { ...options, interpreter }),
    trials,
    concurrency,
    searcher: random(),
    seed: 1,
    log: () => undefined,
    store: sqlite({ root: folder }),
    ...(callbacks && { callbacks }),
  })
  const results = await tuner.fit()
  const failed = [...results].find(({ state }) => state !== 'completed')
  if (failed !== undefined) throw new Error(`trial ${failed.trial} ${failed.state}: ${failed.failure?.message}`)
  return results
}

/** CPU time of children that have ended and of theirs, in microseconds; 0 where there is no /proc. */
async function childrenCpuUs(): Promise<number> {
  if (process.platform !== 'linux') return 0
  await sleep(500) // For the last to end.
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ').map(Number)
  return (fields[13]! + fields[14]!) * 10_000 // Ticks of 1/100 s: fields 16 and 17 of the whole line.
}
