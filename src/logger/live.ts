import { clearScreenDown, cursorTo, moveCursor } from 'node:readline'
import { stripVTControlCharacters, styleText } from 'node:util'
import type { WriteStream } from 'node:tty'

import { systemClock } from '../base/clock.ts'
import type { ExperimentStart, TrialEnd, TrialReport, TrialStart } from './callback.ts'
import { countsOf, infeasible, paceOf, stateOf, sumOf } from './plain.ts'
import type { Progress, SessionOutcome } from './progress.ts'
import { Tally } from './tally.ts'
import { shortConfig, shortNumber } from './text.ts'

/** Time between two drawings. Milliseconds. */
const periodMs = 100
/** Ticks without a change after which the clock is drawn anew, and after which an unfinished line of the user's is left. */
const idleTicks = 10
/** Whether a line goes on in the next row where it is too long; characters may be wider than one column. */
const wrap = { off: '\x1b[?7l', on: '\x1b[?7h' } as const

/**
 * A few lines at the bottom of a terminal that are drawn anew at most ten times a second. What is said, and what the user's
 * own code writes to the terminal meanwhile, scrolls by above them.
 */
export class LiveProgress implements Progress {
  readonly name = 'progress'
  readonly #terminal: WriteStream
  #tally: Tally | undefined
  #cancel: (() => void) | undefined
  #changed = false
  /** Ticks since something was written. */
  #idle = 0
  /** Characters in each line of the present drawing. */
  #drawn: readonly number[] = []
  /** The user's code has begun a line and not ended it. */
  #open = false
  /** Gives the streams back as they were. */
  #release: (() => void)[] = []
  #writing = false

  constructor(terminal: WriteStream) {
    this.#terminal = terminal
  }

  say(line: string): void {
    this.#ours(() => {
      this.#erase()
      this.#startLine()
      this.#terminal.write(`${line.startsWith('Warning') ? this.#styled('yellow', line) : line}\n`)
      this.#draw()
    })
  }

  onExperimentStart(start: ExperimentStart): void {
    this.#tally = new Tally(start)
    for (const stream of [process.stdout, process.stderr]) if (stream.isTTY) this.#watch(stream)
    this.#ours(() => this.#draw())
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
    this.#ours(() => {
      this.#erase()
      this.#startLine()
      if (this.#tally !== undefined && outcome !== undefined) this.#terminal.write(`${sumOf(this.#tally, outcome)}\n`)
    })
    for (const release of this.#release) release()
    this.#tally = undefined
  }

  #wait(): void {
    const tick = (): void => {
      this.#idle += 1
      // The clock goes on where nothing else does.
      const due = this.#changed || this.#drawn.length === 0 || this.#idle % idleTicks === 0
      if (due && (!this.#open || this.#idle >= idleTicks)) this.#ours(() => this.#redraw())
      this.#cancel = systemClock.after(periodMs, tick)
    }
    this.#cancel = systemClock.after(periodMs, tick)
  }

  /** What others write takes the place of the drawing, which comes again below it. */
  #watch(stream: WriteStream): void {
    const write = stream.write.bind(stream)
    stream.write = ((...args: Parameters<typeof write>): boolean => {
      if (!this.#writing) {
        this.#ours(() => this.#erase())
        const [chunk] = args as [string | Uint8Array]
        if (chunk.length > 0) this.#open = typeof chunk === 'string' ? !chunk.endsWith('\n') : chunk.at(-1) !== 0x0a
        this.#idle = 0
      }
      return write(...args)
    }) as typeof write
    this.#release.push(() => {
      stream.write = write
    })
  }

  /** Writes of ours. */
  #ours(write: () => void): void {
    this.#writing = true
    try {
      write()
    } finally {
      this.#writing = false
    }
  }

  #redraw(): void {
    this.#changed = false
    this.#erase()
    this.#startLine()
    this.#draw()
  }

  #startLine(): void {
    if (this.#open) this.#terminal.write('\n')
    this.#open = false
  }

  #erase(): void {
    if (this.#drawn.length === 0) return
    // A terminal that was made narrower has broken the lines since.
    const rows = this.#drawn.reduce((sum, length) => sum + Math.max(1, Math.ceil(length / this.#columns)), 0)
    moveCursor(this.#terminal, 0, -rows)
    cursorTo(this.#terminal, 0)
    clearScreenDown(this.#terminal)
    this.#drawn = []
  }

  #draw(): void {
    const tally = this.#tally
    if (tally === undefined) return
    const { best } = tally
    const width = this.#columns - 1
    const name = tally.start.name
    const whole = stateOf(tally)
    const [first, ...others] = name.length + 2 + whole.length <= width ? [whole] : [paceOf(tally), countsOf(tally)]
    const lines = [`${this.#styled('bold', name)}  ${first}`, ...others]
    if (tally.isSeveral) lines.push(this.#frontLine(tally))
    else if (best !== undefined) {
      const score = this.#styled('green', `${tally.metric} ${shortNumber(best.score)}`)
      lines.push(
        `best  ${score} (trial ${best.trial})${best.violation > 0 ? infeasible : ''}  ${shortConfig(best.config)}`,
      )
    }
    const shown = lines.map((line) => fitted(line, width))
    this.#terminal.write(`${wrap.off}${shown.join('\n')}\n${wrap.on}`)
    this.#drawn = shown.map((line) => stripVTControlCharacters(line).length)
  }

  /** How large the front is, and from where to where it reaches. */
  #frontLine({ front, start }: Tally): string {
    const ranges = start.objectives.map(({ metric }, k) => {
      const values = front.map(({ scores }) => scores[k]!)
      return `${metric} ${shortNumber(Math.min(...values))} to ${shortNumber(Math.max(...values))}`
    })
    const count = this.#styled('green', `${front.length} trial(s)`)
    return front.length === 0 ? 'front  empty yet' : `front  ${count}  ${ranges.join(', ')}`
  }

  /** Some terminals say 0 where they do not know. */
  get #columns(): number {
    return this.#terminal.columns || 80
  }

  #styled(style: 'bold' | 'green' | 'yellow', text: string): string {
    return styleText(style, text, { stream: this.#terminal })
  }
}

/** A line that is cut where the terminal ends. */
function fitted(line: string, width: number): string {
  const bare = stripVTControlCharacters(line)
  return bare.length <= width ? line : `${bare.slice(0, Math.max(0, width - 1))}…`
}
