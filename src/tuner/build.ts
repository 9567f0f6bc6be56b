import { TrialistError } from '../base/errors.ts'
import type { SchedulerFactory } from '../schedule/scheduler.ts'
import { createSearcher } from '../search/create.ts'
import type { SearcherFactory } from '../search/searcher.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { isGiven } from '../space/given.ts'
import type { StopperFactory } from '../stop/stopper.ts'
import { decodeBatch } from '../trial/codec.ts'
import type { Event, Experiment } from '../trial/event.ts'
import { Core } from './core.ts'
import type { Projection } from './projection.ts'
import { ExperimentState } from './state.ts'

/** The algorithms of an experiment before they are made. */
export interface Plugins {
  readonly searcher: SearcherFactory
  readonly scheduler: SchedulerFactory
  readonly stoppers: readonly StopperFactory[]
}

/** A core at the start of an experiment. Refuses algorithms that can't do what the experiment asks, by name. */
export function createCore(experiment: Experiment, space: EncodedSpace, plugins: Plugins): Core {
  checkObjectives('searcher', plugins.searcher, experiment)
  checkObjectives('scheduler', plugins.scheduler, experiment)
  checkOutcomeConstraints(plugins.searcher, experiment)
  checkEarlier(plugins.searcher, experiment)
  checkGiven(plugins.searcher, space)
  const state = new ExperimentState(experiment, space)
  const { objectives, seed } = experiment
  const history = state.columns
  const trialsMax = (): number => (state.budget.trials ?? Infinity) + state.known
  const core: Core = new Core(state, {
    searcher: createSearcher(plugins.searcher, experiment, space, history, trialsMax),
    scheduler: plugins.scheduler.create({
      space,
      objectives,
      seed,
      history,
      trialsMax: () => state.budget.trials ?? Infinity,
      slots: () => state.budget.concurrency,
    }),
    stoppers: plugins.stoppers.map((stopper) => stopper.create({ objectives, history, now: () => core.now })),
    awaitedMetrics: plugins.stoppers.flatMap(({ name, metrics }) =>
      (metrics ?? []).map((metric) => ({ by: name, metric })),
    ),
  })
  return core
}

function checkObjectives(
  role: string,
  factory: { readonly name: string; readonly capabilities: { readonly objectivesMax: number } },
  { objectives }: Experiment,
): void {
  if (objectives.length <= factory.capabilities.objectivesMax) return
  throw new TrialistError({
    code: 'unsupported',
    message: `the ${role} ${factory.name} can't handle this experiment`,
    expected: `at most ${factory.capabilities.objectivesMax} objective(s)`,
    received: String(objectives.length),
    remedy: `Choose another ${role}, or fewer objectives.`,
  })
}

function checkOutcomeConstraints({ name, capabilities }: SearcherFactory, { outcomeConstraints }: Experiment): void {
  if (outcomeConstraints === undefined || capabilities.outcomeConstraints === true) return
  throw new TrialistError({
    code: 'unsupported',
    message: `the searcher ${name} can't handle outcome constraints`,
    expected: 'a searcher that learns from them, or that uses no results at all',
    received: outcomeConstraints.map(({ metric }) => metric).join(', '),
    remedy: 'Choose another searcher (docs/search.md says which can), or take the outcome constraints out.',
  })
}

function checkEarlier({ name, capabilities }: SearcherFactory, { earlier, objectives }: Experiment): void {
  const { warmStart = true } = capabilities
  const isOne = warmStart === 'oneObjective'
  if (earlier === undefined || (isOne ? objectives.length === 1 : warmStart)) return
  throw new TrialistError({
    code: 'unsupported',
    message: `the searcher ${name} can't learn from earlier experiments${isOne ? ' where there are several objectives' : ''}`,
    expected: isOne ? 'one objective' : 'a searcher that learns from results',
    received: `warmStart with ${earlier.map((each) => each.name).join(', ')}`,
    remedy: 'Choose another searcher, or take warmStart out.',
  })
}

function checkGiven({ name, capabilities }: SearcherFactory, { dimensions }: EncodedSpace): void {
  const given = dimensions.find(isGiven)
  if (given === undefined || capabilities.gives === true) return
  throw new TrialistError({
    code: 'unsupported',
    message: `the searcher ${name} can't choose ${given.name}, whose type is 'given'`,
    expected: 'the program that gives these configurations',
    remedy: 'Go on with the program that began the experiment.',
  })
}

/** The opening event of a log. */
export function openingOf(bodies: Iterable<string>): Experiment {
  for (const event of eventsOf(bodies)) {
    if (event.type === 'opened' && event.version === 1) return event.experiment
    break
  }
  throw new TrialistError({
    code: 'corrupt_store',
    message: 'the log does not begin with an experiment',
    expected: 'an opening event of version 1',
    remedy: 'Was it written by a newer version of trialist? Upgrade, or restore it from a copy.',
  })
}

/** All events of a log, in order. */
export function* eventsOf(bodies: Iterable<string>): Generator<Event> {
  for (const body of bodies) yield* decodeBatch(body)
}

/** Brings a new core, and the projection beside it, to where a log ends. The opening event is skipped. */
export function replay(bodies: Iterable<string>, core: Core, projection: Projection): void {
  for (const body of bodies) {
    const events = decodeBatch(body)
    for (let i = 0; i < events.length; i++) {
      const event = events[i]!
      if (event.type === 'opened') continue
      core.replay(event)
      projection.apply(event, core.state.columns)
    }
  }
}
