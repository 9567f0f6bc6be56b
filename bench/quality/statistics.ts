// Figures of curves: all of medians over seeds, so that peers with other seeds can be compared.
import { purpose, stream } from '../../src/base/random.ts'

/** Best losses by seed at some number of evaluations. */
export type Results = Readonly<Record<string, Readonly<Record<string, readonly (readonly number[])[]>>>>

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The least value that is at least so large a share of all, from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Differences in normalised regret below this are ties. */
export const tie = 0.01

/** The rank of `own` among others, ties counted half; from 1. */
export function rankOf(own: number, others: readonly number[], tolerance: number = 0): number {
  const better = others.filter((other) => other < own - tolerance).length
  const equal = others.filter((other) => Math.abs(other - own) <= tolerance).length
  return 1 + better + equal / 2
}

/** The 5th and 95th percentile of a statistic of resampled seeds. */
export function bootstrap(seeds: number, statistic: (sample: readonly number[]) => number): readonly [number, number] {
  const random = stream(1, purpose.simulate)
  const values = Array.from({ length: 1_000 }, () => {
    return statistic(Array.from({ length: seeds }, () => random.below(seeds)))
  }).toSorted((a, b) => a - b)
  return [values[50]!, values[950]!]
}
