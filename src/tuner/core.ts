import { TrialistError, messageOf, show } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Attempt } from '../executor/executor.ts'
import type { Decision, Scheduler } from '../schedule/scheduler.ts'
import { goOn } from '../schedule/scheduler.ts'
import type { Searcher, Suggestion } from '../search/searcher.ts'
import type { Stopper } from '../stop/stopper.ts'
import type { LogValue } from '../space/encoded.ts'
import type { Budget, Decided, Ended, Event, Failure, Metrics, Outcome, Reported, Why } from '../trial/event.ts'
import { metricsOf } from '../trial/event.ts'
import { bringsConstrained } from './state.ts'
import type { ExperimentState, LiveTrial } from './state.ts'

/** What the engine is to do once the events that led to it are in the log. */
export type Command =
  | { readonly type: 'start'; readonly attempt: Attempt }
  | {
      readonly type: 'answer'
      readonly trial: number
      readonly attempt: number
      readonly answer: 'continue' | 'stop'
      /** The report that is answered brought a checkpoint. */
      readonly saved: boolean
    }
  | { readonly type: 'stop'; readonly trial: number; readonly attempt: number }
  /** The checkpoint is kept no longer. */
  | { readonly type: 'remove'; readonly checkpoint: string }
  | Ask
  | { readonly type: 'warn'; readonly message: string }

/** A slow searcher is to suggest the next `n` trials, for the log up to the position `asOf`; the answer is an input. */
export interface Ask {
  readonly type: 'suggest'
  readonly n: number
  readonly asOf: number
}

/** The algorithms of an experiment; each is a function of the events it observed. */
export interface Algorithms {
  readonly searcher: Searcher
  readonly scheduler: Scheduler
  readonly stoppers: readonly Stopper[]
  /** Metrics that a stopper reads: a training that completes without any report of one was set up wrongly. */
  readonly awaitedMetrics: readonly { readonly by: string; readonly metric: string }[]
}

/**
 * The deterministic heart of an experiment. Inputs (a report, the end of an attempt, the time, a change of budget) become
 * events; algorithms are consulted and their answers become events too; what follows for the outside becomes commands.
 * Nothing here reads a clock, draws a random number or does I/O, so the same inputs give the same events: `trialist
 * verify` relies on it.
 */
export class Core {
  readonly state: ExperimentState
  readonly #searcher: Searcher
  readonly #scheduler: Scheduler
  readonly #stoppers: readonly Stopper[]
  readonly #observers: readonly { observe(event: Event): void }[]
  #awaitedMetrics: Algorithms['awaitedMetrics']
  readonly #known: number
  #warnedUnjudged = false
  #now = 0
  #events: Event[] = []
  #commands: Command[] = []

  constructor(state: ExperimentState, { searcher, scheduler, stoppers, awaitedMetrics }: Algorithms) {
    this.state = state
    this.#known = state.known
    this.#searcher = searcher
    this.#scheduler = scheduler
    this.#stoppers = stoppers
    this.#awaitedMetrics = awaitedMetrics
    this.#observers = [searcher, scheduler, ...stoppers].filter((each) => each.observe !== undefined) as {
      observe(event: Event): void
    }[]
  }

  /** Experiment time in milliseconds, as of the newest input. */
  get now(): number {
    return this.#now
  }

  /** Takes over an event of the log: no algorithm decides anything, they only observe. */
  replay(event: Event): void {
    this.state.apply(event)
    this.#now = this.state.now
    this.#observe(event)
  }

  /** The events and commands since the last call, in order. */
  take(): { readonly events: readonly Event[]; readonly commands: readonly Command[] } {
    const taken = { events: this.#events, commands: this.#commands }
    this.#events = []
    this.#commands = []
    return taken
  }

  /** The time of the inputs that follow, in milliseconds of experiment time; it enters the log with the next event. */
  tick(now: number): void {
    if (now <= this.#now) return
    this.#now = now
    this.#checkTime()
    this.#consultStoppers()
  }

  /** Sets the budget anew and lifts a halt: whoever changes the budget wants to go on. */
  change(budget: Budget): void {
    this.#record({ type: 'changed', budget })
    this.#checkTime()
  }

  /** Report number `ordinal` of an attempt. One that was already taken is answered again and changes nothing. */
  report(
    trial: number,
    attempt: number,
    ordinal: number,
    metrics: Metrics,
    step: number | undefined,
    checkpoint?: string,
  ): void {
    const saved = checkpoint !== undefined
    const live = this.state.live.get(trial)
    if (live === undefined || live.attempt !== attempt || !live.running || live.decision !== undefined) {
      const known = live?.attempt === attempt && ordinal <= live.reports
      if (!known) this.#record({ type: 'late', trial, attempt })
      if (!known && saved && !this.#keeps(trial, checkpoint)) this.#commands.push({ type: 'remove', checkpoint })
      this.#commands.push({ type: 'answer', trial, attempt, answer: 'stop', saved })
      return
    }
    if (ordinal > live.reports) this.#takeReport(live, metrics, step, checkpoint)
    const answer = live.decision === undefined ? 'continue' : 'stop'
    this.#commands.push({ type: 'answer', trial, attempt, answer, saved })
  }

  #keeps(trial: number, checkpoint: string): boolean {
    return this.state.retention.of(trial).some(({ id }) => id === checkpoint)
  }

  /** A kept checkpoint is gone. */
  forget(trial: number, checkpoint: string): void {
    this.#record({ type: 'forgotten', trial, checkpoint })
  }

  /** An attempt is over. Said twice, the second is ignored. */
  end(trial: number, attempt: number, outcome: Outcome, failure: Failure | undefined): void {
    const live = this.state.live.get(trial)
    if (live === undefined || live.attempt !== attempt || !live.running) return
    this.#record(endOf(live, outcome, failure, this.state))
    if (outcome === 'completed') this.#checkAwaitedMetrics()
    this.#stopEqualFailures()
    this.#consultStoppers()
  }

  /**
   * Fills the free slots, or as many as the caller has: waiting trials first, then new ones. Where `elsewhere` is true, a slow
   * searcher is not asked here but by a command, each time that trials are wanted: the caller sees to it that it is asked once.
   */
  fill(slots: number = this.state.budget.concurrency - this.state.running, elsewhere: boolean = false): void {
    const { state } = this
    if (state.columns.trials < state.known) this.#recordKnown()
    for (let free = slots; free > 0 && state.halted === undefined; free--) {
      if (state.waiting.length === 0 && !this.#suggest(free, elsewhere)) return
      this.#launch(state.liveTrial(state.waiting[0]!))
    }
  }

  /** What the searcher answers to a command, asked here and now. */
  answerTo({ n }: Ask): readonly Suggestion[] {
    return consult(() => this.#searcher.suggest(n), 'suggesting configurations')
  }

  /** The answer to a command. What the budget has no room for any more is left out. */
  suggested({ n, asOf }: Ask, suggestions: readonly Suggestion[]): void {
    const { state } = this
    if (state.halted !== undefined || state.exhausted !== undefined) return
    this.#takeSuggestions(suggestions.slice(0, state.trialsLeft), asOf, suggestions.length < n)
  }

  #takeReport(live: LiveTrial, metrics: Metrics, step: number | undefined, checkpoint: string | undefined): void {
    const event = reportOf(live, metrics, step, checkpoint, this.state)
    if (checkpoint === undefined) this.#record(event)
    else this.#recordCheckpoint(event)
    if (event.judged) {
      this.#judge(live, event)
      this.#consultStoppers()
      return
    }
    this.#warnUnjudged(event)
    if (live.withoutMetric >= limits.reportsWithoutMetric) {
      this.#decide(live, 'engine', 'stop', { rule: 'no_metric' })
    }
  }

  /** Those that the new checkpoint supersedes are removed once it is in the log. */
  #recordCheckpoint(event: Reported): void {
    const before = this.state.retention.of(event.trial)
    this.#record(event)
    const kept = new Set(this.state.retention.of(event.trial).map(({ id }) => id))
    for (const { id } of before) if (!kept.has(id)) this.#commands.push({ type: 'remove', checkpoint: id })
  }

  #warnUnjudged({ trial, step, values, others }: Reported): void {
    if (this.#warnedUnjudged || bringsConstrained(others, this.state.experiment)) return
    this.#warnedUnjudged = true
    const wanted = this.state.experiment.objectives.map(({ metric }) => show(metric)).join(', ')
    const why = values.some(Number.isNaN)
      ? `had no ${wanted} but ${
          Object.keys(others ?? {})
            .map(show)
            .join(', ') || 'nothing'
        }`
      : `had step ${step}, which is not above the one before`
    this.#commands.push({ type: 'warn', message: `A report of trial ${trial} ${why}: it is recorded and not judged.` })
  }

  #judge(live: LiveTrial, event: Reported): void {
    const decision = consult<Decision>(() => this.#scheduler.decide(event), 'deciding on a report')
    if (decision !== goOn && decision.action !== 'continue') {
      this.#decide(live, this.state.experiment.scheduler.name, decision.action, decision.why)
      return
    }
    for (const [index, stopper] of this.#stoppers.entries()) {
      const why = stopper.stopTrial && consult(() => stopper.stopTrial!(event), 'deciding whether a trial stops')
      if (why === undefined) continue
      this.#decide(live, this.state.experiment.stoppers[index]!.name, 'stop', { rule: why })
      return
    }
  }

  #consultStoppers(): void {
    for (const [index, stopper] of this.#stoppers.entries()) {
      if (stopper.stopExperiment === undefined || this.state.halted !== undefined) continue
      const why = consult(() => stopper.stopExperiment!(), 'deciding whether the experiment stops')
      if (why !== undefined) this.#halt(this.state.experiment.stoppers[index]!.name, why)
    }
  }

  #checkAwaitedMetrics(): void {
    const missing = this.#awaitedMetrics[0]
    if (missing === undefined) return
    throw new TrialistError({
      code: 'unknown_metric',
      message: `the stopper ${missing.by} waits for a metric that no report had, though a training is complete`,
      expected: `reports with ${show(missing.metric)}`,
      remedy: 'Name a metric that the trainable reports, or report this one.',
    })
  }

  #checkTime(): void {
    const { timeMs } = this.state.budget
    if (timeMs !== null && this.#now >= timeMs) this.#halt('time', `the time budget of ${timeMs / 1000} s is used up`)
  }

  #stopEqualFailures(): void {
    const { startFailures, repetition } = this.state
    // Repetitions of one configuration that fails say nothing of the others.
    if (startFailures === null || startFailures.count < limits.equalFailures * repetition.repeats) return
    const why = `the first ${startFailures.count} trials all failed with: ${startFailures.fingerprint}`
    this.#halt('failures', why)
    this.#commands.push({ type: 'warn', message: `The experiment stops: ${why}` })
  }

  #halt(by: string, why: string): void {
    if (this.state.halted !== undefined) return
    this.#record({ type: 'halted', by, why })
    for (const live of this.state.live.values()) {
      if (!live.running || live.decision !== undefined) continue
      this.#decide(live, by, 'stop', { rule: 'halted' })
      this.#commands.push({ type: 'stop', trial: live.number, attempt: live.attempt })
    }
  }

  #decide(live: LiveTrial, by: string, action: Decided['action'], why: Decided['why']): void {
    this.#record({ type: 'decided', trial: live.number, attempt: live.attempt, action, by, why })
  }

  /** Asks for up to `free` new trials; false where there are none to start, or none yet. */
  #suggest(free: number, elsewhere: boolean): boolean {
    const { state } = this
    const { initial } = state.experiment
    const want = Math.min(free, state.trialsLeft, limits.suggestionBatch)
    if (want === 0 || state.exhausted !== undefined) return false
    const next = state.columns.trials - state.known
    if (next < initial.length) {
      this.#recordSuggested(initial.slice(next, next + want).map((values) => ({ values, why: { by: 'initial' } })))
      return true
    }
    if (elsewhere && this.#searcher.slow === true) {
      this.#commands.push({ type: 'suggest', n: want, asOf: state.position })
      return false
    }
    this.#settleTime()
    const ask: Ask = { type: 'suggest', n: want, asOf: state.position }
    const suggestions = this.answerTo(ask)
    checkCount(suggestions, want)
    this.#takeSuggestions(suggestions, ask.asOf, suggestions.length < want)
    return suggestions.length > 0
  }

  #takeSuggestions(suggestions: readonly Suggestion[], asOf: number, areLast: boolean): void {
    this.#recordSuggested(
      suggestions.map(({ point, why }) => ({ values: this.state.space.values(point), why })),
      asOf,
    )
    if (areLast) this.#record({ type: 'exhausted', why: `the search space has no further configuration to try` })
  }

  #recordSuggested(
    suggestions: readonly { readonly values: readonly LogValue[]; readonly why: Why }[],
    asOf: number = this.state.position,
  ): void {
    for (const { values, why } of suggestions) {
      this.#record({ type: 'suggested', trial: this.state.columns.trials, asOf, values, why })
    }
  }

  /** Results from elsewhere pass for trials that were run at once. */
  #recordKnown(): void {
    for (const { values, metrics } of this.state.experiment.known!) {
      const trial = this.state.columns.trials
      this.#recordSuggested([{ values, why: { by: 'known' } }])
      this.#record({ type: 'launched', trial, attempt: 1 })
      this.#record(reportOf(this.state.liveTrial(trial), metrics, undefined, undefined, this.state))
      this.#record({ type: 'ended', trial, attempt: 1, outcome: 'completed', state: 'completed', failure: undefined })
    }
  }

  #launch(live: LiveTrial): void {
    const newest = this.state.retention.newest(live.number)
    const from = newest && { checkpoint: newest.id, step: newest.step }
    this.#record({ type: 'launched', trial: live.number, attempt: live.attempt + 1, from })
    this.#commands.push({ type: 'start', attempt: attemptOf(live, this.state) })
  }

  /** The one place where events arise: state, algorithms and the log see each in the same order. */
  #record(event: Event): void {
    this.#settleTime()
    this.#apply(event)
  }

  #settleTime(): void {
    if (this.#now !== this.state.now) this.#apply({ type: 'time', now: this.#now })
  }

  #apply(event: Event): void {
    this.state.apply(event)
    this.#events.push(event)
    this.#observe(event)
  }

  #observe(event: Event): void {
    if (event.type === 'reported' && this.#awaitedMetrics.length > 0) {
      const metrics = metricsOf(event, this.state.experiment.objectives)
      this.#awaitedMetrics = this.#awaitedMetrics.filter(({ metric }) => metrics[metric] === undefined)
    }
    try {
      // Of known results only the searcher learns: they were not trained step by step, as schedulers and stoppers compare.
      if (this.#known > 0 && 'trial' in event && event.trial < this.#known) this.#searcher.observe?.(event)
      else for (let i = 0; i < this.#observers.length; i++) this.#observers[i]!.observe(event)
    } catch (thrown) {
      throw pluginError(thrown, 'observing an event')
    }
  }
}

/** What the executor needs to start, or to pick up, the newest attempt of a live trial. */
export function attemptOf(live: LiveTrial, state: ExperimentState): Attempt {
  const origin = state.retention.origin(live.number)
  return {
    trial: live.number,
    attempt: live.attempt,
    config: state.space.configOf(live.values),
    seed: state.experiment.seed,
    reports: live.reports,
    step: Math.max(0, live.step),
    checkpoint: origin && { id: origin.checkpoint, step: origin.step },
    sinceMs: live.sinceMs,
  }
}

function reportOf(
  live: LiveTrial,
  metrics: Metrics,
  given: number | undefined,
  checkpoint: string | undefined,
  state: ExperimentState,
): Reported {
  const { objectives } = state.experiment
  const step = given ?? (state.retention.origin(live.number)?.step ?? 0) + live.reports + 1
  const values = objectives.map(({ metric }) => metrics[metric] ?? NaN)
  const complete = objectives.every(({ metric }) => metrics[metric] !== undefined)
  return {
    type: 'reported',
    trial: live.number,
    attempt: live.attempt,
    step,
    values,
    others: otherMetrics(metrics, objectives),
    judged: complete && step > live.step,
    checkpoint,
  }
}

function otherMetrics(metrics: Metrics, objectives: readonly { readonly metric: string }[]): Metrics | undefined {
  let others: Record<string, number> | undefined
  for (const name in metrics) {
    if (objectives.some(({ metric }) => metric === name)) continue
    others ??= {}
    others[name] = metrics[name]!
  }
  return others
}

/** What becomes of a trial whose attempt ended so. */
function endOf(live: LiveTrial, outcome: Outcome, failure: Failure | undefined, state: ExperimentState): Ended {
  const base = { type: 'ended', trial: live.number, attempt: live.attempt, outcome } as const
  const { decision } = live
  const withoutMetric = decision?.by === 'engine' || (outcome === 'completed' && !hasScore(live, state))
  if (withoutMetric && (decision === undefined || decision.by === 'engine')) {
    return { ...base, state: 'failed', failure: noMetric(live, state) }
  }
  if (decision !== undefined) {
    // A trial that came to its own end before the decision reached it was not ended early.
    const whole = decision.action === 'complete' || outcome === 'completed'
    return { ...base, state: whole ? 'completed' : 'stopped', failure: undefined }
  }
  if (outcome === 'completed' || outcome === 'stopped') return { ...base, state: outcome, failure: undefined }
  if (outcome === 'lost' || outcome === 'interrupted') return { ...base, state: 'pending', failure }
  const again = live.failures < state.experiment.maxFailures
  return { ...base, state: again ? 'pending' : 'failed', failure }
}

function hasScore(live: LiveTrial, state: ExperimentState): boolean {
  const { columns } = state
  if (columns.lastReport(live.number) < 0) return false
  for (let i = 0; i < columns.outcomeConstraints; i++) if (Number.isNaN(columns.violation(live.number, i))) return false
  return true
}

function noMetric(live: LiveTrial, state: ExperimentState): Failure {
  const { columns, experiment } = state
  if (columns.lastReport(live.number) >= 0) {
    const missing = experiment.outcomeConstraints?.find((_, i) => Number.isNaN(columns.violation(live.number, i)))
    const message = `the trial never reported ${show(missing?.metric)}, which an outcome constraint bounds. Report it at least once, or take the constraint out.`
    return { kind: 'no_metric', message, stack: '' }
  }
  const wanted = experiment.objectives.map(({ metric }) => show(metric)).join(', ')
  const came = live.metricNames.length > 0 ? `only ${live.metricNames.map(show).join(', ')}` : 'no metric at all'
  const message = `the trial never reported ${wanted}: it reported ${came}. Report the metric by its declared name, or declare another.`
  return { kind: 'no_metric', message, stack: '' }
}

function checkCount(suggestions: readonly Suggestion[], want: number): void {
  if (suggestions.length <= want) return
  throw new TrialistError({
    code: 'plugin',
    message: 'the searcher answered with too many suggestions',
    expected: `at most ${want}`,
    received: String(suggestions.length),
    remedy: 'Answer suggest(n) with at most n suggestions.',
  })
}

/** Runs code of an algorithm, which may be a user's: what it throws pauses the experiment with that error. */
function consult<T>(ask: () => T, doing: string): T {
  try {
    return ask()
  } catch (thrown) {
    throw pluginError(thrown, doing)
  }
}

function pluginError(thrown: unknown, doing: string): TrialistError {
  if (thrown instanceof TrialistError) return thrown
  return new TrialistError({
    code: 'plugin',
    message: `an algorithm of this experiment failed while ${doing}: ${messageOf(thrown)}`,
    remedy: 'Mend it and resume: nothing that the log holds is lost.',
    cause: thrown,
  })
}
