// One measurement of `bench:overhead`, named by the argument, on the built package. Prints { value, cpuUs? } as JSON.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Study, Tuner, memory, random, sqlite, tpe, uniform } from 'trialist'
import type { StoreFactory } from 'trialist'

interface Measured {
  readonly value: number
  readonly cpuUs?: number
}

const folder = mkdtempSync(join(tmpdir(), 'trialist-bench-'))
const measurements: Record<string, () => Measured | Promise<Measured>> = {
  helloWorld,
  inline: () => rate(300_000, memory()),
  durable: () => rate(150_000, sqlite({ root: folder })),
  durablePower: () => rate(20_000, sqlite({ root: folder, durability: 'power' })),
  resume,
  bytes,
  tpeAsk,
}

try {
  console.log(JSON.stringify(await measurements[process.argv[2]!]!()))
} finally {
  rmSync(folder, { recursive: true })
}

/** Process start to the best of 10 trials, SQLite store. */
function helloWorld(): Measured {
  const script = fileURLToPath(new URL('hello-world.js', import.meta.url))
  const start = performance.now()
  execFileSync(process.execPath, [script], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
  return { value: performance.now() - start }
}

/** Trials a second: 4 parameters drawn, one report each, concurrency 64. */
async function rate(trials: number, store: StoreFactory): Promise<Measured> {
  await noop('warm-up', 5_000, 1, store).fit()
  const tuner = noop('rate', trials, 1, store)
  const cpu = process.cpuUsage()
  const start = performance.now()
  await tuner.fit()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { value: trials / seconds, cpuUs: (user + system) / trials }
}

/** From a closed log of 100,000 trials with 10 reports each to the first new trial. Milliseconds. */
async function resume(): Promise<Measured> {
  const store = sqlite({ root: folder })
  await noop('resume', 100_000, 10, store).fit()
  let started = 0
  const start = performance.now()
  const more = new Tuner({
    ...options('resume', 100_001, store),
    trainable: async ({ report, config }) => {
      started = performance.now()
      await report({ loss: config.a })
    },
  })
  await more.fit({ resume: true })
  return { value: started - start }
}

/** Memory a finished trial of 10 reports costs, between 10,000 and 110,000 of them. Bytes. */
async function bytes(): Promise<Measured> {
  const usage: number[] = []
  let finished = 0
  const tuner = new Tuner({
    ...options('bytes', 110_100, sqlite({ root: folder })),
    trainable: async ({ report, config }) => {
      for (let step = 1; step <= 10; step++) await report({ loss: config.a + step })
      finished += 1
      if (finished === 10_000 || finished === 110_000) usage.push(memoryUsed())
    },
  })
  await tuner.fit()
  return { value: (usage[1]! - usage[0]!) / 100_000 }
}

function memoryUsed(): number {
  for (let i = 0; i < 4; i++) globalThis.gc!()
  const { heapUsed, external } = process.memoryUsage()
  // `external` includes the array buffers.
  return heapUsed + external
}

/** One TPE suggestion with the tell before it, 10 dimensions, after 1,000 trials: median of 200. Milliseconds. */
function tpeAsk(): Measured {
  const space = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`x${i}`, uniform(0, 1)]))
  const study = new Study({ space, metric: 'loss', searcher: tpe(), seed: 1 })
  const times: number[] = []
  for (let trial = 0; trial < 1_200; trial++) {
    const start = performance.now()
    const { trial: number, config } = study.ask()
    const loss = Object.values(config as Record<string, number>).reduce((sum, x) => sum + (x - 0.3) ** 2, 0)
    study.tell(number, { loss })
    if (trial >= 1_000) times.push(performance.now() - start)
  }
  return { value: times.toSorted((a, b) => a - b)[100]! }
}

function options(name: string, trials: number, store: StoreFactory) {
  return {
    name,
    space: { a: uniform(0, 1), b: uniform(0, 1), c: uniform(0, 1), d: uniform(0, 1) },
    metric: 'loss',
    searcher: random(),
    seed: 1,
    concurrency: 64,
    log: () => {},
    trials,
    store,
  } as const
}

function noop(name: string, trials: number, reports: number, store: StoreFactory) {
  return new Tuner({
    ...options(name, trials, store),
    trainable: async ({ report, config }) => {
      for (let step = 1; step <= reports; step++) await report({ loss: config.a })
    },
  })
}
