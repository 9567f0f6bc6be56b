import type { CurveTable } from '../trainable/curve-table.ts'
import type { RecordedCurve } from '../trainable/recorded-curve.ts'
import type { Event } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'

/** How a search on a table of learning curves went. */
export interface SearchCourse {
  /**
   * Virtual seconds at which the incumbent changed, and its normalised regret from then on. The incumbent is the configuration with
   * the best value reported so far, at any step; its value is the last one of its curve, and its regret
   * (value − best) / (median − best) over the table, so that 0 is the best configuration and 1 a middling one.
   */
  readonly seconds: readonly number[]
  readonly regrets: readonly number[]
  /** The last incumbent's value, as reported. */
  readonly score: number
  /** When the last trial was over. */
  readonly endSeconds: number
  /** Running time of all attempts together. */
  readonly trainedSeconds: number
  readonly reports: number
  readonly trials: number
  /** Trials that came to the end of a curve that is open: what they would have reported next is not known. */
  readonly beyond: number
}

/** Reads the course of a search from its log. */
export function searchCourse(
  table: CurveTable,
  events: Iterable<Event>,
  rowOf: (trial: number) => number,
): SearchCourse {
  const regrets = regretsOf(table)
  const course = { seconds: [] as number[], regrets: [] as number[] }
  const launched = new Map<number, number>()
  const decided = new Set<number>()
  let [now, best, incumbent] = [0, Infinity, -1]
  let [trainedSeconds, reports, trials, beyond] = [0, 0, 0, 0]
  for (const event of events) {
    if (event.type === 'time') now = event.now / 1000
    else if (event.type === 'suggested') trials += 1
    else if (event.type === 'launched') launched.set(event.trial, now)
    else if (event.type === 'decided') decided.add(event.trial)
    else if (event.type === 'ended') {
      // A paused trial may come to its end without having gone on.
      trainedSeconds += now - (launched.get(event.trial) ?? now)
      launched.delete(event.trial)
      const isOwn = event.outcome === 'completed' && !decided.has(event.trial)
      if (isOwn && table.curves[rowOf(event.trial)]!.open === true) beyond += 1
    } else if (event.type === 'reported') {
      reports += 1
      const loss = lossOf(event.values[0]!, table.mode)
      if (!event.judged || !(loss < best)) continue
      best = loss
      incumbent = rowOf(event.trial)
      course.seconds.push(now)
      course.regrets.push(regrets[incumbent]!)
    }
  }
  const score = incumbent < 0 ? NaN : finalOf(table.curves[incumbent]!, table)
  return { ...course, score, endSeconds: now, trainedSeconds, reports, trials, beyond }
}

/** The regret at an instant; NaN before anything was reported. */
export function regretAt({ seconds, regrets }: SearchCourse, instant: number): number {
  let regret = NaN
  for (let i = 0; i < seconds.length && seconds[i]! <= instant; i++) regret = regrets[i]!
  return regret
}

/** The first instant from which on the incumbent is within `aim`, or Infinity. */
export function reachedAt({ seconds, regrets }: SearchCourse, aim: number): number {
  const at = regrets.findIndex((regret) => regret <= aim)
  return at < 0 ? Infinity : seconds[at]!
}

function regretsOf(table: CurveTable): readonly number[] {
  const losses = table.curves.map((curve) => lossOf(finalOf(curve, table), table.mode))
  const sorted = losses.toSorted((a, b) => a - b)
  const best = sorted[0]!
  const median = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
  return losses.map((loss) => (loss === best ? 0 : (loss - best) / (median - best)))
}

function finalOf({ metrics }: RecordedCurve, { metric }: CurveTable): number {
  return metrics[metric]!.at(-1)!
}
