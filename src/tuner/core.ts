import { limits } from '../base/limits.ts'
import type { ExploreCommand, Judgement, JudgeCommand, Wish } from '../bridge/judge.ts'
import type { Decision, Next, Scheduler } from '../schedule/scheduler.ts'
import type { Searcher, Suggestion } from '../search/searcher.ts'
import type { Stopper } from '../stop/stopper.ts'
import type { LogValue } from '../space/encoded.ts'
import type { Budget, Decided, Event, Exploit, Failure, Metrics, Outcome, Reported, Why } from '../trial/event.ts'
import { clientName, isExploredByClient, metricsOf } from '../trial/event.ts'
import { equalFailures, isAtRest, nobodyGoesOn, timeUsedUp, wasLetGoOn } from './halting.ts'
import { answerOf, attemptOf, endOf, hasFailed, reportOf, stateAfter, unjudgedMessage } from './attempts.ts'
import type { Algorithms } from './algorithms.ts'
import { eventsOfKnown, stopsOfUnfinished } from './at-once.ts'
import type { Ask, Command } from './command.ts'
import {
  checkDecision,
  checkSuggestions,
  consult,
  neverReported,
  notKept,
  notPaused,
  pluginError,
} from './plugin-faults.ts'
import { bringsConstrained } from './state.ts'
import type { ExperimentState, LiveTrial } from './state.ts'

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
  readonly #resumedElsewhere: boolean
  readonly #exploredElsewhere: boolean
  /** Trials whose next configuration was asked for elsewhere. */
  readonly #exploring = new Set<number>()
  #warnedUnsaved = false
  #now = 0
  #events: Event[] = []
  #commands: Command[] = []

  constructor(state: ExperimentState, { searcher, scheduler, stoppers, awaitedMetrics }: Algorithms) {
    this.state = state
    this.#known = state.known
    this.#resumedElsewhere = state.experiment.scheduler.name === clientName
    this.#exploredElsewhere = isExploredByClient(state.experiment)
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
    this.state.retention.takeReleased()
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

  /**
   * Report number `ordinal` of an attempt. One that was already taken is answered again and changes nothing. Where `elsewhere` is
   * true, a judged one that nothing here decides on is answered once `judged` is told what was decided elsewhere.
   */
  report(
    trial: number,
    attempt: number,
    ordinal: number,
    metrics: Metrics,
    step: number | undefined,
    checkpoint?: string,
    elsewhere: boolean = false,
  ): void {
    const saved = checkpoint !== undefined
    const live = this.state.liveIf(trial)
    // It is answered when its trial goes on.
    if (live?.attempt === attempt && live.held && ordinal <= live.reports) return
    if (live === undefined || live.attempt !== attempt || !live.running || live.decision !== undefined) {
      const known = live?.attempt === attempt && ordinal <= live.reports
      if (!known) this.#record({ type: 'late', trial, attempt })
      if (!known && saved && !this.#keeps(trial, checkpoint)) this.#commands.push({ type: 'remove', checkpoint })
      const answer = known ? answerOf(live) : 'stop'
      this.#commands.push({ type: 'answer', trial, attempt, answer, saved })
      return
    }
    const isJudged = ordinal > live.reports && this.#takeReport(live, metrics, step, checkpoint)
    if (this.#exploring.has(trial)) return
    if (isJudged && elsewhere && answerOf(live) === 'continue') {
      this.#commands.push({ type: 'judge', trial, attempt, saved })
      return
    }
    this.#answer(live, saved)
  }

  /** What was decided elsewhere on a report that waits for its answer. */
  judged({ trial, attempt, saved }: JudgeCommand, { action, why, halt }: Judgement): void {
    const live = this.state.liveIf(trial)
    const waits = live !== undefined && live.attempt === attempt && live.running
    if (waits && live.decision === undefined) {
      if (action === 'stop') this.#decide(live, clientName, 'stop', why)
      else if (action === 'pause') this.#pause(live, clientName, why)
    }
    if (halt !== undefined) this.#halt(clientName, halt)
    if (waits) this.#answer(live, saved)
  }

  /** The configuration with which a trial goes on, as it was explored elsewhere. */
  explored({ trial, attempt, saved, why, exploit }: ExploreCommand, values: readonly LogValue[]): void {
    this.#exploring.delete(trial)
    const live = this.state.live.get(trial)
    if (live === undefined || live.attempt !== attempt) return
    const by = this.state.experiment.scheduler.name
    const isFree = live.decision === undefined && this.#keeps(exploit.trial, exploit.checkpoint)
    if (isFree && (live.running || live.paused)) this.#decide(live, by, 'exploit', why, { ...exploit, values })
    if (live.running) this.#answer(live, saved)
    else if (live.held && isFree) this.#dismiss(live)
  }

  /** What was decided elsewhere without having been asked for. */
  wish({ resume, halt, stalled = false }: Wish): void {
    for (const trial of resume) {
      const live = this.state.liveIf(trial)
      if (live?.paused === true && live.decision === undefined) this.#decide(live, clientName, 'resume', {})
    }
    if (stalled && isAtRest(this.state)) this.#goOnWithPaused()
    if (halt !== undefined) this.#halt(clientName, halt)
  }

  /** Whom the scheduler lets go on has room; where it has none, those that wait for trials to come end. */
  #goOnWithPaused(): void {
    this.#record({ type: 'stalled' })
    const next = consult(() => this.#scheduler.next?.(), 'choosing the trial that goes on')
    if (next === undefined || next.action === 'wait') this.#endAllPaused('stalled')
  }

  #answer(live: LiveTrial, saved: boolean): void {
    const { number: trial, attempt } = live
    if (live.held) this.#commands.push({ type: 'hold', trial, attempt })
    else this.#commands.push({ type: 'answer', trial, attempt, answer: answerOf(live), saved })
  }

  #keeps(trial: number, checkpoint: string): boolean {
    return this.state.retention.of(trial).some(({ id }) => id === checkpoint)
  }

  /** A trial that failed is tried again: from its newest checkpoint, or afresh. Lifts a halt: whoever wants that wants to go on. */
  reopen(trial: number, afresh: boolean): void {
    if (hasFailed(trial, this.state)) this.#record({ type: 'reopened', trial, afresh })
  }

  /** Stops the trials that are not over, before the executor is told which of them run. */
  stopUnfinished(): void {
    for (const event of stopsOfUnfinished(this.state)) this.#record(event)
  }

  /** A kept checkpoint is gone. */
  forget(trial: number, checkpoint: string): void {
    this.#record({ type: 'forgotten', trial, checkpoint })
  }

  /** An attempt is over. Said twice, the second is ignored. */
  end(trial: number, attempt: number, outcome: Outcome, failure: Failure | undefined): void {
    const live = this.state.liveIf(trial)
    if (live === undefined || live.attempt !== attempt || !(live.running || live.held)) return
    this.#record(endOf(live, outcome, failure, this.state))
    const [missing] = this.#awaitedMetrics
    if (outcome === 'completed' && missing !== undefined) throw neverReported(missing)
    this.#stopEqualFailures()
    this.#consultStoppers()
  }

  /**
   * Fills the free slots, or as many as the caller has: waiting trials first, then new ones. Where `elsewhere` is true, a slow
   * searcher is not asked here but by a command, each time that trials are wanted: the caller sees to it that it is asked once.
   * Launches so many at most; true where more of it may be left.
   */
  fill(
    slots: number = this.state.budget.concurrency - this.state.taken,
    elsewhere: boolean = false,
    most: number = Infinity,
  ): boolean {
    const { state } = this
    if (state.columns.trials < state.known) for (const event of eventsOfKnown(state)) this.#record(event)
    let launched = 0
    for (let free = slots; free > 0 && state.halted === undefined;) {
      if (launched++ === most) return true
      if (state.waiting.length === 0 && !this.#admit(free, elsewhere)) break
      const live = state.liveTrial(state.waiting[0]!)
      this.#launch(live, Math.min(live.wanted, free))
      free -= live.slots
    }
    const isOpen = this.#resumedElsewhere || this.#exploring.size > 0
    if (nobodyGoesOn(state, isOpen)) this.#endAllPaused()
    return false
  }

  /** Has a trial wait for the next slot: a paused one that the scheduler lets go on, else new ones. False where there is none. */
  #admit(free: number, elsewhere: boolean): boolean {
    const { state } = this
    do {
      const next = consult(() => this.#scheduler.next?.(), 'choosing the trial that goes on')
      // Where nothing runs there is nothing to wait for.
      if (next?.action === 'wait' && state.running > 0) return false
      if (next === undefined || next.action === 'wait') return this.#suggest(free, elsewhere)
      if (this.#exploring.has(next.trial)) return false
      this.#carryOut(next)
      if (this.#exploring.has(next.trial)) return false
    } while (state.waiting.length === 0)
    return true
  }

  /** What the scheduler says of a paused trial. */
  #carryOut(next: Exclude<Next, { readonly action: 'wait' }>): void {
    const live = this.state.live.get(next.trial)
    if (live === undefined || !live.paused || live.decision !== undefined) throw notPaused(next.trial)
    const by = this.state.experiment.scheduler.name
    if (next.action === 'resume') this.#decide(live, by, 'resume', next.why)
    else if (next.action !== 'exploit') this.#endPaused(live, by, next.action, next.why)
    else {
      this.#exploit(live, by, next, false)
      if (live.held && live.decision !== undefined) this.#dismiss(live)
    }
  }

  #endPaused(live: LiveTrial, by: string, action: 'stop' | 'complete', why: Decided['why']): void {
    this.#decide(live, by, action, why)
    if (live.held) return this.#dismiss(live)
    const { number: trial, attempt } = live
    const state = stateAfter[action]
    this.#record({ type: 'ended', trial, attempt, outcome: state, state, failure: undefined })
  }

  /** Lets a held attempt come to its end. */
  #dismiss({ number: trial, attempt, decision }: LiveTrial): void {
    const answer = decision?.action === 'exploit' ? 'pause' : 'stop'
    this.#commands.push({ type: 'answer', trial, attempt, answer, saved: false })
  }

  /** No further trial comes, and nobody lets them go on. */
  #endAllPaused(rule: string = 'finished'): void {
    const by = this.state.experiment.scheduler.name
    for (const live of this.state.live.values()) {
      if (live.paused && live.decision === undefined) this.#endPaused(live, by, 'stop', { rule })
    }
  }

  /** What the searcher answers to a command, asked here and now. */
  answerTo({ n }: Ask): readonly Suggestion[] {
    return consult(() => this.#searcher.suggest(n), 'suggesting configurations')
  }

  /** The answer to a command; there are no more where `areLast` is true. What the budget has no room for any more is left out. */
  suggested({ n, asOf }: Ask, suggestions: readonly Suggestion[], areLast: boolean = suggestions.length < n): void {
    const { state } = this
    if (state.halted !== undefined || state.exhausted !== undefined) return
    this.#takeSuggestions(suggestions.slice(0, state.trialsLeft), asOf, areLast)
  }

  /** Answers whether the report was judged. */
  #takeReport(live: LiveTrial, metrics: Metrics, step: number | undefined, checkpoint: string | undefined): boolean {
    const event = reportOf(live, metrics, step, checkpoint, this.state)
    this.#record(event)
    if (event.judged) {
      this.#judge(live, event, checkpoint !== undefined)
      this.#consultStoppers()
      return true
    }
    this.#warnUnjudged(event)
    if (live.withoutMetric >= limits.reportsWithoutMetric) {
      this.#decide(live, 'engine', 'stop', { rule: 'no_metric' })
    }
    return false
  }

  #warnUnjudged(event: Reported): void {
    if (this.#warnedUnjudged || bringsConstrained(event.others, this.state.experiment)) return
    this.#warnedUnjudged = true
    this.#commands.push({ type: 'warn', message: unjudgedMessage(event, this.state.experiment) })
  }

  #judge(live: LiveTrial, event: Reported, saved: boolean): void {
    const decision = this.#decisionOn(event)
    const by = this.state.experiment.scheduler.name
    if (decision.action === 'stop' || decision.action === 'complete') {
      this.#decide(live, by, decision.action, decision.why)
      return
    }
    if (this.#stopByStopper(live, event)) return
    if (decision.action === 'pause') this.#pause(live, by, decision.why)
    else if (decision.action === 'exploit') this.#exploit(live, by, decision, saved)
  }

  #decisionOn(event: Reported): Decision {
    try {
      return checkDecision(this.#scheduler.decide(event))
    } catch (thrown) {
      throw pluginError(thrown, 'deciding on a report')
    }
  }

  #stopByStopper(live: LiveTrial, event: Reported): boolean {
    for (let index = 0; index < this.#stoppers.length; index++) {
      const stopper = this.#stoppers[index]!
      const why = stopper.stopTrial && consult(() => stopper.stopTrial!(event), 'deciding whether a trial stops')
      if (why === undefined) continue
      this.#decide(live, this.state.experiment.stoppers[index]!.name, 'stop', { rule: why })
      return true
    }
    return false
  }

  /** What has no checkpoint to go on from is held, as long as there is room. */
  #pause(live: LiveTrial, by: string, why: Decided['why']): void {
    const { state } = this
    this.#decide(live, by, 'pause', why)
    if (state.retention.newest(live.number) !== undefined) return
    const { number: trial, attempt } = live
    if (state.held < (state.budget.held ?? 0)) {
      this.#record({ type: 'ended', trial, attempt, outcome: 'held', state: 'paused', failure: undefined })
      return
    }
    if (this.#warnedUnsaved) return
    this.#warnedUnsaved = true
    const message = `Trial ${trial} is paused and has no checkpoint: when it goes on it starts again from nothing, as will others. Report checkpoints.`
    this.#commands.push({ type: 'warn', message })
  }

  #exploit(
    live: LiveTrial,
    by: string,
    { why, exploit }: Decision & { readonly action: 'exploit' },
    saved: boolean,
  ): void {
    const { trial, checkpoint } = exploit
    if (!this.#keeps(trial, checkpoint)) throw notKept(trial, checkpoint)
    const { number, attempt } = live
    if (this.#exploredElsewhere) {
      this.#exploring.add(number)
      this.#commands.push({ type: 'explore', trial: number, attempt, saved, why, exploit })
      return
    }
    this.#decide(live, by, 'exploit', why, exploit)
  }

  #consultStoppers(): void {
    for (let index = 0; index < this.#stoppers.length; index++) {
      const stopper = this.#stoppers[index]!
      if (stopper.stopExperiment === undefined || this.state.halted !== undefined) continue
      const why = consult(() => stopper.stopExperiment!(), 'deciding whether the experiment stops')
      if (why !== undefined) this.#halt(this.state.experiment.stoppers[index]!.name, why)
    }
  }

  #checkTime(): void {
    const why = timeUsedUp(this.state.budget, this.#now)
    if (why !== undefined) this.#halt('time', why)
  }

  #stopEqualFailures(): void {
    const why = equalFailures(this.state)
    if (why === undefined) return
    this.#halt('failures', why)
    this.#commands.push({ type: 'warn', message: `The experiment stops: ${why}` })
  }

  #halt(by: string, why: string): void {
    if (this.state.halted !== undefined) return
    this.#record({ type: 'halted', by, why })
    for (const live of this.state.live.values()) {
      if (live.decision !== undefined) continue
      if (live.paused || wasLetGoOn(live, this.state)) this.#endPaused(live, by, 'stop', { rule: 'halted' })
      if (!live.running) continue
      this.#decide(live, by, 'stop', { rule: 'halted' })
      this.#commands.push({ type: 'stop', trial: live.number, attempt: live.attempt })
    }
  }

  #decide(live: LiveTrial, by: string, action: Decided['action'], why: Decided['why'], exploit?: Exploit): void {
    const { number: trial, attempt } = live
    this.#record({ type: 'decided', trial, attempt, action, by, why, ...(exploit && { exploit }) })
  }

  /** Asks for up to `free` new trials; false where there are none to start, or none yet. */
  #suggest(free: number, elsewhere: boolean): boolean {
    const { state } = this
    const { initial } = state.experiment
    const want = Math.min(free, state.trialsLeft, limits.suggestionBatch)
    if (want === 0 || state.exhausted !== undefined) return false
    const next = state.columns.trials - state.known
    if (next < initial.length) {
      const asOf = state.position
      for (const values of initial.slice(next, next + want)) this.#recordSuggestion(values, { by: 'initial' }, asOf)
      return true
    }
    if (elsewhere && this.#searcher.slow === true) {
      this.#commands.push({ type: 'suggest', n: want, asOf: state.position })
      return false
    }
    this.#settleTime()
    const ask: Ask = { type: 'suggest', n: want, asOf: state.position }
    const suggestions = this.answerTo(ask)
    checkSuggestions(suggestions, want, this.state.space.dimensions.length)
    this.#takeSuggestions(suggestions, ask.asOf, suggestions.length < want)
    return suggestions.length > 0
  }

  #takeSuggestions(suggestions: readonly Suggestion[], asOf: number, areLast: boolean): void {
    for (const { point, why } of suggestions) this.#recordSuggestion(this.state.space.values(point), why, asOf)
    if (areLast) this.#record({ type: 'exhausted', why: `the search space has no further configuration to try` })
  }

  #recordSuggestion(values: readonly LogValue[], why: Why, asOf: number): void {
    this.#record({ type: 'suggested', trial: this.state.columns.trials, asOf, values, why })
  }

  #launch(live: LiveTrial, slots: number): void {
    const { number: trial, attempt, values, changed, held } = live
    if (held) {
      this.#record({ type: 'launched', trial, attempt })
      this.#commands.push({ type: 'answer', trial, attempt, answer: 'continue', saved: false })
      return
    }
    const from = this.state.retention.next(trial)
    const more = { ...(changed && { values }), ...(slots > 1 && { slots }) }
    this.#record({ type: 'launched', trial, attempt: attempt + 1, from, ...more })
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
    const released = this.state.retention.takeReleased()
    for (let i = 0; i < released.length; i++) this.#commands.push({ type: 'remove', checkpoint: released[i]! })
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
