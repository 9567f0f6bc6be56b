import { finiteAbove, knownOptions } from '../base/check.ts'
import { asha } from './asha.ts'
import { medianStopping } from './median-stopping.ts'
import { pairedTest } from './paired-test.ts'
import type { SchedulerFactory } from './scheduler.ts'

export interface AutoSchedulerOptions {
  /** The step of a complete training. Default: not known. */
  readonly maxT?: number
  /** The step at which trials may be judged first. Default: the smallest that `asha` takes. */
  readonly graceT?: number
  /** Whether reports are the folds of a cross-validation. Default: false. */
  readonly folds?: boolean
}

/** Ratio of the longest to the shortest training from which on successive halving has two rungs to halve at. */
const ratio = 9

/**
 * Chooses the scheduler by rule: the paired test where reports are folds; ASHA where the maximal resource is known and at least
 * nine times the least; median stopping otherwise, which needs no limit. A trainable that never reports runs to its end under each.
 */
export function autoScheduler(options: AutoSchedulerOptions = {}): SchedulerFactory {
  knownOptions('autoScheduler()', options, ['maxT', 'graceT', 'folds'])
  return { ...chosen(options), name: 'auto', options: { ...options } }
}

function chosen({ maxT, graceT, folds }: AutoSchedulerOptions): SchedulerFactory {
  if (folds === true) return pairedTest()
  const grace = graceT === undefined ? {} : { graceT }
  if (maxT === undefined) return medianStopping(grace)
  const least = graceT ?? Math.min(1, maxT / ratio)
  return finiteAbove('autoScheduler(): maxT', maxT, 0) / least >= ratio
    ? asha({ maxT, ...grace })
    : medianStopping(grace)
}
