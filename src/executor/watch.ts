import type { Clock } from '../base/clock.ts'

/** How often running attempts are looked at. Milliseconds. */
const periodMs = 200

/** An attempt that is watched. Times are the engine's running time in milliseconds. */
interface Watched {
  readonly attempt: { readonly trial: number }
  startedMs: number
  /** Its last sign of life. */
  seenMs: number
}

export interface TimeLimits {
  /** Longest time of one attempt, and between two of its reports; Infinity where there is none. Milliseconds. */
  readonly timeoutMs: number
  readonly heartbeatMs: number
}

/**
 * Time-outs and heartbeats. They are counted in the engine's own running time, which stands still while the engine is
 * suspended or the machine asleep: a trial is not overdue because nobody was there to listen.
 */
export class Watch<R extends Watched> {
  readonly #limits: TimeLimits
  readonly #clock: Clock
  readonly #overdue: (run: R, why: string) => void
  readonly #runs = new Set<R>()
  #cancel: (() => void) | undefined
  #nowMs = 0
  #lookedMs = 0

  constructor(limits: TimeLimits, clock: Clock, overdue: (run: R, why: string) => void) {
    this.#limits = limits
    this.#clock = clock
    this.#overdue = overdue
  }

  /** It runs: time begins. */
  begin(run: R): void {
    if (this.#limits.timeoutMs === Infinity && this.#limits.heartbeatMs === Infinity) return
    run.startedMs = this.#nowMs
    run.seenMs = this.#nowMs
    this.#runs.add(run)
    if (this.#cancel !== undefined) return
    this.#lookedMs = this.#clock.now()
    this.#wait()
  }

  /** A sign of life. */
  saw(run: R): void {
    run.seenMs = this.#nowMs
  }

  remove(run: R): void {
    this.#runs.delete(run)
  }

  close(): void {
    this.#cancel?.()
    this.#runs.clear()
  }

  #wait(): void {
    this.#cancel = this.#clock.after(periodMs, () => this.#look())
  }

  #look(): void {
    this.#cancel = undefined
    const now = this.#clock.now()
    this.#nowMs += Math.min(now - this.#lookedMs, 2 * periodMs)
    this.#lookedMs = now
    for (const run of this.#runs) {
      const why = this.#whyOverdue(run)
      if (why === undefined) continue
      this.#runs.delete(run)
      this.#overdue(run, why)
    }
    if (this.#runs.size > 0) this.#wait()
  }

  #whyOverdue({ startedMs, seenMs, attempt }: R): string | undefined {
    const { timeoutMs, heartbeatMs } = this.#limits
    const who = `trial ${attempt.trial}`
    if (this.#nowMs - startedMs > timeoutMs) return `${who} ran longer than its timeout of ${timeoutMs / 1000} s`
    if (this.#nowMs - seenMs > heartbeatMs) return `${who} reported nothing for ${heartbeatMs / 1000} s, its heartbeat`
    return undefined
  }
}
