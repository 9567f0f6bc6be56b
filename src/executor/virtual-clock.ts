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
  #deferred: (() => boolean | void)[] = []
  /** Of deferred tasks those that run now: the first may not have come to its end. */
  #running: (() => boolean | void)[] = []
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

  defer(task: () => boolean | void): void {
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
    let step = this.#advance()
    while (step === 'done' && systemClock.now() < until) step = this.#advance()
    if (step === 'idle') this.#pumping = false
    else systemClock.defer(() => this.#slice())
  }

  /** Runs what is due: first the tasks of the present instant, then deferred ones, then the next instant's. */
  #advance(): 'done' | 'unfinished' | 'idle' {
    if (this.#running.length > 0) return this.#runDeferred()
    const next = this.#planned.peek()
    if (next !== undefined && (next.at <= this.#now || this.#deferred.length === 0)) {
      this.#planned.pop()
      if (next.cancelled) return 'done'
      this.#now = Math.max(this.#now, next.at)
      next.run()
      return 'done'
    }
    if (this.#deferred.length === 0) return 'idle'
    this.#running = this.#deferred
    this.#deferred = []
    return this.#runDeferred()
  }

  #runDeferred(): 'done' | 'unfinished' {
    const running = this.#running
    for (let i = 0; i < running.length; i++) {
      if (running[i]!() !== true) continue
      this.#running = running.slice(i)
      return 'unfinished'
    }
    this.#running = []
    return 'done'
  }
}
