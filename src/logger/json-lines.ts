import { systemClock } from '../base/clock.ts'
import { jsonNumber } from '../trial/codec.ts'
import type { ExperimentStart, TrialEnd, TrialReport } from './callback.ts'
import type { Progress, SessionOutcome } from './progress.ts'

/** How long a report or an end waits for others, to be written with them: each write wakes the program that reads. Milliseconds. */
const gatherMs = 20

/** JSON lines for programs: the start, each report and end, warnings, and the result as the last line. */
export class JsonProgress implements Progress {
  readonly name = 'json'
  readonly #write: (lines: string) => void
  #lines: string[] = []
  readonly #say: (line: string) => void
  /** Left out where nobody reads reports: then they cost nothing. */
  readonly onReport?: (report: TrialReport) => void

  /** `write` takes JSON lines with their ends, `say` what is for people. */
  constructor(write: (lines: string) => void, say: (line: string) => void, withReports = true) {
    this.#write = write
    this.#say = say
    if (withReports) this.onReport = (report) => this.#report(report)
  }

  say(line: string): void {
    this.#say(line)
    const message = /^Warning: (.*)$/s.exec(line)?.[1]
    if (message !== undefined) this.#put({ type: 'warning', message })
  }

  onExperimentStart({ name, location, resumed }: ExperimentStart): void {
    this.#put({ type: 'started', name, location, resumed })
  }

  #report({ trial, attempt, step, metrics }: TrialReport): void {
    this.#gather({ type: 'report', trial, attempt, step, metrics })
  }

  onTrialEnd({ trial, attempt, state, known, score, failure }: TrialEnd): void {
    this.#gather({
      type: 'end',
      trial,
      attempt,
      state,
      ...(known && { known }),
      score,
      error: failure?.message ?? null,
    })
  }

  close(outcome: SessionOutcome | undefined): void {
    if (outcome === undefined) return this.#flush()
    const { name, location, end, halted, best, front } = outcome
    const found = { best: best?.trial ?? null, ...(front.length > 0 && { front: front.map(({ trial }) => trial) }) }
    this.#put({ type: 'result', name, location, end, halted, ...found, trials: outcome.trials() })
  }

  #put(line: object): void {
    this.#lines.push(JSON.stringify(line, jsonNumber))
    this.#flush()
  }

  #gather(line: object): void {
    if (this.#lines.length === 0) systemClock.after(gatherMs, () => this.#flush())
    this.#lines.push(JSON.stringify(line, jsonNumber))
  }

  #flush(): void {
    if (this.#lines.length === 0) return
    const lines = this.#lines
    this.#lines = []
    this.#write(`${lines.join('\n')}\n`)
  }
}
