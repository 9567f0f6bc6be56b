import { isOverForGood } from './event.ts'
import type { Ended, Event } from './event.ts'

/** How long trials have run: all their attempts together, the time between them and while they are paused left out. */
export class RunningTime {
  #now = 0
  /** By trial that may go on, milliseconds: that of attempts that are over, and when the running one began. */
  readonly #used = new Map<number, number>()
  readonly #since = new Map<number, number>()

  observe(event: Event): void {
    if (event.type === 'time') this.#now = event.now
    else if (event.type === 'launched') this.#since.set(event.trial, this.#now)
    else if (event.type === 'ended') this.#ended(event)
  }

  /** Milliseconds that a trial has run which is not over. */
  of(trial: number): number {
    return this.#before(trial) + this.#now - (this.#since.get(trial) ?? this.#now)
  }

  #ended(event: Ended): void {
    const { trial } = event
    const used = this.of(trial)
    this.#since.delete(trial)
    if (isOverForGood(event)) this.#used.delete(trial)
    else this.#used.set(trial, used)
  }

  #before(trial: number): number {
    return this.#used.get(trial) ?? 0
  }
}
