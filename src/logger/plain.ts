import { systemClock } from '../base/clock.ts'
import type { ExperimentStart, TrialEnd } from './callback.ts'
import type { BestTrial, Progress, SessionOutcome } from './progress.ts'
import { Tally } from './tally.ts'
import { shortConfig, shortNumber, shortTime } from './text.ts'

/** Time between two lines that sum up. Milliseconds. */
const periodMs = 10_000

/** Plain lines, for logs: the start, each new best, each failure's first words, and a sum every ten seconds. */
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
  return [`${ended}: ${countsOf(tally)}`, ...pace].join(' | ')
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
export function countsOf({ counts, running, retried }: Tally): string {
  const { completed, stopped, failed } = counts
  const again = retried > 0 ? `, ${retried} tried again` : ''
  return `${running.size} running, ${completed} completed, ${stopped} stopped, ${failed} failed${again}`
}

/** Said of the best trial where no trial meets the outcome constraints. */
export const infeasible = ' (no trial meets the outcome constraints)'

/** The best trial, and what its configuration gives on average. */
export function bestWords({ trial, score, feasible, repeats }: Omit<BestTrial, 'config'>, metric: string): string {
  const found = `trial ${trial}, ${metric} ${shortNumber(score)}${feasible ? '' : infeasible}`
  if (repeats === undefined) return found
  const error = Number.isNaN(repeats.standardError) ? '' : ` ± ${shortNumber(repeats.standardError)}`
  return `${found}, mean ${shortNumber(repeats.mean)}${error} of ${repeats.trials.length}`
}

/** How a session ended, on one or two lines. */
export function sumOf(tally: Tally, { best, end, halted, location }: SessionOutcome): string {
  const state = `${end}${halted === null ? '' : ` (by ${halted})`} after ${shortTime(tally.elapsedMs)}`
  const { completed, stopped, failed } = tally.counts
  const counts = `${completed} completed, ${stopped} stopped early, ${failed} failed`
  const found =
    best === undefined ? 'no trial has a score' : `best: ${bestWords(best, tally.metric)}  ${shortConfig(best.config)}`
  return `${tally.start.name}: ${state}: ${counts}; the log is ${location}\n${found}`
}
