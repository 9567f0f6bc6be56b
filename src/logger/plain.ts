import { systemClock } from '../base/clock.ts'
import type { ExperimentStart, TrialEnd } from './callback.ts'
import type { BestTrial, Progress, SessionOutcome } from './progress.ts'
import { Tally } from './tally.ts'
import { shortConfig, shortNumber, shortTime } from './text.ts'

/** Time between two lines that sum up. Milliseconds. */
const periodMs = 10_000

/** Trials of a front that are shown. */
const frontShown = 10

/** Plain lines, for logs: the start, each new best (of one objective), each failure's first words, and a sum every ten seconds. */
export class PlainProgress implements Progress {
  readonly name = 'progress'
  readonly #write: (line: string) => void
  #tally: Tally | undefined
  #cancel: (() => void) | undefined
  #failures = 0

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  say(line: string): void {
    this.#write(line)
  }

  onExperimentStart(start: ExperimentStart): void {
    this.#tally = new Tally(start)
    this.#wait()
  }

  onTrialEnd(end: TrialEnd): void {
    const tally = this.#tally!
    const { trial, score, config, state, failure } = end
    if (tally.end(end)) {
      this.#write(`trial ${trial}: ${tally.metric} ${shortNumber(score)}, the best so far  ${shortConfig(config)}`)
    } else if (state === 'failed' && this.#failures++ < 3) {
      this.#write(`trial ${trial} failed: ${failure?.message.split('\n')[0] ?? ''}`)
    }
  }

  close(outcome: SessionOutcome | undefined): void {
    this.#cancel?.()
    if (this.#tally !== undefined && outcome !== undefined) this.#write(sumOf(this.#tally, outcome))
  }

  #wait(): void {
    this.#cancel = systemClock.after(periodMs, () => {
      this.#write(stateOf(this.#tally!))
      this.#wait()
    })
  }
}

/** Where an experiment stands, on one line. */
export function stateOf(tally: Tally): string {
  const [ended, ...pace] = paceOf(tally).split(' | ')
  const front = tally.isSeveral ? [`${tally.front.length} on the front`] : []
  return [`${ended}: ${countsOf(tally)}`, ...front, ...pace].join(' | ')
}

/** How far an experiment is, and how fast. */
export function paceOf({ start, ended, endedNow, elapsedMs, leftMs }: Tally): string {
  const total = start.trials === null ? `${ended} trials` : `${ended} of ${start.trials} trials`
  const perSecond = endedNow / (elapsedMs / 1000)
  const rate = perSecond >= 1 ? `${shortRate(perSecond)} trials/s` : `${shortRate(60 * perSecond)} trials/min`
  const speed = endedNow === 0 ? '' : ` | ${rate}`
  const left = leftMs === undefined ? '' : `, about ${shortTime(leftMs)} left`
  return `${total}${speed} | ${shortTime(elapsedMs)}${left}`
}

function shortRate(rate: number): string {
  return shortNumber(Math.round(10 * rate) / 10)
}

/** An experiment's trials by state. */
export function countsOf({ counts, running, paused, retried }: Tally): string {
  const { completed, stopped, failed } = counts
  const again = retried > 0 ? `, ${retried} tried again` : ''
  const waiting = paused > 0 ? `, ${paused} paused` : ''
  return `${running.size} running${waiting}, ${completed} completed, ${stopped} stopped, ${failed} failed${again}`
}

/** Said of the best trial where no trial meets the outcome constraints. */
export const infeasible = ' (no trial meets the outcome constraints)'

/** The best trial, and what its configuration gives on average. */
export function bestWords(
  { trial, score, feasible, repeats }: Omit<BestTrial, 'config' | 'scores'>,
  metric: string,
): string {
  const found = `trial ${trial}, ${metric} ${shortNumber(score)}${feasible ? '' : infeasible}`
  if (repeats === undefined) return found
  const error = Number.isNaN(repeats.standardError) ? '' : ` ± ${shortNumber(repeats.standardError)}`
  return `${found}, mean ${shortNumber(repeats.mean)}${error} of ${repeats.trials.length}`
}

/** A trial of the front, with each objective. */
export function frontWords({ trial, scores, repeats }: Omit<BestTrial, 'config'>, metrics: readonly string[]): string {
  const means = repeats && metrics.map((metric) => repeats.means[metric]!)
  const values = metrics.map((metric, k) => `${metric} ${shortNumber((means ?? scores)[k]!)}`).join(', ')
  return `trial ${trial}, ${values}${repeats === undefined ? '' : `, means of ${repeats.trials.length}`}`
}

/** How a session ended, on one or two lines; with several objectives a line for each of the first trials of the front. */
export function sumOf(tally: Tally, outcome: SessionOutcome): string {
  const { end, halted, location } = outcome
  const state = `${end}${halted === null ? '' : ` (by ${halted})`} after ${shortTime(tally.elapsedMs)}`
  const { completed, stopped, failed } = tally.counts
  const counts = `${completed} completed, ${stopped} stopped early, ${failed} failed`
  return `${tally.start.name}: ${state}: ${counts}; the log is ${location}\n${foundIn(tally, outcome).join('\n')}`
}

function foundIn(tally: Tally, { best, front }: SessionOutcome): string[] {
  if (tally.isSeveral) {
    const metrics = tally.start.objectives.map(({ metric }) => metric)
    return frontLines(front, (each) => `${frontWords(each, metrics)}  ${shortConfig(each.config)}`)
  }
  if (best === undefined) return ['no trial has a score']
  return [`best: ${bestWords(best, tally.metric)}  ${shortConfig(best.config)}`]
}

/** How large a front is, and its first trials. */
export function frontLines<T>(front: readonly T[], wordsOf: (trial: T) => string): string[] {
  if (front.length === 0) return ['front: no trial has a score of every objective and meets the outcome constraints']
  const left = front.length - frontShown
  const more = left > 0 ? [`  and ${left} more`] : []
  return [`front: ${front.length} trial(s)`, ...front.slice(0, frontShown).map((each) => `  ${wordsOf(each)}`), ...more]
}
