import { systemClock } from '../base/clock.ts'
import type { Clock } from '../base/clock.ts'
import { Agenda, planned } from './agenda.ts'
import type { Planned } from './agenda.ts'

/** Real time for which tasks run before the process sees to its other work. Milliseconds. */
const sliceMs = 10
/** Tasks between two looks at the real time, which cost more than many a task. */
const tasksALook = 8

/**
 * Virtual time: it jumps from one planned task to the next. All tasks of an instant run before what they deferred, and
 * tasks of an instant in an order given with them, so that a simulation is a function of its plan alone.
 */
export class VirtualClock implements Clock {
  readonly #agenda = new Agenda()
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
    const timer = planned(task)
    // Timers follow the numbered tasks of their instant, in the order in which they were set.
    this.plan(this.#now + delayMs, 2 ** 40 + this.#sequence++, timer)
    return () => void (timer.cancelled = true)
  }

  /** Plans a task for an instant. Tasks with lower `order` go first in it. */
  plan(at: number, order: number, task: Planned): void {
    this.#agenda.add(at, order, task)
    this.#pump()
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    systemClock.defer(() => this.#slice())
  }

  #slice(): void {
    const until = systemClock.now() + sliceMs
    let step = this.#advance()
    for (let task = 1; step === 'done'; task++) {
      if (task % tasksALook === 0 && systemClock.now() >= until) break
      step = this.#advance()
    }
    if (step === 'idle') this.#pumping = false
    else systemClock.defer(() => this.#slice())
  }

  /** Runs what is due: first the tasks of the present instant, then deferred ones, then the next instant's. */
  #advance(): 'done' | 'unfinished' | 'idle' {
    if (this.#running.length > 0) return this.#runDeferred()
    const next = this.#agenda.next
    if (this.#agenda.size > 0 && (next <= this.#now || this.#deferred.length === 0)) {
      const task = this.#agenda.take()!
      if (task.cancelled) return 'done'
      this.#now = Math.max(this.#now, next)
      task.run()
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
