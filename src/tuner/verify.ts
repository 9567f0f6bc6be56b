import { TrialistError, show } from '../base/errors.ts'
import type { Decision, Scheduler } from '../schedule/scheduler.ts'
import { goOn } from '../schedule/scheduler.ts'
import type { SearcherFactory, Suggestion } from '../search/searcher.ts'
import type { SchedulerFactory } from '../schedule/scheduler.ts'
import { schedulers } from '../schedule/registry.ts'
import { searchers } from '../search/registry.ts'
import { compileSpace } from '../space/compile.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { spaceFromJSON } from '../space/json.ts'
import { stopperFrom } from '../stop/registry.ts'
import type { TrialRow } from '../store/store.ts'
import type { Stopper, StopperFactory } from '../stop/stopper.ts'
import { encodeEvent } from '../trial/codec.ts'
import { TrialColumns } from '../trial/columns.ts'
import type { Event, Experiment, PluginRecord } from '../trial/event.ts'
import { createCore } from './build.ts'
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
  const open = compileSpace(spaceFromJSON(experiment.space))
  const candidates = experiment.candidates?.map((values) => open.configOf(values))
  const space = candidates === undefined ? open : compileSpace(spaceFromJSON(experiment.space), { candidates })
  const verification = verifyLog(events, experiment, space, {
    // Constraints are code, which the log does not hold, and a searcher asks them.
    searcher: experiment.constraints > 0 ? undefined : searchers.from(experiment.searcher),
    scheduler: schedulers.from(experiment.scheduler),
    stoppers: experiment.stoppers.map(stopperFrom),
  })
  if (rows === undefined || verification.difference !== undefined) return verification
  return { ...verification, difference: compareRows(events, experiment, space, rows) }
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
  for (const [position, event] of events.entries()) {
    columns.apply(event)
    const expected = projection.apply(event, columns)
    if (expected === undefined) continue
    const row = byNumber.get(expected.number)
    byNumber.delete(expected.number)
    const recorded = row === undefined ? 'no row in the table of trials' : rowText(row)
    if (recorded !== rowText(expected)) return { position, recorded, recomputed: rowText(expected) }
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
    searcher: plugins.searcher ?? tape.searcher(experiment.searcher),
    scheduler: plugins.scheduler ?? tape.scheduler(experiment.scheduler),
    stoppers: plugins.stoppers.map((stopper, i) => stopper ?? tape.stopper(experiment.stoppers[i]!)),
  })
  let difference: Difference | undefined
  while (difference === undefined && tape.position < events.length) difference = compareNext(core, tape)
  return { events: events.length, trials: core.state.columns.trials, difference, taken: takenFrom(experiment, plugins) }
}

/** Feeds the next recorded input and compares all that follows from it. */
function compareNext(core: Core, tape: Tape): Difference | undefined {
  const { events, position } = tape
  const time = events[position]!
  if (time.type === 'time') core.tick(time.now)
  let recomputed = core.take().events
  if (recomputed.length === 0) {
    feed(core, events[time.type === 'time' ? position + 1 : position])
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

function feed(core: Core, event: Event | undefined): void {
  switch (event?.type) {
    case 'reported': {
      const { experiment, live } = core.state
      const metrics = recordedMetrics(event, experiment)
      return core.report(event.trial, event.attempt, (live.get(event.trial)?.reports ?? 0) + 1, metrics, event.step)
    }
    case 'late':
      return core.report(event.trial, event.attempt, Infinity, {}, undefined)
    case 'ended': {
      const own = event.failure?.kind === 'no_metric' ? undefined : event.failure
      return core.end(event.trial, event.attempt, event.outcome, own)
    }
    case 'changed':
      return core.change(event.budget)
    default:
      return core.fill()
  }
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

/** The log as a source of answers for algorithms whose code is not at hand. */
class Tape {
  readonly events: readonly Event[]
  readonly #space: EncodedSpace
  /** Index of the first event that is not compared yet. */
  position = 1

  constructor(events: readonly Event[], space: EncodedSpace) {
    this.events = events
    this.#space = space
  }

  searcher(record: PluginRecord): SearcherFactory {
    const suggest = (n: number): Suggestion[] => this.#nextSuggestions(n)
    return { ...record, capabilities: { objectivesMax: Infinity }, create: () => ({ suggest }) }
  }

  scheduler(record: PluginRecord): SchedulerFactory {
    const decide = (): Decision => {
      const decided = this.#decisionAfterReport(record.name)
      return decided === undefined ? goOn : { action: decided.action, why: decided.why }
    }
    const scheduler: Scheduler = { decide }
    return { ...record, capabilities: { objectivesMax: Infinity }, create: () => scheduler }
  }

  stopper(record: PluginRecord): StopperFactory {
    const stopper: Stopper = {
      stopTrial: () => {
        const why = this.#decisionAfterReport(record.name)?.why['rule']
        return typeof why === 'string' ? why : undefined
      },
      stopExperiment: () => {
        const halted = this.#ahead((event) => event.type === 'halted')
        return halted?.type === 'halted' && halted.by === record.name ? halted.why : undefined
      },
    }
    return { ...record, create: () => stopper }
  }

  /** The suggestions that follow, until something else than a launch comes. */
  #nextSuggestions(n: number): Suggestion[] {
    const found: Suggestion[] = []
    for (let i = this.position; i < this.events.length && found.length < n; i++) {
      const event = this.events[i]!
      if (event.type === 'suggested') found.push({ point: this.#point(event.values), why: event.why })
      else if (event.type !== 'time' && (found.length > 0 || event.type !== 'launched')) break
    }
    return found
  }

  #point(values: Parameters<EncodedSpace['readValues']>[0]): Float64Array {
    const point = new Float64Array(this.#space.dimensions.length)
    this.#space.readValues(values, point, 0)
    return point
  }

  #decisionAfterReport(by: string): (Event & { type: 'decided' }) | undefined {
    const decided = this.#ahead((event) => event.type === 'decided')
    return decided?.type === 'decided' && decided.by === by ? decided : undefined
  }

  /** The first matching event among those that follow the present input at once. */
  #ahead(matches: (event: Event) => boolean): Event | undefined {
    for (let i = this.position; i < Math.min(this.events.length, this.position + 4); i++) {
      const event = this.events[i]!
      if (matches(event)) return event
      if (i > this.position + 1 && event.type === 'reported') return undefined
    }
    return undefined
  }
}
