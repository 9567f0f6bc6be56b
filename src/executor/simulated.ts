import { wholeFrom } from '../base/check.ts'
import { TrialistError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { failureOf } from '../trainable/failure.ts'
import { checkMetrics } from '../trainable/metrics.ts'
import type { Curves } from '../trainable/trainable.ts'
import type { Failure, Outcome } from '../trial/event.ts'
import type { Attempt, Executor, Inbox } from './executor.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface SimulatedOptions {
  /** Trials that run at the same time. Default: 4. */
  readonly workers?: number
  /**
   * What befalls an attempt instead of its report at a step: a failure of its own, the loss of its machine, or nothing.
   * `random` is a stream of this trial, attempt and step.
   */
  readonly faults?: (at: { trial: number; attempt: number; step: number; random: Random }) => SimulatedFault | undefined
  /** Whether running trials outlive the engine, as they do on a cluster. Default: true. */
  readonly outlivesEngine?: boolean
  /** Steps from one checkpoint to the next, of which nothing is written. Default: none is made. */
  readonly checkpointEvery?: number
}

export type SimulatedFault = 'failed' | 'lost'

const simulatedFailure: Failure = { kind: 'error', message: 'Error: simulated failure', stack: '' }

/** A running attempt: where its curve stands. */
interface Running {
  readonly attempt: Attempt
  /** Reports sent so far. */
  reports: number
  /** A checkpoint was asked for with the next report. */
  save: boolean
  cancel: () => void
}

/**
 * Runs trainings that are described by curves, on virtual time: hours pass in milliseconds. What happens when is a
 * function of the curves, the seed and the log alone, so an executor that is built anew after the engine's death goes on
 * where the old one stood, as trials on other machines would.
 */
export class SimulatedExecutor implements Executor {
  readonly clock: VirtualClock = new VirtualClock()
  readonly slots: number
  readonly held: number = limits.heldInline
  readonly #curves: Curves<unknown>
  readonly #options: SimulatedOptions
  readonly #running = new Map<number, Running>()
  #inbox: Inbox | undefined

  constructor(curves: Curves<unknown>, options: SimulatedOptions = {}) {
    this.#curves = curves
    this.#options = options
    this.slots = options.workers ?? 4
  }

  connect(inbox: Inbox, running: readonly Attempt[], now: number): readonly ('running' | 'gone')[] {
    this.#inbox = inbox
    this.clock.set(now)
    if (this.#options.outlivesEngine === false) return running.map(() => 'gone')
    for (const attempt of running) this.start(attempt)
    return running.map(() => 'running')
  }

  /** Starts an attempt, or picks it up after its last report in the log. */
  start(attempt: Attempt): void {
    const running = { attempt, reports: attempt.reports, save: false, cancel: () => {} }
    this.#running.set(attempt.trial, running)
    if (attempt.held) return
    this.#plan(running, attempt.sinceMs)
  }

  /** Nothing is planned until the answer. */
  hold(): void {}

  answer(trial: number, attempt: number, answer: 'continue' | 'stop' | 'pause', save: boolean = false): void {
    const running = this.#running.get(trial)
    if (running?.attempt.attempt !== attempt) return
    if (answer !== 'continue') return this.stop(trial, attempt, 'stopped')
    running.save = save
    this.#plan(running, this.clock.now())
  }

  stop(trial: number, attempt: number, outcome: 'stopped' | 'interrupted'): void {
    const running = this.#running.get(trial)
    if (running?.attempt.attempt !== attempt) return
    running.cancel()
    running.cancel = this.clock.at(this.clock.now(), trial, () => this.#end(running, outcome, undefined))
  }

  async close(): Promise<void> {
    for (const running of this.#running.values()) running.cancel()
    this.#running.clear()
  }

  /** Plans what comes next of an attempt that stood where it stands since `sinceMs`. */
  #plan(running: Running, sinceMs: number): void {
    const { trial } = running.attempt
    const step = (running.attempt.checkpoint?.step ?? 0) + running.reports + 1
    try {
      const last = step > this.#steps(running.attempt)
      const instant = last ? sinceMs : sinceMs + 1000 * this.#seconds(running.attempt, step)
      running.cancel = this.clock.at(instant, trial, () => {
        if (last) this.#end(running, 'completed', undefined)
        else this.#reach(running, step)
      })
    } catch (thrown) {
      running.cancel = this.clock.at(sinceMs, trial, () => this.#end(running, 'failed', failureOf(thrown)))
    }
  }

  #reach(running: Running, step: number): void {
    const { trial, attempt, config } = running.attempt
    const fault = this.#options.faults?.({ trial, attempt, step, random: this.#random(running.attempt, 2, step) })
    if (fault === 'lost') return this.#end(running, 'lost', undefined)
    if (fault === 'failed') return this.#end(running, 'failed', simulatedFailure)
    let metrics
    try {
      metrics = checkMetrics(this.#curves.metrics(config, step, this.#random(running.attempt, 1, step)))
    } catch (thrown) {
      return this.#end(running, 'failed', failureOf(thrown))
    }
    running.reports += 1
    this.#inbox!.reported(trial, attempt, running.reports, metrics, undefined, this.#checkpoint(running, step))
  }

  #checkpoint({ attempt, reports, save }: Running, step: number): string | undefined {
    const { checkpointEvery } = this.#options
    if (checkpointEvery === undefined || (step % checkpointEvery !== 0 && !save)) return undefined
    return `${attempt.trial}-${attempt.attempt}-${reports}`
  }

  #end(running: Running, outcome: Outcome, failure: Failure | undefined): void {
    const { trial, attempt } = running.attempt
    this.#running.delete(trial)
    this.#inbox!.ended(trial, attempt, outcome, failure)
  }

  #steps({ config }: Attempt): number {
    const { steps } = this.#curves
    return typeof steps === 'number' ? steps : wholeFrom('steps() of the simulated training', steps(config), 1)
  }

  #seconds(attempt: Attempt, step: number): number {
    const { seconds } = this.#curves
    if (seconds === undefined) return 1
    const value = seconds(attempt.config, step, this.#random(attempt, 0, step))
    if (value > 0 && Number.isFinite(value)) return value
    throw new TrialistError({
      code: 'invalid_option',
      message: `seconds() of the simulated training answered at step ${step}`,
      expected: 'a finite number above 0',
      received: String(value),
    })
  }

  #random({ seed, trial, attempt }: Attempt, use: number, step: number): Random {
    return stream(seed, purpose.simulate, trial, attempt, step, use)
  }
}
