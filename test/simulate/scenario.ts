import { stream } from '../../src/base/random.ts'
import { SimulatedExecutor } from '../../src/executor/simulated.ts'
import { asha } from '../../src/schedule/asha.ts'
import { fifo } from '../../src/schedule/fifo.ts'
import type { SchedulerFactory } from '../../src/schedule/scheduler.ts'
import { pb2 } from '../../src/schedule/pb2.ts'
import { pbt } from '../../src/schedule/pbt.ts'
import { resourceChanging } from '../../src/schedule/resource-changing.ts'
import { hyperband } from '../../src/schedule/hyperband.ts'
import { medianStopping } from '../../src/schedule/median-stopping.ts'
import { searchers } from '../../src/search/registry.ts'
import type { SearcherFactory } from '../../src/search/searcher.ts'
import { choice, compileSpace, int, loguniform, uniform, when } from '../../src/space/index.ts'
import type { EncodedSpace } from '../../src/space/encoded.ts'
import { experimentPlateau } from '../../src/stop/experiment-plateau.ts'
import { trialPlateau } from '../../src/stop/trial-plateau.ts'
import type { Store } from '../../src/store/store.ts'
import type { Curves } from '../../src/trainable/trainable.ts'
import { encodeBatch } from '../../src/trial/encoder.ts'
import type { EarlierRecord, Experiment } from '../../src/trial/event.ts'
import { createCore, eventsOf, openingOf, replay } from '../../src/tuner/build.ts'
import { Callbacks } from '../../src/tuner/callbacks.ts'
import type { Core } from '../../src/tuner/core.ts'
import { Engine } from '../../src/tuner/engine.ts'
import { describeExperiment, pluginsFor } from '../../src/tuner/experiment.ts'
import type { AnySearchOptions } from '../../src/tuner/options.ts'
import { Projection } from '../../src/tuner/projection.ts'

/** An experiment on virtual time whose every choice follows from a seed. */
export interface Scenario {
  readonly seed: number
  readonly space: EncodedSpace
  readonly experiment: Experiment
  /** Its trials outlive the engine, unless told otherwise. */
  readonly executor: (outlivesEngine?: boolean) => SimulatedExecutor
}

/** Reports of a whole training. */
export const steps = 9
/** Trainings of scenarios from this seed on make checkpoints. */
export const firstWithCheckpoints = 1_000
/** Scenarios from this seed on have bounds, known results, repetition and earlier experiments too, as far as the searcher takes them. */
export const firstWithAbilities = 2_000
/** Scenarios from this seed on have schedulers that pause trials, with checkpoints or without. */
export const firstWithPauses = 3_000
/** Scenarios from this seed on have a second session, which tries again the trials that failed in the first. */
export const firstWithReopening = 4_000

export function scenario(seed: number): Scenario {
  const pick = stream(seed, 5, 1)
  const space = compileSpace({
    lr: loguniform(1e-4, 1),
    depth: int(1, 6),
    kind: choice('a', 'b', 'c'),
    extra: when('kind', 'b', uniform(-1, 1)),
  })
  const schedulers = [fifo(), asha({ maxT: steps, eta: 2 }), medianStopping({ minTrials: 3 })]
  const stoppers = [[], [trialPlateau({ deviation: 0.02 })], [experimentPlateau({ top: 4, deviation: 0.01 })]]
  const names = ['random', 'sobol', 'tpe', 'auto', 'grid']
  const workers = 1 + pick.below(6)
  const plain = {
    space: {},
    metric: 'loss',
    mode: pick.below(2) === 0 ? ('min' as const) : ('max' as const),
    searcher: searchers.resolve(names[pick.below(names.length)]!),
    scheduler: schedulers[pick.below(schedulers.length)]!,
    initialConfigs: pick.below(2) === 0 ? [] : [{ lr: 0.01, depth: 2, kind: 'b', extra: 0.3 }],
  }
  const search = searchOf(seed, plain)
  const described = describeExperiment(search, space, {
    name: `scenario-${seed}`,
    budget: {
      trials: 24,
      timeMs: pick.below(3) === 0 ? 40_000 : null,
      concurrency: workers,
      ...(seed >= firstWithPauses && { held: seed % 3 }),
    },
    maxFailures: pick.below(2),
    stoppers: stoppers[pick.below(stoppers.length)]!,
    trainable: { kind: 'curves' },
    seed,
  })
  const isWarm = seed >= firstWithAbilities && seed < firstWithPauses && plain.searcher.capabilities.warmStart !== false
  const experiment = isWarm ? { ...described, earlier: [earlier] } : described
  const needsCheckpoints = [...populations, ...resources].some((each) => each === search.scheduler)
  const saves = seed >= firstWithCheckpoints && (seed < firstWithPauses || seed % 2 === 0 || needsCheckpoints)
  const options = { workers, faults, ...(saves && { checkpointEvery: 1 + (seed % 4) }) }
  const executor = (outlivesEngine = true): SimulatedExecutor =>
    new SimulatedExecutor(curves, { ...options, outlivesEngine })
  return { seed, space, experiment, executor }
}

function searchOf(seed: number, plain: AnySearchOptions & { readonly searcher: SearcherFactory }): AnySearchOptions {
  if (seed < firstWithAbilities) return plain
  if (seed < firstWithPauses) return { ...plain, ...abilities(seed, plain.searcher) }
  return { ...plain, scheduler: pausing[seed % pausing.length]! }
}

const populations: readonly SchedulerFactory[] = [
  pbt({ interval: 2 }),
  pbt({ interval: 2, synch: true, quantile: 0.4 }),
  pb2({ interval: 2 }),
  pb2({ interval: 2, synch: true, quantile: 0.4 }),
]

const resources: readonly SchedulerFactory[] = [
  resourceChanging({ of: asha({ maxT: steps, eta: 2 }) }),
  resourceChanging({ of: pbt({ interval: 3 }), to: 'best', reserve: 1 }),
]

const pausing: readonly SchedulerFactory[] = [
  medianStopping({ minTrials: 3, among: 'all', hardStop: false }),
  ...populations,
  asha({ maxT: steps, eta: 2, type: 'promotion' }),
  asha({ maxT: steps, eta: 2, type: 'revival' }),
  asha({ maxT: steps, eta: 3, type: 'promotion', brackets: 2 }),
  asha({ maxT: 12, graceT: 2, eta: 2, type: 'promotion', resource: 'time' }),
  hyperband({ maxT: steps }),
  hyperband({ maxT: 8, eta: 2, first: 'fewest' }),
  ...resources,
]

const earlier: EarlierRecord = {
  name: 'before',
  values: [
    [0.01, 1, 'b', 0.5],
    [0.5, 6, 'c', null],
    [0.0001, 3, 'a', null],
  ],
  losses: [0.2, 1.5, 2],
}

/** What an experiment may have besides its search. */
function abilities(seed: number, { capabilities }: SearcherFactory): Partial<AnySearchOptions> {
  const outcomeConstraints = [
    { metric: 'loss', max: 0.9 },
    { metric: 'step', min: 3 },
  ]
  return {
    ...(capabilities.outcomeConstraints === true && { outcomeConstraints }),
    knownResults: [
      { config: { lr: 0.02, depth: 1, kind: 'a' }, metrics: { loss: 0.7, step: 9 } },
      { config: { lr: 0.3, depth: 6, kind: 'b', extra: -1 }, metrics: { loss: 0.1, step: 1 } },
    ].slice(Math.floor(seed / 3) % 3),
    repeats: 1 + (seed % 3),
    noisy: seed % 2 === 0,
  }
}

interface Config {
  readonly lr: number
  readonly depth: number
  readonly kind: string
}

/** Curves that fall, with noise and now and then NaN; steps of whole, equal and uneven length. */
const curves: Curves<unknown> = {
  steps,
  metrics(config, step, random) {
    const { lr, depth, kind } = config as Config
    const loss = Math.abs(Math.log10(lr) + 2) / step + 0.1 * depth + (kind === 'b' ? 0 : 0.2) + 0.02 * random.normal()
    return { loss: random.float() < 0.02 ? NaN : loss, step }
  },
  seconds: (config, _step, random) => ((config as Config).depth % 2 === 0 ? 1 : 0.2 + random.float()),
}

function faults({ random }: { random: { float(): number } }): 'failed' | 'lost' | undefined {
  const draw = random.float()
  if (draw < 0.02) return 'failed'
  return draw < 0.04 ? 'lost' : undefined
}

const expected = [
  'is paused and has no checkpoint',
  'trials all failed with: error: Error: simulated failure',
  'The time budget is used up',
]

export interface Session {
  readonly core: Core
  readonly engine: Engine
}

/** An engine over a store, fresh or at the end of the store's log. `watch` may stand between engine and executor. */
export function open(
  { seed, experiment, space, executor }: Scenario,
  store: Store,
  watch: (executor: SimulatedExecutor) => void = () => {},
  beforeAppend: (core: Core) => void = () => {},
): Session {
  const resumed = [...store.read()].length > 0
  const recorded = resumed ? openingOf(store.read()) : experiment
  const core = createCore(recorded, space, pluginsFor(recorded, {}, []))
  const projection = new Projection(space, recorded.objectives)
  if (resumed) replay(store.read(), core, projection)
  const watched: Store = {
    location: store.location,
    projects: store.projects,
    read: () => store.read(),
    append(batch) {
      beforeAppend(core)
      store.append(batch)
    },
    close: () => store.close(),
  }
  if (!resumed) {
    watched.append({ count: 1, body: encodeBatch([{ type: 'opened', version: 1, experiment }]), trials: [] })
  }
  const runner = executor()
  watch(runner)
  const warn = (message: string): void => {
    if (expected.some((text) => message.includes(text))) return
    throw new Error(`unexpected warning: ${message}`)
  }
  const engine = new Engine({
    core,
    projection,
    store: watched,
    executor: runner,
    callbacks: new Callbacks([], warn),
    warn,
  })
  if (seed >= firstWithReopening && core.state.finished && !wasReopened(store)) engine.reopen(seed % 4 < 2)
  return { core, engine }
}

function wasReopened(store: Store): boolean {
  for (const event of eventsOf(store.read())) if (event.type === 'reopened') return true
  return false
}
