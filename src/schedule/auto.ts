import { finiteAbove, knownOptions } from '../base/check.ts'
import { asha } from './asha.ts'
import { medianStopping } from './median-stopping.ts'
import { pairedTest } from './paired-test.ts'
import type { SchedulerFactory } from './scheduler.ts'

export interface AutoSchedulerOptions {
  /** The step of a complete training. Default: not known. */
  readonly maxT?: number
  /** The step at which trials may be judged first. Default: maxT / 27 but at least 1; maxT / 27 where `maxT` is 1 or less. */
  readonly graceT?: number
  /** Whether reports are the folds of a cross-validation. Default: false. */
  readonly folds?: boolean
}

/**
 * A complete training by the default of `graceT`: three rungs of ASHA. What the first hundredth of a training says is often chance, as
 * networks have not begun to learn.
 */
const graceShare = 1 / 27
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
  if (maxT === undefined) return medianStopping(graceT === undefined ? {} : { graceT })
  const part = graceShare * finiteAbove('autoScheduler(): maxT', maxT, 0)
  const first = graceT ?? (maxT <= 1 ? part : Math.max(1, part))
  return maxT / first >= ratio ? asha({ maxT, graceT: first }) : medianStopping({ graceT: first })
}
