import { finiteFrom, knownOptions, wholeFrom, wrongOption } from '../base/check.ts'
import { limits } from '../base/limits.ts'
import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { failureOf } from '../trainable/failure.ts'
import { checkMetrics } from '../trainable/metrics.ts'
import type { Curves } from '../trainable/trainable.ts'
import type { Failure, Outcome } from '../trial/event.ts'
import { planned } from './agenda.ts'
import type { Planned } from './agenda.ts'
import type { Attempt, Executor, Inbox } from './executor.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface SimulatedOptions {
  /** Trials that run at the same time, 10,000 at most. Default: 4. */
  readonly workers?: number
  /** Virtual seconds that pass before an attempt's first step, such as for starting a machine. Default: 0. */
  readonly startSeconds?: number
  /** Virtual seconds that a step takes longer which makes a checkpoint. Default: 0. */
  readonly checkpointSeconds?: number
  /** Failures of trials' own, for each hour of running time: a failed attempt loses the step it was at. Default: 0. */
  readonly failuresPerHour?: number
  /** Losses of a worker, as of a preempted machine, for each hour of its running time. Default: 0. */
  readonly preemptionsPerHour?: number
  /**
   * What befalls an attempt instead of its report at a step, besides the rates above: a failure of its own, the loss of its machine,
   * or nothing. `random` is a stream of this trial, attempt and step.
   */
  readonly faults?: (at: { trial: number; attempt: number; step: number; random: Random }) => SimulatedFault | undefined
  /** Whether running trials outlive the engine, as they do on a cluster. Default: true. */
  readonly outlivesEngine?: boolean
  /** Steps from one checkpoint to the next, of which nothing is written. Default: none is made. */
  readonly checkpointEvery?: number
}

export type SimulatedFault = 'failed' | 'lost'

/** Refuses what can't be simulated. Throws `unknown_option` or `invalid_option`. */
export function checkSimulatedOptions(options: SimulatedOptions): void {
  const rates = ['startSeconds', 'checkpointSeconds', 'failuresPerHour', 'preemptionsPerHour'] as const
  knownOptions('simulated()', options, ['workers', 'faults', 'outlivesEngine', 'checkpointEvery', ...rates])
  for (const name of rates) if (options[name] !== undefined) finiteFrom(`simulated(): ${name}`, options[name], 0)
  if (options.checkpointEvery !== undefined) wholeFrom('simulated(): checkpointEvery', options.checkpointEvery, 1)
  if (options.workers === undefined) return
  if (wholeFrom('simulated(): workers', options.workers, 1) > limits.simulatedWorkers) {
    throw wrongOption('simulated(): workers', `at most ${limits.simulatedWorkers}`, options.workers)
  }
}

const simulatedFailure: Failure = { kind: 'error', message: 'Error: simulated failure', stack: '' }
/** What a stream of an attempt's step is for. */
const use = { seconds: 0, metrics: 1, faults: 2, rates: 3 } as const

/** A running attempt: where its curve stands. While a step is under way it is planned itself, with the report at the step's end. */
class Running implements Planned {
  readonly trial: number
  readonly attempt: number
  readonly seed: number
  readonly config: Attempt['config']
  /** Steps that its checkpoint has behind it. */
  readonly from: number
  /** Steps of the whole training; NaN where that could not be told. */
  readonly steps: number
  readonly #reach: (running: Running) => void
  /** Reports sent so far. */
  reports: number
  /** Virtual seconds of the step that it is at. */
  seconds = 0
  /** A checkpoint was asked for with the next report. */
  save = false
  /** No further step of it comes. */
  cancelled = false
  /** Its end, once that is planned. */
  end: Planned | undefined

  constructor(attempt: Attempt, from: number, steps: number, reach: (running: Running) => void) {
    this.trial = attempt.trial
    this.attempt = attempt.attempt
    this.seed = attempt.seed
    this.config = attempt.config
    this.reports = attempt.reports
    this.from = from
    this.steps = steps
    this.#reach = reach
  }

  run(): void {
    this.#reach(this)
  }
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
  /** Handed to the user's functions one after the other, each time as another stream. */
  readonly #random = new StepRandom()
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
    try {
      const running = new Running(attempt, this.#from(attempt), this.#steps(attempt), this.#reach)
      this.#running.set(attempt.trial, running)
      if (!attempt.held) this.#plan(running, attempt.sinceMs)
    } catch (thrown) {
      this.#fail(attempt, attempt.sinceMs, failureOf(thrown))
    }
  }

  /** Nothing is planned until the answer. */
  hold(): void {}

  answer(trial: number, attempt: number, answer: 'continue' | 'stop' | 'pause', save: boolean = false): void {
    const running = this.#running.get(trial)
    if (running?.attempt !== attempt) return
    if (answer !== 'continue') return this.stop(trial, attempt, 'stopped')
    if (running.cancelled) return
    running.save = save
    this.#plan(running, this.clock.now())
  }

  stop(trial: number, attempt: number, outcome: 'stopped' | 'interrupted'): void {
    const running = this.#running.get(trial)
    if (running?.attempt !== attempt) return
    this.#cancel(running)
    this.#planEnd(running, this.clock.now(), outcome, undefined)
  }

  async close(): Promise<void> {
    for (const running of this.#running.values()) this.#cancel(running)
    this.#running.clear()
  }

  #cancel(running: Running): void {
    running.cancelled = true
    if (running.end !== undefined) running.end.cancelled = true
  }

  /** Plans what comes next of an attempt that stood where it stands since `sinceMs`. */
  #plan(running: Running, sinceMs: number): void {
    const step = running.from + running.reports + 1
    if (step > running.steps) return this.#planEnd(running, sinceMs, 'completed', undefined)
    try {
      running.seconds = this.#seconds(running, step)
    } catch (thrown) {
      return this.#planEnd(running, sinceMs, 'failed', failureOf(thrown))
    }
    this.clock.plan(sinceMs + 1000 * running.seconds, running.trial, running)
  }

  #planEnd(running: Running, atMs: number, outcome: Outcome, failure: Failure | undefined): void {
    running.end = planned(() => this.#end(running, outcome, failure))
    this.clock.plan(atMs, running.trial, running.end)
  }

  #fail(attempt: Attempt, atMs: number, failure: Failure): void {
    this.clock.plan(
      atMs,
      attempt.trial,
      planned(() => this.#end(attempt, 'failed', failure)),
    )
  }

  readonly #reach = (running: Running): void => {
    const { trial, attempt, config } = running
    const step = running.from + running.reports + 1
    const fault = this.#fault(running, step)
    if (fault !== undefined) {
      return this.#end(running, fault, fault === 'failed' ? simulatedFailure : undefined)
    }
    let metrics
    let given: number | undefined
    try {
      metrics = checkMetrics(this.#curves.metrics(config, step, this.#random.at(running, use.metrics, step)))
      given = this.#curves.resource?.(config, step)
    } catch (thrown) {
      return this.#end(running, 'failed', failureOf(thrown))
    }
    const checkpoint = this.#saves(running, step) ? `${trial}-${attempt}-${running.reports + 1}` : undefined
    running.reports += 1
    this.#inbox!.reported(trial, attempt, running.reports, metrics, given, checkpoint)
  }

  #saves({ save }: Running, step: number): boolean {
    const { checkpointEvery } = this.#options
    return checkpointEvery !== undefined && (step % checkpointEvery === 0 || save)
  }

  /** Rates are those of a Poisson process, so a step of t hours is hit with probability 1 − exp(−rate · t). */
  #fault(running: Running, step: number): SimulatedFault | undefined {
    const { faults, failuresPerHour = 0, preemptionsPerHour = 0 } = this.#options
    if (failuresPerHour > 0 || preemptionsPerHour > 0) {
      const random = this.#random.at(running, use.rates, step)
      const hours = running.seconds / 3600
      if (random.float() < 1 - Math.exp(-failuresPerHour * hours)) return 'failed'
      if (random.float() < 1 - Math.exp(-preemptionsPerHour * hours)) return 'lost'
    }
    if (faults === undefined) return undefined
    const random = this.#random.at(running, use.faults, step)
    return faults({ trial: running.trial, attempt: running.attempt, step, random })
  }

  #end({ trial, attempt }: Pick<Attempt, 'trial' | 'attempt'>, outcome: Outcome, failure: Failure | undefined): void {
    this.#running.delete(trial)
    this.#inbox!.ended(trial, attempt, outcome, failure)
  }

  #steps({ config }: Attempt): number {
    const { steps } = this.#curves
    return typeof steps === 'number' ? steps : wholeFrom('steps() of the simulated training', steps(config), 1)
  }

  /** The steps behind a checkpoint, whose `step` is what its report gave. */
  #from({ checkpoint, config }: Attempt): number {
    if (checkpoint === undefined || this.#curves.resource === undefined) return checkpoint?.step ?? 0
    let step = 0
    while (this.#curves.resource(config, step + 1) <= checkpoint.step) step += 1
    return step
  }

  #seconds(running: Running, step: number): number {
    const { seconds } = this.#curves
    const { config } = running
    const value = seconds === undefined ? 1 : seconds(config, step, this.#random.at(running, use.seconds, step))
    if (!(value > 0 && Number.isFinite(value))) {
      throw wrongOption(`seconds() of the simulated training at step ${step}`, 'a finite number above 0', value)
    }
    const { startSeconds = 0, checkpointSeconds = 0 } = this.#options
    const starting = running.reports === 0 ? startSeconds : 0
    return value + starting + (this.#saves(running, step) ? checkpointSeconds : 0)
  }
}

type StreamKey = Pick<Attempt, 'seed' | 'trial' | 'attempt'>

/** The stream of an attempt's step, made only where numbers are drawn from it. */
class StepRandom implements Random {
  #of: StreamKey | undefined
  #use = 0
  #step = 0
  #made: Random | undefined

  /** From now on the stream of this step, from its beginning. */
  at(of: StreamKey, why: number, step: number): Random {
    this.#of = of
    this.#use = why
    this.#step = step
    this.#made = undefined
    return this
  }

  float(): number {
    return this.#random.float()
  }

  below(n: number): number {
    return this.#random.below(n)
  }

  normal(): number {
    return this.#random.normal()
  }

  uint32(): number {
    return this.#random.uint32()
  }

  get #random(): Random {
    const { seed, trial, attempt } = this.#of!
    return (this.#made ??= stream(seed, purpose.simulate, trial, attempt, this.#step, this.#use))
  }
}
