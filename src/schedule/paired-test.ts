import { finiteAbove, knownOptions, wholeFrom, wrongOption } from '../base/check.ts'
import { isOverForGood } from '../trial/event.ts'
import type { Event, Reported } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Scheduler, SchedulerContext, SchedulerFactory } from './scheduler.ts'
import { signedRankP } from './signed-rank.ts'

export interface PairedTestOptions {
  /** A trial is stopped where chance alone would give such differences with less than this probability. In (0, 1). Default: 0.1. */
  readonly level?: number
  /** Folds that a trial has in common with the best one before it is judged. From 1. Default: 2. */
  readonly minFolds?: number
  /** The metric that says which fold a report is of, where trials take them in different orders. Default: the step. */
  readonly fold?: string
}

/**
 * For trials whose reports are the folds of a cross-validation, or instances of a benchmark: a trial stops where it is worse than the
 * best complete trial on the same folds, by Wilcoxon's signed-rank test (1945) on the differences fold by fold. Differences between
 * folds so drop out. n folds can't give a probability below 2^−n: at the level 0.1 nothing is stopped before the fourth. As the test
 * is repeated at each fold, a trial that is as good as the best is stopped more often than `level` says; for 5 % over all, 5 looks
 * take a level of 0.016 each, 10 looks 0.011 (Pocock, "Group sequential methods", Biometrika 1977). What is not finite ranks last.
 */
export function pairedTest(options: PairedTestOptions = {}): SchedulerFactory {
  knownOptions('pairedTest()', options, ['level', 'minFolds', 'fold'])
  const level = finiteAbove('pairedTest(): level', options.level ?? 0.1, 0)
  if (level >= 1) throw wrongOption('pairedTest(): level', 'a number below 1', level)
  const minFolds = wholeFrom('pairedTest(): minFolds', options.minFolds ?? 2, 1)
  return {
    name: 'paired',
    options: { ...options },
    capabilities: { objectivesMax: 1 },
    create: (context) => new PairedTest(context, level, minFolds, options.fold),
  }
}

/** Losses by fold. */
type Folds = Map<number, number>

class PairedTest implements Scheduler {
  readonly #mode: 'min' | 'max'
  readonly #level: number
  readonly #minFolds: number
  readonly #fold: string | undefined
  readonly #running = new Map<number, Folds>()
  /** The complete trial with the lowest mean. */
  #best: Folds | undefined
  #bestMean = Infinity

  constructor({ objectives }: SchedulerContext, level: number, minFolds: number, fold: string | undefined) {
    this.#mode = objectives[0]!.mode
    this.#level = level
    this.#minFolds = minFolds
    this.#fold = fold
  }

  observe(event: Event): void {
    if (event.type === 'reported' && event.judged) {
      const folds = this.#running.get(event.trial) ?? new Map<number, number>()
      this.#running.set(event.trial, folds)
      folds.set(this.#foldOf(event), lossOf(event.values[0]!, this.#mode))
    } else if (event.type === 'ended' && isOverForGood(event)) {
      this.#end(event.trial, event.state === 'completed')
    }
  }

  decide({ trial }: Reported): Decision {
    const differences: number[] = []
    for (const [fold, loss] of this.#running.get(trial)!) {
      const best = this.#best?.get(fold)
      if (best !== undefined) differences.push(loss === best ? 0 : loss - best)
    }
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length
    if (differences.length < this.#minFolds || !(mean > 0)) return goOn
    const p = signedRankP(differences)
    if (p >= this.#level) return goOn
    return { action: 'stop', why: { rule: 'paired', p, level: this.#level, folds: differences.length } }
  }

  #foldOf({ step, others }: Reported): number {
    return this.#fold === undefined ? step : (others?.[this.#fold] ?? step)
  }

  #end(trial: number, complete: boolean): void {
    const folds = this.#running.get(trial)
    this.#running.delete(trial)
    if (!complete || folds === undefined) return
    let sum = 0
    for (const loss of folds.values()) sum += loss
    if (!(sum / folds.size < this.#bestMean)) return
    this.#bestMean = sum / folds.size
    this.#best = folds
  }
}
