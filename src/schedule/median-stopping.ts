import { finiteFrom, knownOptions, wholeFrom, wrongOption } from '../base/check.ts'
import type { Ended, Event, Reported } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { Meter, checkResource } from './resource.ts'
import type { Resource } from './resource.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Next, Scheduler, SchedulerContext, SchedulerFactory } from './scheduler.ts'
import { TopFraction } from './top-fraction.ts'

export interface MedianStoppingOptions {
  /** No trial is judged below this resource. Default: 1. */
  readonly graceT?: number
  /** Trials that a trial must be comparable with before it is judged. Default: 5. */
  readonly minTrials?: number
  /**
   * `finished`: compared with trials that are over and had a report at the very same resource. `all`: with all that have got so
   * far, whether they are over or not, by the mean of their reports from `graceT` up to there; a decision then looks at every
   * trial. Default: `finished`.
   */
  readonly among?: 'finished' | 'all'
  /** Whether a trial is stopped; else it is paused, goes on when no new trial comes, and is not judged again. Default: true. */
  readonly hardStop?: boolean
  /** What is compared at: `step`, `time` (seconds that the trial has run), or a metric. Default: `step`. */
  readonly resource?: Resource
}

interface Rules {
  readonly graceT: number
  readonly minTrials: number
  readonly among: 'finished' | 'all'
  readonly hardStop: boolean
  readonly resource: Resource
}

/**
 * The median stopping rule (Golovin et al., "Google Vizier: A Service for Black-Box Optimization", KDD 2017, section 3.2.2):
 * a trial stops at step t where its best value so far is worse than the median of the running means, up to step t, of the
 * trials that are over and had a report at step t (completed or stopped). What is not finite ranks last. Where a later
 * attempt goes over steps again, its reports supersede the earlier ones. A decision costs O(1), the end of a trial
 * O(log n) a report; memory is one number a report of a finished trial.
 */
export function medianStopping(options: MedianStoppingOptions = {}): SchedulerFactory {
  knownOptions('medianStopping()', options, ['graceT', 'minTrials', 'among', 'hardStop', 'resource'])
  const { among = 'finished', hardStop = true } = options
  if (among !== 'finished' && among !== 'all')
    throw wrongOption('medianStopping(): among', "'finished' or 'all'", among)
  if (typeof hardStop !== 'boolean') throw wrongOption('medianStopping(): hardStop', 'true or false', hardStop)
  const rules = {
    graceT: finiteFrom('medianStopping(): graceT', options.graceT ?? 1, 0),
    minTrials: wholeFrom('medianStopping(): minTrials', options.minTrials ?? 5, 1),
    among,
    hardStop,
    resource: checkResource('medianStopping(): resource', options.resource),
  }
  return {
    name: 'median',
    options: { ...options },
    capabilities: { objectivesMax: 1, pauses: !hardStop },
    create: (context) => new MedianStopping(context, rules),
  }
}

/** A trial's report with what its running mean and its best need of all reports up to it. */
interface Point {
  readonly used: number
  readonly sum: number
  /** Reports from the grace on, and their sum. */
  readonly judged: number
  readonly judgedSum: number
  readonly best: number
}

const nothing: Point = { used: -Infinity, sum: 0, judged: 0, judgedSum: 0, best: Infinity }

class MedianStopping implements Scheduler {
  readonly #mode: 'min' | 'max'
  readonly #rules: Rules
  readonly #meter: Meter
  readonly #trialsMax: () => number
  /** The reports of each trial that did not fail, by rising resource; without `all`, of those that are not over. */
  readonly #curves = new Map<number, Point[]>()
  /** Those of trials that failed, which nobody is compared with. */
  readonly #failed = new Map<number, Point[]>()
  /** The running means of finished trials, by resource. */
  readonly #finished = new Map<number, TopFraction>()
  /** Trials that are paused, in order, and those that were and are judged no more. */
  readonly #paused = new Set<number>()
  readonly #spared = new Set<number>()
  #started = 0
  #exhausted = false
  /** No new trial comes before a paused one has gone on. */
  #stalled = false

  constructor({ objectives, trialsMax }: SchedulerContext, rules: Rules) {
    this.#mode = objectives[0]!.mode
    this.#rules = rules
    this.#trialsMax = trialsMax
    this.#meter = new Meter(rules.resource, objectives)
  }

  observe(event: Event): void {
    this.#meter.observe(event)
    if (event.type === 'suggested') this.#started += 1
    else if (event.type === 'exhausted') this.#exhausted = true
    else if (event.type === 'stalled') this.#stalled = true
    else if (event.type === 'launched') this.#launched(event.trial)
    else if (event.type === 'reported' && event.judged) this.#report(event)
    else if (event.type === 'ended') this.#ended(event)
    else if (event.type === 'reopened') this.#reopened(event.trial)
  }

  decide(report: Reported): Decision {
    const { graceT, minTrials, among, hardStop } = this.#rules
    const used = this.#meter.at(report)
    if (!(used >= graceT) || this.#spared.has(report.trial)) return goOn
    const { median, of } = among === 'all' ? this.#amongAll(report.trial, used) : this.#amongFinished(used)
    const { best } = this.#curves.get(report.trial)!.at(-1)!
    if (of < minTrials || !(best > median)) return goOn
    const threshold = this.#mode === 'min' ? median : -median
    return { action: hardStop ? 'stop' : 'pause', why: { rule: 'median', step: used, threshold, of } }
  }

  /** New trials first. */
  next(): Next | undefined {
    const mayCome = !this.#exhausted && !this.#stalled && this.#started < this.#trialsMax()
    if (mayCome) return undefined
    const [trial] = this.#paused
    return trial === undefined ? undefined : { action: 'resume', trial, why: { rule: 'turn' } }
  }

  #amongFinished(used: number): { readonly median: number; readonly of: number } {
    const finished = this.#finished.get(used)
    if (finished === undefined) return { median: NaN, of: 0 }
    const { size, cut, next } = finished
    return { median: size % 2 === 1 ? cut : (cut + next) / 2, of: size }
  }

  #amongAll(trial: number, used: number): { readonly median: number; readonly of: number } {
    const means: number[] = []
    for (const [other, curve] of this.#curves) {
      if (other === trial || !(curve.at(-1)!.used >= used)) continue
      const { judged, judgedSum } = curve.findLast((point) => point.used <= used) ?? nothing
      if (Number.isFinite(judgedSum / judged)) means.push(judgedSum / judged)
    }
    means.sort((a, b) => a - b)
    const middle = means.length >> 1
    const median = means.length % 2 === 1 ? means[middle]! : (means[middle - 1]! + means[middle]!) / 2
    return { median, of: means.length }
  }

  #report(report: Reported): void {
    const { trial, values } = report
    const used = this.#meter.at(report)
    if (Number.isNaN(used)) return
    const points = this.#curves.get(trial) ?? []
    this.#curves.set(trial, points)
    // A later attempt goes over steps again, from the first or from where it was saved: its reports supersede those.
    while (points.length > 0 && points.at(-1)!.used >= used) points.pop()
    const loss = lossOf(values[0]!, this.#mode)
    const { sum, judged, judgedSum, best } = points.at(-1) ?? nothing
    const counts = used >= this.#rules.graceT ? 1 : 0
    const point = { used, sum: sum + loss, judged: judged + counts, judgedSum: judgedSum + counts * (counts && loss) }
    points.push({ ...point, best: Math.min(best, loss) })
  }

  #launched(trial: number): void {
    this.#paused.delete(trial)
    this.#stalled = false
  }

  #reopened(trial: number): void {
    const points = this.#failed.get(trial)
    this.#failed.delete(trial)
    if (points !== undefined) this.#curves.set(trial, points)
  }

  #ended({ trial, state }: Ended): void {
    if (state === 'pending') return
    if (state === 'paused') {
      this.#paused.add(trial)
      this.#spared.add(trial)
      return
    }
    this.#paused.delete(trial)
    this.#spared.delete(trial)
    const points = this.#curves.get(trial) ?? []
    if (state === 'failed' || this.#rules.among === 'finished') this.#curves.delete(trial)
    if (state === 'failed' && points.length > 0) this.#failed.set(trial, points)
    if (state === 'failed' || this.#rules.among === 'all') return
    for (const [i, { used, sum }] of points.entries()) {
      const finished = this.#finished.get(used) ?? new TopFraction(2)
      finished.record(sum / (i + 1))
      this.#finished.set(used, finished)
    }
  }
}
