// How long a report of one trial takes while others end and a Gaussian process of 500 trials answers for them: the real tuner on real
// time, with the durable store.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { purpose, stream } from '../../src/base/random.ts'
import { Tuner, gp, sqlite, uniform } from '../../src/index.ts'
import { percentile } from '../quality/statistics.ts'

const dimensions = 10
const known = 500
/** Trials that end, each of which makes the process fit and suggest. */
const others = 60

/** In milliseconds, but for the number of reports. */
export interface ReportTimes extends Readonly<Record<string, number>> {
  readonly reportP99Ms: number
  readonly reportMostMs: number
  readonly reports: number
  /** From a trial's end to the start of the one that its slot is given to, the median. */
  readonly nextTrialMs: number
}

export async function reportTimes(loss: (point: Float64Array) => number): Promise<ReportTimes> {
  const random = stream(2, purpose.simulate)
  const names = Array.from({ length: dimensions }, (_, i) => `x${i}`)
  const space = Object.fromEntries(names.map((name) => [name, uniform(0, 1)]))
  const knownResults = Array.from({ length: known }, () => {
    const point = new Float64Array(dimensions).map(() => random.float())
    return { config: Object.fromEntries(names.map((name, i) => [name, point[i]!])), metrics: { loss: loss(point) } }
  })
  const root = mkdtempSync(join(tmpdir(), 'trialist-bench-'))
  const times: number[] = []
  const waits: number[] = []
  const free: number[] = []
  const over: number[] = []
  try {
    await new Tuner({
      name: 'reports',
      space,
      metric: 'loss',
      searcher: gp(),
      seed: 1,
      knownResults,
      trials: others + 1,
      concurrency: 4,
      store: sqlite({ root }),
      callbacks: [],
      trainable: async ({ config, report, trial }) => {
        const value = loss(Float64Array.from(names, (name) => config[name]!))
        if (trial !== known) {
          const since = free.shift()
          if (since !== undefined) waits.push(performance.now() - since)
          await delay(5)
          await report({ loss: value })
          over.push(trial)
          free.push(performance.now())
          return
        }
        while (over.length < others) {
          const before = performance.now()
          await report({ loss: value })
          times.push(performance.now() - before)
          await delay(1)
        }
      },
    }).fit()
  } finally {
    rmSync(root, { recursive: true })
  }
  return {
    reportP99Ms: percentile(times, 0.99),
    reportMostMs: percentile(times, 1),
    reports: times.length,
    nextTrialMs: percentile(waits, 0.5),
  }
}
