import { TrialistError, show } from '../base/errors.ts'
import type { Decision, Next } from '../schedule/scheduler.ts'
import { goOn, wait } from '../schedule/scheduler.ts'
import type { SearcherFactory, Suggestion } from '../search/searcher.ts'
import type { SchedulerFactory } from '../schedule/scheduler.ts'
import { schedulers } from '../schedule/registry.ts'
import { searchers } from '../search/registry.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { stopperFrom } from '../stop/registry.ts'
import type { TrialRow } from '../store/store.ts'
import type { StopperFactory } from '../stop/stopper.ts'
import { encodeEvent } from '../trial/encoder.ts'
import { TrialColumns } from '../trial/columns.ts'
import { membersOf } from '../trial/groups.ts'
import { recordedSpace } from '../trial/recorded-space.ts'
import { clientName, isExploredByClient, unfinishedRule, userName } from '../trial/event.ts'
import type { Judgement } from '../bridge/judge.ts'
import type { Decided, Event, Experiment, PluginRecord, Suggested } from '../trial/event.ts'
import { createCore } from './build.ts'
import type { Ask } from './command.ts'
import type { Core } from './core.ts'
import { Projection } from './projection.ts'

export interface Verification {
  readonly events: number
  readonly trials: number
  /** The first event that does not follow from those before it. */
  readonly difference: Difference | undefined
  /** What could not be recomputed, as its code is not in the log: its recorded answers were taken. */
  readonly taken: readonly string[]
}

export interface Difference {
  /** Index of the event in the log, from 0. */
  readonly position: number
  readonly recorded: string
  readonly recomputed: string
}

/** The algorithms by which a log is verified; undefined where there is only the record. */
export interface VerificationPlugins {
  readonly searcher: SearcherFactory | undefined
  readonly scheduler: SchedulerFactory | undefined
  readonly stoppers: readonly (StopperFactory | undefined)[]
}

/**
 * Verifies a log by itself: the space and our algorithms are made from its record. `rows` is the table of finished trials
 * beside it, compared with what the log says.
 */
export function verifyRecord(events: readonly Event[], rows: readonly TrialRow[] | undefined): Verification {
  const [opened] = events
  if (opened?.type !== 'opened') throw notOpened()
  const { experiment } = opened
  const space = recordedSpace(experiment)
  const verification = verifyLog(events, experiment, space, {
    // Constraints are code, which the log does not hold, and a searcher asks them.
    searcher: experiment.constraints > 0 ? undefined : searchers.from(experiment.searcher),
    scheduler: schedulerFrom(experiment),
    stoppers: experiment.stoppers.map(stopperFrom),
  })
  if (rows === undefined || verification.difference !== undefined) return verification
  return { ...verification, difference: compareRows(events, experiment, space, rows) }
}

function schedulerFrom({ scheduler, constraints }: Experiment): SchedulerFactory | undefined {
  const factory = schedulers.from(scheduler)
  return constraints > 0 && factory?.capabilities.explores === true ? undefined : factory
}

/** The first row of the table of trials that does not follow from the log. */
function compareRows(
  events: readonly Event[],
  experiment: Experiment,
  space: EncodedSpace,
  rows: readonly TrialRow[],
): Difference | undefined {
  const columns = new TrialColumns(space, experiment.objectives, experiment.score)
  const projection = new Projection(space, experiment.objectives)
  const byNumber = new Map(rows.map((row) => [row.number, row]))
  // A trial that failed and was tried again has its newest row.
  const expected = new Map<number, { readonly position: number; readonly recomputed: string }>()
  for (const [position, event] of events.entries()) {
    columns.apply(event)
    const row = projection.apply(event, columns)
    if (row !== undefined) expected.set(row.number, { position, recomputed: rowText(row) })
  }
  for (const [number, { position, recomputed }] of expected) {
    const row = byNumber.get(number)
    byNumber.delete(number)
    const recorded = row === undefined ? 'no row in the table of trials' : rowText(row)
    if (recorded !== recomputed) return { position, recorded, recomputed }
  }
  const [extra] = byNumber.values()
  if (extra === undefined) return undefined
  return { position: events.length, recorded: rowText(extra), recomputed: 'no such row in the table of trials' }
}

function rowText({
  number,
  state,
  attempts,
  score,
  config,
  metrics,
  step,
  startedMs,
  endedMs,
  error,
}: TrialRow): string {
  return JSON.stringify([number, state, attempts, score, config, metrics, step, startedMs, endedMs, error])
}

function notOpened(): TrialistError {
  return new TrialistError({
    code: 'corrupt_store',
    message: 'the log does not begin with an experiment',
    remedy: 'Was it written by a newer version of trialist?',
  })
}

/**
 * Runs an experiment again from its log: reports, ends, times and budgets are taken from it, every suggestion and
 * decision and everything that follows is recomputed and compared.
 */
export function verifyLog(
  events: readonly Event[],
  experiment: Experiment,
  space: EncodedSpace,
  plugins: VerificationPlugins,
): Verification {
  const tape = new Tape(events, space)
  const core = createCore(experiment, space, {
    searcher: plugins.searcher ?? tape.searcher(experiment),
    scheduler: plugins.scheduler ?? tape.scheduler(experiment.scheduler),
    stoppers: plugins.stoppers.map((stopper, i) => stopper ?? tape.stopper(experiment.stoppers[i]!)),
  })
  tape.core = core
  let difference: Difference | undefined
  while (difference === undefined && tape.position < events.length) difference = compareNext(core, tape)
  return { events: events.length, trials: core.state.columns.trials, difference, taken: takenFrom(experiment, plugins) }
}

/** Feeds the next recorded input and compares all that follows from it. */
function compareNext(core: Core, tape: Tape): Difference | undefined {
  const { events, position } = tape
  const time = events[position]!
  tape.input = position
  if (tape.wasAskedAt(position)) tape.ask(core)
  if (time.type === 'time') core.tick(time.now)
  let recomputed = core.take().events
  if (recomputed.length === 0) {
    if (time.type === 'time') tape.input += 1
    feed(core, tape)
    recomputed = core.take().events
  }
  if (recomputed.length === 0) return differenceAt(position, events[position], undefined)
  for (const [i, event] of recomputed.entries()) {
    const recorded = events[position + i]
    if (recorded === undefined || encodeEvent(recorded) !== encodeEvent(event)) {
      return differenceAt(position + i, recorded, event)
    }
  }
  tape.position = position + recomputed.length
  return undefined
}

function feed(core: Core, tape: Tape): void {
  const event = tape.events[tape.input]
  switch (event?.type) {
    case 'reported': {
      const { experiment, live } = core.state
      const metrics = recordedMetrics(event, experiment)
      return core.report(
        event.trial,
        event.attempt,
        (live.get(event.trial)?.reports ?? 0) + 1,
        metrics,
        event.step,
        event.checkpoint,
      )
    }
    case 'late':
      return core.report(event.trial, event.attempt, Infinity, {}, undefined)
    case 'ended': {
      const own = event.failure?.kind === 'no_metric' ? undefined : event.failure
      return core.end(event.trial, event.attempt, event.outcome, own)
    }
    case 'forgotten':
      return core.forget(event.trial, event.checkpoint)
    case 'reopened':
      return core.reopen(event.trial, event.afresh)
    case 'changed':
      return core.change(event.budget)
    case 'decided':
      if (event.by === clientName) return decideAgain(core, event)
      if (event.by === userName && event.why['rule'] === unfinishedRule) return core.stopUnfinished()
      if (event.exploit !== undefined && isExploredByClient(core.state.experiment)) return exploreAgain(core, event)
      return void core.fill(undefined, true)
    case 'halted':
      if (event.by === clientName) return core.wish({ resume: [], halt: event.why })
      return void core.fill(undefined, true)
    case 'stalled':
      return core.wish({ resume: [], halt: undefined, stalled: true })
    case 'suggested':
      if (tape.wasAskedAt(event.asOf)) return tape.answer(core)
      return void core.fill(undefined, !isSearched(event))
    case 'exhausted':
      return void core.fill()
    default:
      return void core.fill(undefined, true)
  }
}

/** What the program that started the engine decided came as an input. */
function decideAgain(core: Core, { trial, attempt, action, why }: Decided): void {
  if (action === 'resume') return core.wish({ resume: [trial], halt: undefined })
  const judged = {
    action: action === 'pause' ? action : 'stop',
    why: why as Judgement['why'],
    halt: undefined,
  } as const
  core.judged({ type: 'judge', trial, attempt, saved: false }, judged)
}

/** So did the configuration that it explored. */
function exploreAgain(core: Core, { trial, attempt, why, exploit }: Decided): void {
  core.explored({ type: 'explore', trial, attempt, saved: false, why, exploit: exploit! }, exploit!.values)
}

/** The metrics as they came: an objective that was missing is left out again. */
function recordedMetrics(event: Event & { type: 'reported' }, experiment: Experiment): Record<string, number> {
  const metrics: Record<string, number> = { ...event.others }
  experiment.objectives.forEach(({ metric }, i) => {
    const value = event.values[i]!
    if (event.judged || !Number.isNaN(value)) metrics[metric] = value
  })
  return metrics
}

function differenceAt(position: number, recorded: Event | undefined, recomputed: Event | undefined): Difference {
  return {
    position,
    recorded: recorded === undefined ? 'nothing: the log ends here' : encodeEvent(recorded),
    recomputed: recomputed === undefined ? 'nothing follows here' : encodeEvent(recomputed),
  }
}

function takenFrom(experiment: Experiment, plugins: VerificationPlugins): string[] {
  const taken: string[] = []
  if (plugins.searcher === undefined) taken.push(`searcher ${show(experiment.searcher.name)}`)
  if (plugins.scheduler === undefined) taken.push(`scheduler ${show(experiment.scheduler.name)}`)
  experiment.stoppers.forEach(({ name }, i) => {
    if (plugins.stoppers[i] === undefined) taken.push(`stopper ${show(name)}`)
  })
  return taken
}

/** For configurations of the user's the searcher was not asked. */
function isSearched({ why }: Suggested): boolean {
  return why.by !== 'initial' && why.by !== 'known'
}

/** Those of a batch that was made in place follow the position that their searcher had seen; a client's never are. */
function askedIn(events: readonly Event[], isClients: boolean): ReadonlySet<number> {
  const inPlace = new Set<number>()
  const asked = new Set<number>()
  for (const [index, event] of events.entries()) {
    if (event.type !== 'suggested' || !isSearched(event)) continue
    if (event.asOf === index && !isClients) inPlace.add(index)
    else if (!inPlace.has(event.asOf)) asked.add(event.asOf)
  }
  return asked
}

/** Whether an event is what a report led to before stoppers were asked: a decision on its trial, which may be held at once. */
function isLedToBy(report: Event | undefined, event: Event | undefined): boolean {
  if (report?.type !== 'reported' || (event?.type !== 'decided' && event?.type !== 'ended')) return false
  return event.trial === report.trial && (event.type === 'decided' || event.outcome === 'held')
}

/** A recorded decision as a scheduler's answer. */
function answerFrom({ action, why, exploit }: Decided): Omit<Decided, 'type' | 'trial' | 'attempt' | 'by'> {
  return exploit === undefined ? { action, why } : { action, why, exploit }
}

/** The log as a source of answers for algorithms whose code is not at hand. */
class Tape {
  readonly events: readonly Event[]
  readonly #space: EncodedSpace
  readonly #suggested: ReadonlyMap<number, Suggested>
  /** Index of the first event that is not compared yet. */
  position = 1
  /** Index of the input that is being fed. */
  input = 0
  /** Positions as of which a slow searcher made suggestions that came later. */
  readonly #asked: ReadonlySet<number>
  #answered: { readonly ask: Ask; readonly suggestions: readonly Suggestion[] } | undefined
  /** What is fed. */
  core: Core | undefined
  #isAsking = false

  constructor(events: readonly Event[], space: EncodedSpace) {
    this.events = events
    this.#space = space
    const [opened] = events
    this.#asked = askedIn(events, opened?.type === 'opened' && opened.experiment.searcher.name === clientName)
    const suggested = events.filter((event) => event.type === 'suggested')
    this.#suggested = new Map(suggested.map((event) => [event.trial, event]))
  }

  searcher({ searcher, repeats = 1, known = [] }: Experiment): SearcherFactory {
    // Where configurations are repeated, the searcher is asked for one trial a group.
    const first = (group: number): number => membersOf(group, { repeats, known: known.length })[0]!
    return {
      ...searcher,
      capabilities: { objectivesMax: Infinity, outcomeConstraints: true, gives: true },
      create: ({ history }) => ({ slow: true, suggest: (n) => this.#suggestions(history.trials, n, first) }),
    }
  }

  wasAskedAt(position: number): boolean {
    return this.#asked.has(position)
  }

  /** Asks the searcher for what it answered later. */
  ask(core: Core): void {
    this.#isAsking = true
    core.fill(undefined, true)
    this.#isAsking = false
    const ask = core.take().commands.find((command) => command.type === 'suggest')
    this.#answered = ask && { ask, suggestions: core.answerTo(ask) }
  }

  answer(core: Core): void {
    if (this.#answered === undefined) return
    const { ask, suggestions } = this.#answered
    // The program that started the engine says where the end is by none at all.
    const areLast = core.state.experiment.searcher.name !== clientName && suggestions.length < ask.n
    core.suggested(ask, suggestions, areLast)
  }

  scheduler(record: PluginRecord): SchedulerFactory {
    if (record.name === clientName) {
      return { ...record, capabilities: { objectivesMax: Infinity }, create: () => ({ decide: () => goOn }) }
    }
    const decide = (): Decision => {
      const decided = this.#decision(record.name)
      return decided === undefined ? goOn : (answerFrom(decided) as Decision)
    }
    const next = (): Next | undefined => this.#next(record.name)
    return { ...record, capabilities: { objectivesMax: Infinity }, create: () => ({ decide, next }) }
  }

  /** What became of a paused trial where the log goes on. */
  #next(by: string): Next | undefined {
    if (this.#isAsking) return undefined
    const { position, live } = this.core!.state
    const first = position === this.position && this.events[position]?.type === 'time' ? position + 1 : position
    const event = this.events[first]
    if (event?.type === 'suggested' || event?.type === 'exhausted') return undefined
    const isPaused = event?.type === 'decided' && event.by === by && live.get(event.trial)?.paused === true
    if (!isPaused || event.why['rule'] === 'finished' || event.why['rule'] === 'stalled') return wait
    return { ...answerFrom(event), trial: event.trial } as Next
  }

  stopper(record: PluginRecord): StopperFactory {
    if (record.name === clientName) return { ...record, create: () => ({}) }
    const stopTrial = (): string | undefined => this.#decision(record.name)?.why['rule'] as string | undefined
    const stopExperiment = (): string | undefined => this.#halt(record.name)
    return { ...record, create: () => ({ stopTrial, stopExperiment }) }
  }

  /** The suggestions for trials from `first` on that were made together. */
  #suggestions(first: number, n: number, trialOf: (number: number) => number): Suggestion[] {
    const asOf = this.#suggested.get(trialOf(first))?.asOf
    const found: Suggestion[] = []
    for (let number = first; number < first + n; number++) {
      const event = this.#suggested.get(trialOf(number))
      if (event === undefined || event.asOf !== asOf) break
      const point = new Float64Array(this.#space.dimensions.length)
      this.#space.readValues(event.values, point, 0)
      found.push({ point, why: event.why })
    }
    return found
  }

  /** The decision that followed the report at hand. */
  #decision(by: string): Decided | undefined {
    const report = this.events[this.input]
    const next = this.events[this.input + 1]
    if (report?.type !== 'reported' || next?.type !== 'decided') return undefined
    return next.by === by && next.trial === report.trial ? next : undefined
  }

  /** Why the experiment was halted at the input at hand. */
  #halt(by: string): string | undefined {
    let next = this.input + 1
    while (isLedToBy(this.events[this.input], this.events[next])) next += 1
    const event = this.events[next]
    return event?.type === 'halted' && event.by === by ? event.why : undefined
  }
}
