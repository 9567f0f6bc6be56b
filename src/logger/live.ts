import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import { stripVTControlCharacters, styleText } from 'node:util'
import type { WriteStream } from 'node:tty'

import { systemClock } from '../base/clock.ts'
import type { ExperimentStart, TrialEnd, TrialReport, TrialStart } from './callback.ts'
import { stateOf, sumOf } from './plain.ts'
import type { Progress, SessionOutcome } from './progress.ts'
import { Tally } from './tally.ts'
import { shortConfig, shortNumber } from './text.ts'

/** Time between two drawings. Milliseconds. */
const periodMs = 100

/** A few lines at the bottom of a terminal that are drawn anew ten times a second; what is said scrolls by above them. */
export class LiveProgress implements Progress {
  readonly name = 'progress'
  readonly #terminal: WriteStream
  #tally: Tally | undefined
  #cancel: (() => void) | undefined
  #changed = false
  /** Lines of the present drawing. */
  #lines = 0

  constructor(terminal: WriteStream) {
    this.#terminal = terminal
  }

  say(line: string): void {
    this.#erase()
    this.#terminal.write(`${line.startsWith('Warning') ? styleText('yellow', line) : line}\n`)
    this.#draw()
  }

  onExperimentStart(start: ExperimentStart): void {
    this.#tally = new Tally(start)
    this.#draw()
    this.#wait()
  }

  onTrialStart({ trial }: TrialStart): void {
    this.#tally!.running.set(trial, undefined)
    this.#changed = true
  }

  onReport(report: TrialReport): void {
    this.#tally!.running.set(report.trial, report)
    this.#changed = true
  }

  onTrialEnd(end: TrialEnd): void {
    this.#tally!.end(end)
    this.#changed = true
  }

  close(outcome: SessionOutcome | undefined): void {
    this.#cancel?.()
    this.#erase()
    if (this.#tally !== undefined && outcome !== undefined) this.#terminal.write(`${sumOf(this.#tally, outcome)}\n`)
    this.#tally = undefined
  }

  #wait(): void {
    let ticks = 0
    const tick = (): void => {
      ticks += 1
      // The clock goes on where nothing else does.
      if (this.#changed || ticks % 10 === 0) this.#redraw()
      this.#cancel = systemClock.after(periodMs, tick)
    }
    this.#cancel = systemClock.after(periodMs, tick)
  }

  #redraw(): void {
    this.#changed = false
    this.#erase()
    this.#draw()
  }

  #erase(): void {
    if (this.#lines === 0) return
    moveCursor(this.#terminal, 0, -this.#lines)
    cursorTo(this.#terminal, 0)
    clearScreenDown(this.#terminal)
    this.#lines = 0
  }

  #draw(): void {
    const tally = this.#tally
    if (tally === undefined) return
    const { best } = tally
    const lines = [`${styleText('bold', tally.start.name)}  ${stateOf(tally)}`]
    if (best !== undefined) {
      const score = styleText('green', `${tally.metric} ${shortNumber(best.score)}`)
      lines.push(`best  ${score} (trial ${best.trial})  ${shortConfig(best.config)}`)
    }
    const width = this.#terminal.columns ?? 80
    for (const line of lines) this.#terminal.write(`${fitted(line, width - 1)}\n`)
    this.#lines = lines.length
  }
}

/** A line that is cut where the terminal would break it. */
function fitted(line: string, width: number): string {
  const bare = stripVTControlCharacters(line)
  return bare.length <= width ? line : `${bare.slice(0, Math.max(0, width - 1))}…`
}
