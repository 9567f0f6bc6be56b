// Watches a tracker while trials report: how soon each step of them can be read there.
import { setTimeout as sleep } from 'node:timers/promises'

import type { Reader } from './readers.ts'

export interface Watched {
  /** When reports were sent, by trial, in milliseconds since 1970. */
  readonly sentMs: readonly (readonly number[])[]
  /** When each look was over, and the newest readable step of each trial then. */
  readonly looks: readonly Look[]
}

export interface Look {
  readonly atMs: number
  readonly steps: ReadonlyMap<number, number>
}

export interface Logged {
  /** Reports over the seconds from the first one to the last one's being readable. */
  readonly perSecond: number
  /** From a report to its being readable, 99th percentile; 0 where nobody looked. */
  readonly lagS: number
}

/** Milliseconds without a new step after which nothing is expected any more; Ray Tune takes long to begin. */
const patienceMs = 240_000

/** Looks every `periodMs` until each of `trials` has `reports` steps. */
export async function watch(reader: Reader, trials: number, reports: number, periodMs: number): Promise<Look[]> {
  const looks: Look[] = []
  let newest = 0
  let newestMs = now()
  for (;;) {
    const steps = await reader()
    looks.push({ atMs: now(), steps })
    const known = [...steps.values()].reduce((sum, step) => sum + step, 0)
    if (known >= trials * reports) return looks
    if (known > newest) newestMs = now()
    newest = known
    if (now() - newestMs > patienceMs) throw new Error(`${trials * reports - known} reports never became readable`)
    await sleep(periodMs)
  }
}

export function summary({ sentMs, looks }: Watched): Logged {
  const lags: number[] = []
  for (const [trial, sent] of sentMs.entries()) {
    let seen = 0
    for (const { atMs, steps } of looks) {
      const newest = Math.min(steps.get(trial) ?? 0, sent.length)
      for (; seen < newest; seen++) lags.push(atMs - sent[seen]!)
    }
  }
  const firstMs = Math.min(...sentMs.map((sent) => sent[0]!))
  const lastMs = looks.at(-1)!.atMs
  const sorted = lags.toSorted((a, b) => a - b)
  const reports = sentMs.reduce((sum, sent) => sum + sent.length, 0)
  return {
    perSecond: (1_000 * reports) / (lastMs - firstMs),
    lagS: (sorted[Math.floor(0.99 * sorted.length)] ?? 0) / 1_000,
  }
}

export function now(): number {
  return performance.timeOrigin + performance.now()
}
