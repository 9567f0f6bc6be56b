import { systemClock } from '../base/clock.ts'
import type { Clock } from '../base/clock.ts'
import { Heap } from '../base/heap.ts'

/** A task of the future. */
export interface Planned {
  readonly at: number
  /** Among tasks of one instant, the lower goes first. */
  readonly order: number
  readonly run: () => void
  /** Set, it is not run. */
  cancelled: boolean
}

/** Real time for which tasks run before the process sees to its other work. Milliseconds. */
const sliceMs = 10

/**
 * Virtual time: it jumps from one planned task to the next. All tasks of an instant run before what they deferred, and
 * tasks of an instant in an order given with them, so that a simulation is a function of its plan alone.
 */
export class VirtualClock implements Clock {
  readonly #planned = new Heap<Planned>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order))
  #deferred: (() => void)[] = []
  #now = 0
  #sequence = 0
  #pumping = false

  now(): number {
    return this.#now
  }

  /** Sets the time; only sensible before anything is planned. */
  set(now: number): void {
    this.#now = now
  }

  defer(task: () => void): void {
    this.#deferred.push(task)
    this.#pump()
  }

  after(delayMs: number, task: () => void): () => void {
    // Timers follow the numbered tasks of their instant, in the order in which they were set.
    const planned = this.plan(this.#now + delayMs, 2 ** 40 + this.#sequence++, task)
    return () => void (planned.cancelled = true)
  }

  /** Plans a task for an instant. Tasks with lower `order` go first in it. */
  plan(at: number, order: number, run: () => void): Planned {
    const planned: Planned = { at, order, run, cancelled: false }
    this.#planned.push(planned)
    this.#pump()
    return planned
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    systemClock.defer(() => this.#slice())
  }

  #slice(): void {
    const until = systemClock.now() + sliceMs
    while (this.#advance()) {
      if (systemClock.now() < until) continue
      systemClock.defer(() => this.#slice())
      return
    }
    this.#pumping = false
  }

  /** Runs what is due: first the tasks of the present instant, then deferred ones, then the next instant's. */
  #advance(): boolean {
    const next = this.#planned.peek()
    if (next !== undefined && (next.at <= this.#now || this.#deferred.length === 0)) {
      this.#planned.pop()
      if (next.cancelled) return true
      this.#now = Math.max(this.#now, next.at)
      next.run()
      return true
    }
    if (this.#deferred.length === 0) return false
    const deferred = this.#deferred
    this.#deferred = []
    for (const task of deferred) task()
    return true
  }
}
