import { wholeFrom } from '../base/check.ts'
import { TrialistError, show } from '../base/errors.ts'
import { withDeclaredSteps } from '../schedule/auto.ts'
import { schedulers } from '../schedule/registry.ts'
import { takeOver } from '../search/earlier.ts'
import { searchers } from '../search/registry.ts'
import type { EncodedSpace, LogValue } from '../space/encoded.ts'
import { stopperFrom } from '../stop/registry.ts'
import type { StopperFactory } from '../stop/stopper.ts'
import type { Budget, Experiment, KnownResult, PluginRecord, TrainableRecord } from '../trial/event.ts'
import { eventsOf, openingOf } from './build.ts'
import type { Plugins } from './build.ts'
import { knownOf, objectivesOf, outcomeConstraintsOf, policyOf, scoreOf } from './options.ts'
import type { AnySearchOptions, CheckpointOptions } from './options.ts'

/** What an experiment is besides its search. */
export interface Setting {
  readonly name: string
  readonly budget: Budget
  readonly maxFailures: number
  readonly checkpoints?: CheckpointOptions | undefined
  readonly stoppers: readonly StopperFactory[]
  readonly trainable: TrainableRecord
  /** The seed where the user gave none. */
  readonly seed: number
}

/** An experiment as data, from what a user asked for. Throws `invalid_option` where an option is wrong. */
export function describeExperiment(options: AnySearchOptions, space: EncodedSpace, setting: Setting): Experiment {
  const objectives = objectivesOf(options)
  const outcomeConstraints = outcomeConstraintsOf(options)
  const known = knownOf(options, space)
  const repeats = wholeFrom('repeats', options.repeats ?? 1, 1)
  const initial = initialOf(options, space, known)
  const scheduler = schedulers.resolve(options.scheduler ?? 'fifo')
  return {
    name: setting.name,
    space: space.toJSON(),
    constraints: options.constraints?.length ?? 0,
    candidates: options.candidates?.map((config) => space.valuesOf(config)) ?? null,
    objectives,
    score: scoreOf(options.score),
    ...(outcomeConstraints.length > 0 && { outcomeConstraints }),
    searcher: record(searchers.resolve(options.searcher ?? 'auto')),
    scheduler: withDeclaredSteps(record(scheduler), setting.stoppers),
    stoppers: setting.stoppers.map(record),
    seed: wholeFrom('seed', options.seed ?? setting.seed, 0),
    budget: setting.budget,
    maxFailures: wholeFrom('maxFailures', setting.maxFailures, 0),
    checkpoints: policyOf(setting.checkpoints, objectives),
    ...(known.length > 0 && { known }),
    ...(repeats > 1 && { repeats }),
    ...(options.noisy !== undefined && { noisy: options.noisy }),
    ...(scheduler.capabilities.explores === true && { explores: true }),
    initial: initial.flatMap((values) => new Array<typeof values>(repeats).fill(values)),
    trainable: setting.trainable,
  }
}

/** What the user wants to be tried first, then the space's defaults, where they are not among that or known. */
function initialOf(
  { initialConfigs = [] }: AnySearchOptions,
  space: EncodedSpace,
  known: readonly KnownResult[],
): readonly (readonly LogValue[])[] {
  const initial = initialConfigs.map((config) => space.valuesOf(config))
  const defaults = space.defaults()
  if (defaults === undefined) return initial
  const values = space.values(defaults)
  const others = [...initial, ...known.map((result) => result.values)].map((other) => JSON.stringify(other))
  return others.includes(JSON.stringify(values)) ? initial : [...initial, values]
}

/**
 * What the experiments have found that options name, for the record: `read` answers the log of each, `say` is told of each on
 * a line.
 */
export function earlierFrom(
  options: AnySearchOptions,
  space: EncodedSpace,
  read: (place: string) => Iterable<string>,
  say: (line: string) => void,
): Pick<Experiment, 'earlier'> {
  const { warmStart = [] } = options
  if (warmStart.length === 0) return {}
  const [objective] = objectivesOf(options)
  const earlier = warmStart.map((place) => {
    const bodies = [...read(place)]
    const { record: found, summary } = takeOver(openingOf(bodies), eventsOf(bodies), space, objective!)
    say(found.values.length > 0 ? summary : `Warning: ${summary}`)
    return found
  })
  return { earlier }
}

/** The algorithms of an experiment: ours as they are recorded, a user's own as they are handed in. */
export function pluginsFor(
  experiment: Experiment,
  options: Pick<AnySearchOptions, 'searcher' | 'scheduler'>,
  stoppers: readonly StopperFactory[],
): Plugins {
  const { searcher, scheduler } = options
  return {
    searcher: searchers.from(experiment.searcher) ?? handedIn('searcher', experiment.searcher, searcher),
    scheduler: schedulers.from(experiment.scheduler) ?? handedIn('scheduler', experiment.scheduler, scheduler),
    stoppers: experiment.stoppers.map(
      (recorded, i) => stopperFrom(recorded) ?? handedIn('stopper', recorded, stoppers[i]),
    ),
  }
}

/** An algorithm of the user's, whose code is not in the log. Throws `plugin` where another one, or none, was handed in. */
function handedIn<F extends PluginRecord>(role: string, recorded: PluginRecord, given: F | string | undefined): F {
  if (typeof given === 'object' && given.name === recorded.name) return given
  throw new TrialistError({
    code: 'plugin',
    message: `the experiment was begun with a ${role} of your own`,
    expected: `${show(recorded.name)}, handed in again`,
    received: typeof given === 'object' ? show(given.name) : (given ?? 'none'),
    remedy: `Its code is not in the log: pass the same ${role}, in the same place, to go on.`,
  })
}

function record({ name, options }: PluginRecord): PluginRecord {
  return { name, options }
}
