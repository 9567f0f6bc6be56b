import { finiteAbove, knownOptions } from '../base/check.ts'
import { asha } from './asha.ts'
import { medianStopping } from './median-stopping.ts'
import { pairedTest } from './paired-test.ts'
import type { Event, PluginRecord, Reported } from '../trial/event.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Next, Scheduler, SchedulerContext, SchedulerFactory } from './scheduler.ts'

export interface AutoSchedulerOptions {
  /**
   * The step of a complete training. Default: that of a stopper `maxSteps` of the experiment, else the last of the first trial that
   * completes.
   */
  readonly maxT?: number
  /**
   * The step at which trials may be judged first. Default: maxT / 27, of short trainings 2 or, where that is less, maxT / 9, but at least 1;
   * maxT / 27 where `maxT` is 1 or less.
   */
  readonly graceT?: number
  /** Whether reports are the folds of a cross-validation. Default: false. */
  readonly folds?: boolean
}

/**
 * The default of `graceT` is this part of a training: what bad beginnings are ended so early pays for what is ended wrongly, as trials that
 * have a checkpoint may come again.
 */
const graceShare = 1 / 27
/** The first step alone often says nothing, as networks have not begun to learn; but of a short training the second is a large part. */
const graceSteps = 2
const graceShareMost = 1 / 9
/**
 * One in so many goes on from a rung: with a third, the configuration that the searcher rightly proposed is more often among those that are
 * ended, and where it has no checkpoint it does not come again.
 */
const halves = 2
/** Ratio of the longest to the shortest training from which on successive halving has two rungs to halve at. */
const ratio = 9

/**
 * Chooses the scheduler by rule: the paired test where reports are folds; ASHA, by which those that have checkpoints may come again
 * (`revival`), where a complete training is at least nine times the least; median stopping otherwise. Where neither `maxT` nor a stopper `maxSteps` says it, a training is as long as the first trial that completes; until then all
 * go on. A trainable that never reports runs to its end under each.
 */
export function autoScheduler(options: AutoSchedulerOptions = {}): SchedulerFactory {
  knownOptions('autoScheduler()', options, ['maxT', 'graceT', 'folds'])
  return { ...chosen(options), name: 'auto', options: { ...options } }
}

/** The record of this scheduler, or of one around it, with the step that the experiment's stoppers declare; others as they are. */
export function withDeclaredSteps(scheduler: PluginRecord, stoppers: readonly PluginRecord[]): PluginRecord {
  const { name, options } = scheduler
  if ((name === 'patience' || name === 'resourceChanging') && options['of'] !== undefined) {
    return { name, options: { ...options, of: withDeclaredSteps(options['of'] as PluginRecord, stoppers) } }
  }
  const maxT = declaredSteps(stoppers)
  const isOpen = name === 'auto' && options['maxT'] === undefined && options['folds'] !== true
  return isOpen && maxT !== undefined ? { name, options: { ...options, maxT } } : scheduler
}

/** The least step at which any of the stoppers ends every trial. */
function declaredSteps(stoppers: readonly PluginRecord[]): number | undefined {
  const steps = stoppers.flatMap(({ name, options }) => {
    if (name === 'anyOf') return declaredSteps(options['stoppers'] as readonly PluginRecord[]) ?? []
    return name === 'maxSteps' ? (options['steps'] as number) : []
  })
  return steps.length === 0 ? undefined : Math.min(...steps)
}

function chosen({ maxT, graceT, folds }: AutoSchedulerOptions): SchedulerFactory {
  if (folds === true) return pairedTest()
  if (maxT !== undefined) return halving(finiteAbove('autoScheduler(): maxT', maxT, 0), graceT, true)
  const least = medianStopping(graceT === undefined ? {} : { graceT })
  return { ...least, create: (context) => new Learning(context, graceT) }
}

function halving(maxT: number, graceT: number | undefined, completeAtMaxT: boolean): SchedulerFactory {
  const first = graceT ?? graceDefault(maxT)
  if (maxT / first < ratio) return medianStopping({ graceT: first })
  return asha({ maxT, graceT: first, eta: halves, type: 'revival', completeAtMaxT })
}

function graceDefault(maxT: number): number {
  const part = graceShare * maxT
  return maxT <= 1 ? part : Math.max(part, Math.min(graceSteps, graceShareMost * maxT), 1)
}

/** Finds out by itself how long a training is. */
class Learning implements Scheduler {
  readonly #context: SchedulerContext
  readonly #graceT: number | undefined
  /** Events until that is known. */
  #early: Event[] = []
  #scheduler: Scheduler | undefined

  constructor(context: SchedulerContext, graceT: number | undefined) {
    this.#context = context
    this.#graceT = graceT
  }

  observe(event: Event): void {
    if (this.#scheduler !== undefined) return this.#scheduler.observe?.(event)
    this.#early.push(event)
    if (event.type !== 'ended' || event.state !== 'completed') return
    const { history } = this.#context
    const report = history.lastReport(event.trial)
    const last = report < 0 ? 0 : history.reportStep(report)
    if (!(last > 0)) return
    this.#scheduler = halving(last, this.#graceT, false).create(this.#context)
    for (const each of this.#early) this.#scheduler.observe?.(each)
    this.#early = []
  }

  decide(report: Reported): Decision {
    return this.#scheduler?.decide(report) ?? goOn
  }

  next(): Next | undefined {
    return this.#scheduler?.next?.()
  }
}
