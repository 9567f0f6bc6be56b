/**
 * The only door to the platform's time: everything above is handed a clock, so that the same tuner runs on real and on
 * virtual time. All times are milliseconds.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes back, whatever happens to the wall clock. Real time: whole ones. */
  now(): number
  /**
   * Runs `task` soon, after the events that are already waiting. Where it answers true it has not come to its end: it is run again
   * before anything else of this clock, once the process has seen to its other work.
   */
  defer(task: () => boolean | void): void
  /** Runs `task` once `delayMs` have passed; the answer cancels it. */
  after(delayMs: number, task: () => void): () => void
}

// Declared here and not taken from Node's types: this layer is compiled without them.
declare const performance: { now(): number }
declare function setImmediate(task: () => void): unknown
declare function setTimeout(task: () => void, delayMs: number): unknown
declare function clearTimeout(timer: unknown): void

/** Longest delay that the platform's timers take; longer ones are cut into pieces. */
const delayMsMax = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Math.floor(performance.now()),
  defer(task) {
    setImmediate(() => {
      if (task() === true) systemClock.defer(task)
    })
  },
  after(delayMs, task) {
    let timer: unknown
    const wait = (leftMs: number): void => {
      const stepMs = Math.min(Math.max(leftMs, 0), delayMsMax)
      timer = setTimeout(() => (leftMs > stepMs ? wait(leftMs - stepMs) : task()), stepMs)
    }
    wait(delayMs)
    return () => clearTimeout(timer)
  },
}

/** The wall clock, for records that people read; nothing is decided by it. Milliseconds since 1970. */
export function wallTimeMs(): number {
  return Date.now()
}
