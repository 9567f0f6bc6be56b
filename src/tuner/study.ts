import { TrialistError, show } from '../base/errors.ts'
import { systemClock } from '../base/clock.ts'
import { schedulers } from '../schedule/registry.ts'
import type { SchedulerFactory } from '../schedule/scheduler.ts'
import { checkMetrics, checkStep } from '../trainable/metrics.ts'
import { failureOf } from '../trainable/failure.ts'
import type { ReportedMetrics, ReportOptions } from '../trainable/trainable.ts'
import type { Event, Metrics } from '../trial/event.ts'
import type { Core } from './core.ts'
import { ResultGrid } from './results.ts'
import type { Result } from './results.ts'

/** A trial that was asked for and waits to be told. */
export interface AskedTrial<C> {
  readonly trial: number
  readonly config: C
}

/** Throws `unsupported` where the scheduler pauses trials: in ask and tell nobody lets them go on. */
export function checkScheduler(scheduler: SchedulerFactory | string = 'fifo'): void {
  const { name, capabilities } = schedulers.resolve(scheduler)
  if (capabilities.pauses !== true) return
  throw new TrialistError({
    code: 'unsupported',
    message: `the scheduler ${name} pauses trials, which ask and tell can’t`,
    expected: 'a scheduler that stops trials or lets them go on',
    remedy: 'Choose another scheduler, or run the trials by a Tuner.',
  })
}

/**
 * Ask and tell without a loop: `ask` gives configurations, the caller evaluates them wherever it likes and tells the
 * results. Synchronous, in memory.
 */
export class AskTell<C, R extends ReportedMetrics, F extends Metrics> {
  readonly #core: Core
  readonly #events: Event[] = []
  readonly #started = systemClock.now()

  constructor(core: Core) {
    this.#core = core
    this.#events.push({ type: 'opened', version: 1, experiment: core.state.experiment })
    // Known results are there before the first trial is asked for.
    core.fill(0)
    this.#take()
  }

  /** The next configuration. Throws `no_result` where a finite space is exhausted. */
  ask(): AskedTrial<C>
  /** The next `n` configurations, chosen together; fewer where a finite space is exhausted. */
  ask(n: number): AskedTrial<C>[]
  ask(n?: number): AskedTrial<C> | AskedTrial<C>[] {
    const asked = this.#start(n ?? 1)
    if (n !== undefined) return asked
    if (asked[0] !== undefined) return asked[0]
    throw new TrialistError({
      code: 'no_result',
      message: 'there is nothing left to ask for',
      received: this.#core.state.exhausted ?? 'an exhausted budget',
      remedy: 'Ask for a number, ask(n), to be given what is left, or widen the space.',
    })
  }

  /** Reports an intermediate value of a running trial; the scheduler says whether it is worth going on. */
  report(trial: AskedTrial<C> | number, metrics: R, options: ReportOptions = {}): 'continue' | 'stop' {
    const live = this.#running(trial)
    const checked = checkMetrics(metrics)
    const step = checkStep(options)
    this.#tick()
    this.#core.report(live.number, live.attempt, live.reports + 1, checked, step)
    this.#take()
    return live.decision === undefined ? 'continue' : 'stop'
  }

  /** Reports a trial's final value and ends it. Throws `invalid_option` where it is not running, as at a second tell. */
  tell(trial: AskedTrial<C> | number, metrics: R, options: ReportOptions = {}): void {
    const live = this.#running(trial)
    const checked = checkMetrics(metrics)
    const step = checkStep(options)
    this.#requireMetrics(live.number, checked)
    this.#tick()
    // Whoever was told to stop ends the trial early by telling it.
    const outcome = live.decision === undefined ? 'completed' : 'stopped'
    if (outcome === 'completed') {
      this.#core.report(live.number, live.attempt, live.reports + 1, checked, step)
    }
    this.#core.end(live.number, live.attempt, outcome, undefined)
    this.#take()
  }

  /** Ends a trial as failed: the searcher learns to avoid it. */
  fail(trial: AskedTrial<C> | number, error: unknown): void {
    const live = this.#running(trial)
    this.#tick()
    this.#core.end(live.number, live.attempt, 'failed', failureOf(error))
    this.#take()
  }

  get best(): Result<C, F> {
    return this.results.best
  }

  get results(): ResultGrid<C, F> {
    return new ResultGrid(this.#core.state, 'memory', 'finished', () => this.#events)
  }

  #start(n: number): AskedTrial<C>[] {
    if (!Number.isInteger(n) || n < 1) {
      throw new TrialistError({
        code: 'invalid_option',
        message: 'ask(n)',
        expected: 'a whole number of at least 1',
        received: show(n),
      })
    }
    this.#tick()
    this.#core.fill(n)
    return this.#take().flatMap((command) =>
      command.type === 'start' ? [{ trial: command.attempt.trial, config: command.attempt.config as C }] : [],
    )
  }

  #running(asked: AskedTrial<C> | number): {
    readonly number: number
    readonly attempt: number
    readonly reports: number
    readonly decision: unknown
  } {
    const trial = typeof asked === 'object' && asked !== null ? asked.trial : asked
    const live = this.#core.state.live.get(trial)
    if (live?.running) return live
    const { columns } = this.#core.state
    throw new TrialistError({
      code: 'invalid_option',
      message: `trial ${show(trial)} can't be told`,
      expected: 'a trial that was asked for and not told yet',
      received:
        trial >= 0 && trial < columns.trials ? `one that is ${columns.state(trial)}` : 'one that nobody asked for',
    })
  }

  #requireMetrics(trial: number, metrics: Metrics): void {
    const { columns, experiment } = this.#core.state
    const bounded = experiment.outcomeConstraints?.filter((_, i) => Number.isNaN(columns.violation(trial, i))) ?? []
    for (const { metric } of [...experiment.objectives, ...bounded]) {
      if (metrics[metric] !== undefined) continue
      throw new TrialistError({
        code: 'unknown_metric',
        message: 'tell() without the declared metric',
        expected: `a value for ${show(metric)}`,
        received: show(metrics),
      })
    }
  }

  #tick(): void {
    this.#core.tick(systemClock.now() - this.#started)
  }

  #take(): ReturnType<Core['take']>['commands'] {
    const { events, commands } = this.#core.take()
    for (const event of events) this.#events.push(event)
    return commands
  }
}
