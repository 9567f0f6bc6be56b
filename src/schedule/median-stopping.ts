import { finiteFrom, knownOptions, wholeFrom } from '../base/check.ts'
import type { Event, Reported } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Scheduler, SchedulerContext, SchedulerFactory } from './scheduler.ts'
import { TopFraction } from './top-fraction.ts'

export interface MedianStoppingOptions {
  /** No trial is judged below this step. Default: 1. */
  readonly graceT?: number
  /** Finished trials that must have reported at a step before it is judged by. Default: 5. */
  readonly minTrials?: number
}

/**
 * The median stopping rule (Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017, section 3.2.2):
 * a trial stops at step t where its best value so far is worse than the median of the running means, up to step t, of the
 * trials that are over and had a report at step t (completed or stopped). What is not finite ranks last. Where a later
 * attempt goes over steps again, its reports supersede the earlier ones. A decision costs O(1), the end of a trial
 * O(log n) a report; memory is one number a report of a finished trial.
 */
export function medianStopping(options: MedianStoppingOptions = {}): SchedulerFactory {
  knownOptions('medianStopping()', options, ['graceT', 'minTrials'])
  const graceT = finiteFrom('medianStopping(): graceT', options.graceT ?? 1, 0)
  const minTrials = wholeFrom('medianStopping(): minTrials', options.minTrials ?? 5, 1)
  return {
    name: 'median',
    options: { ...options },
    capabilities: { objectivesMax: 1 },
    create: (context) => new MedianStopping(context, { graceT, minTrials }),
  }
}

/** A trial's report with what its running mean and its best need of all reports up to it. */
interface Point {
  readonly step: number
  readonly sum: number
  readonly best: number
}

class MedianStopping implements Scheduler {
  readonly #mode: 'min' | 'max'
  readonly #options: Required<MedianStoppingOptions>
  /** The reports of each trial that is not over, one a step, by rising step. */
  readonly #running = new Map<number, Point[]>()
  /** The running means of finished trials, by step. */
  readonly #finished = new Map<number, TopFraction>()

  constructor({ objectives }: SchedulerContext, options: Required<MedianStoppingOptions>) {
    this.#mode = objectives[0]!.mode
    this.#options = options
  }

  observe(event: Event): void {
    if (event.type === 'reported' && event.judged) this.#report(event)
    else if (event.type === 'ended' && event.state !== 'pending') this.#end(event.trial, event.state !== 'failed')
  }

  decide({ trial, step }: Reported): Decision {
    const finished = this.#finished.get(step)
    if (step < this.#options.graceT || finished === undefined || finished.size < this.#options.minTrials) return goOn
    const median = finished.size % 2 === 1 ? finished.cut : (finished.cut + finished.next) / 2
    const { best } = this.#running.get(trial)!.at(-1)!
    if (best <= median) return goOn
    const threshold = this.#mode === 'min' ? median : -median
    return { action: 'stop', why: { rule: 'median', step, threshold, of: finished.size } }
  }

  #report({ trial, step, values }: Reported): void {
    const points = this.#running.get(trial) ?? []
    this.#running.set(trial, points)
    // A later attempt goes over steps again, from the first or from where it was saved: its reports supersede those.
    while (points.length > 0 && points.at(-1)!.step >= step) points.pop()
    const loss = lossOf(values[0]!, this.#mode)
    const { sum, best } = points.at(-1) ?? { sum: 0, best: Infinity }
    points.push({ step, sum: sum + loss, best: Math.min(best, loss) })
  }

  #end(trial: number, counts: boolean): void {
    const points = this.#running.get(trial) ?? []
    this.#running.delete(trial)
    if (!counts) return
    for (const [i, { step, sum }] of points.entries()) {
      const finished = this.#finished.get(step) ?? new TopFraction(2)
      finished.record(sum / (i + 1))
      this.#finished.set(step, finished)
    }
  }
}
