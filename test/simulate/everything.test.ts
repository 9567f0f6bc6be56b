// A conditional, mixed, constrained, noisy experiment with two objectives and 16 trials at a time is killed and goes on, with
// trials that don't outlive the engine: its feasible front is as good as that of a run that was never killed. Under every searcher
// that claims these abilities.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { stream } from '../../src/base/random.ts'
import { SimulatedExecutor } from '../../src/executor/simulated.ts'
import { hypervolume } from '../../src/math/hypervolume.ts'
import { searchers } from '../../src/search/registry.ts'
import { bool, choice, compileSpace, int, loguniform, uniform, when } from '../../src/space/index.ts'
import { memory } from '../../src/store/memory.ts'
import type { Store } from '../../src/store/store.ts'
import type { Curves } from '../../src/trainable/trainable.ts'
import { describeExperiment } from '../../src/tuner/experiment.ts'
import { open } from './scenario.ts'
import type { Scenario } from './scenario.ts'

const seeds = Array.from({ length: 10 }, (_, i) => i + 1)
const trials = 64
const workers = 16

const space = compileSpace(
  {
    lr: loguniform(1e-4, 1),
    layers: int(1, 6),
    kind: choice('small', 'wide', 'deep'),
    width: when('kind', 'wide', uniform(0, 1)),
    augment: bool(),
  },
  { constraints: [({ lr, layers }: { lr: number; layers: number }) => lr < 0.5 || layers < 5] },
)

interface Config {
  readonly lr: number
  readonly layers: number
  readonly kind: 'small' | 'wide' | 'deep'
  readonly width?: number
  readonly augment: boolean
}

/** Error and latency: more layers and width give a lower error and take longer; what takes too much memory is not feasible. */
function measured(config: Config): { error: number; latency: number; memory: number } {
  const { lr, layers, kind, width = 0, augment } = config
  const size = layers + (kind === 'deep' ? 3 : kind === 'wide' ? 4 * width : 0)
  const error = 0.1 + 0.12 * (Math.log10(lr) + 2) ** 2 + 1.2 / (1 + size) - (augment ? 0.05 : 0)
  return { error, latency: 0.1 * size + (augment ? 0.05 : 0), memory: size - 7.5 }
}

const curves: Curves<unknown> = {
  steps: 3,
  metrics(config, step, random) {
    const { error, latency, memory: used } = measured(config as Config)
    return {
      error: error + 0.3 / step + 0.02 * random.normal(),
      latency: latency + 0.01 * random.normal(),
      memory: used,
    }
  },
  seconds: (_config, _step, random) => 0.5 + random.float(),
}

const able = ['random', 'sobol', 'tpe', 'gp', 'auto', 'cmaes', 'nsga2'].filter((name) => {
  const factory = searchers.from({ name, options: {} })
  return (
    factory !== undefined && factory.capabilities.objectivesMax >= 2 && factory.capabilities.outcomeConstraints === true
  )
})

for (const name of able) {
  test(`${name}: killed twice, the feasible front keeps its volume (${seeds.length} seeds)`, async (context) => {
    const ratios: number[] = []
    for (const seed of seeds) {
      const whole = await volumeOf(name, seed, 0)
      ratios.push((await volumeOf(name, seed, 2)) / whole)
    }
    const median = ratios.toSorted((a, b) => a - b)[seeds.length >> 1]!
    context.diagnostic(`seeds 1 to ${seeds.length}: ${ratios.map((ratio) => ratio.toFixed(3)).join(' ')}`)
    assert.ok(median >= 0.9, `median ratio ${median}`)
  })
}

/** The hypervolume of what is feasible, by the true values, after an experiment whose engine died so often. */
async function volumeOf(name: string, seed: number, deaths: number): Promise<number> {
  const objectives = ['error', 'latency'].map((metric) => ({ metric, mode: 'min' as const }))
  const search = {
    space: {},
    metric: 'error',
    objectives,
    searcher: searchers.resolve(name),
    scheduler: 'fifo',
    outcomeConstraints: [{ metric: 'memory', max: 0 }],
    noisy: true,
    seed,
  } as const
  const experiment = describeExperiment(search as never, space, {
    name: `everything-${seed}`,
    budget: { trials, timeMs: null, concurrency: workers },
    maxFailures: 0,
    stoppers: [],
    trainable: { kind: 'curves' },
    seed,
  })
  const executor = (): SimulatedExecutor => new SimulatedExecutor(curves, { workers, outlivesEngine: false })
  const chosen: Scenario = { seed, space, experiment, executor }
  const store = memory().create(experiment.name, { startedWallMs: 0, facts: {} })
  const random = stream(seed, 5, 9)
  for (let death = 0; death < deaths; death++) {
    const { engine } = open(chosen, mortal(store, 15 + random.below(80)))
    await assert.rejects(engine.run(), /the engine dies/)
  }
  const { core, engine } = open(chosen, store)
  await engine.run()
  const { columns } = core.state
  assert.equal(columns.trials, trials)
  const losses = Array.from({ length: trials }, (_, trial) => measured(columns.config(trial) as unknown as Config))
  const feasible = losses.filter((each) => each.memory <= 0).map(({ error, latency }) => [error, latency])
  return hypervolume(feasible, [1, 1])
}

/** A store whose engine dies at a commit. */
function mortal(store: Store, commit: number): Store {
  let commits = 0
  return {
    location: store.location,
    projects: store.projects,
    read: () => store.read(),
    append(batch) {
      commits += 1
      if (commits === commit) throw new Error('the engine dies')
      store.append(batch)
    },
    close: () => store.close(),
  }
}
