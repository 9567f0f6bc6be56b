import { choice, defineSpace, int, loguniform, spaceFromJSON, uniform, when } from '../../src/space/index.ts'
import type { Config } from '../../src/space/index.ts'
import { Tuner } from '../../src/index.ts'
import type { MetricsWith, ResultMetrics, TrialContext } from '../../src/index.ts'
import type { Equal, Expect } from './equal.ts'

const after = new Tuner({
  space: {
    lr: loguniform(1e-5, 1),
    optimizer: choice('adam', 'sgd'),
    momentum: when('optimizer', 'sgd', uniform(0, 0.99)),
  },
  metric: 'loss',
  trainable: async ({ config, report }) => {
    const momentum: number | undefined = config.momentum
    const optimizer: 'adam' | 'sgd' = config.optimizer
    await report({ loss: config.lr + (momentum ?? 0), other: optimizer.length })
    // @ts-expect-error the declared metric is missing
    await report({ los: 1 })
    // @ts-expect-error metrics are numbers
    await report({ loss: 'low' })
    // @ts-expect-error no such parameter
    config.lrr
  },
  constraints: [(config) => config.lr < 0.5 || config.optimizer === 'adam'],
  candidates: [
    { lr: 0.1, optimizer: 'adam' },
    { lr: 0.1, optimizer: 'sgd', momentum: 0.9 },
  ],
})
type Fitted = Awaited<ReturnType<typeof after.fit>>
export type BestConfig = Expect<
  Equal<Fitted['best']['config'], { lr: number; optimizer: 'adam' | 'sgd'; momentum?: number }>
>
export type BestMetrics = Expect<Equal<Fitted['best']['metrics'], ResultMetrics<'loss'>>>

const before = new Tuner({
  constraints: [(config) => config.a < config.b],
  trainable: ({ config }) => ({ loss: config.a + config.b }),
  metric: 'loss',
  space: { a: int(1, 8), b: int(1, 8) },
})
export type Before = Expect<Equal<Awaited<ReturnType<typeof before.fit>>['best']['config'], { a: number; b: number }>>

new Tuner({
  space: { lr: uniform(0, 1) },
  metric: 'loss',
  async trainable({ config, report }) {
    for (let step = 0; step < 3; step++) await report({ loss: config.lr })
  },
})

new Tuner({
  space: { lr: uniform(0, 1) },
  metric: 'loss',
  // @ts-expect-error the last report, returned, lacks the metric
  trainable: ({ config }) => ({ los: config.lr }),
})

new Tuner({
  space: {
    optimizer: choice('adam', 'sgd'),
    // @ts-expect-error misspelt parent
    momentum: when('optimiser', 'sgd', uniform(0, 0.99)),
  },
  metric: 'loss',
  trainable: () => ({ loss: 1 }),
})

/** Searchers by their names, and those schedulers that need no option. */
new Tuner({
  space: { lr: uniform(0, 1) },
  metric: 'loss',
  trainable: () => ({ loss: 1 }),
  searcher: 'nsga2',
  // @ts-expect-error it needs an interval
  scheduler: 'pbt',
})

new Tuner({
  space: { optimizer: choice('adam', 'sgd') },
  metric: 'loss',
  trainable: () => ({ loss: 1 }),
  // @ts-expect-error not an option of the choice
  candidates: [{ optimizer: 'rmsprop' }],
})

new Tuner({
  space: { optimizer: choice('adam', 'sgd'), lr: uniform(0, 1) },
  metric: 'loss',
  trainable: ({ config }) => ({ loss: config.lr, ms: 3 }),
  outcomeConstraints: [{ metric: 'ms', max: 20, min: 1 }],
  knownResults: [
    { config: { optimizer: 'sgd', lr: 0.1 }, metrics: { loss: 0.3, ms: 4 } },
    // @ts-expect-error not an option of the choice
    { config: { optimizer: 'rmsprop', lr: 0.1 }, metrics: { loss: 0.3 } },
    // @ts-expect-error a parameter is missing
    { config: { optimizer: 'sgd' }, metrics: { loss: 0.3 } },
  ],
  repeats: 3,
  noisy: true,
  warmStart: ['before'],
})

/** A trainable and a space can be written apart. */
const space = defineSpace({ lr: loguniform(1e-5, 1), layers: int(1, 8) })
export const shared = new Tuner({ space, metric: 'loss', trainable: train })
async function train({ config, report }: TrialContext<Config<typeof space>, MetricsWith<'loss'>>): Promise<void> {
  await report({ loss: config.lr * config.layers })
}

/** A trainable that needs only some of the parameters fits every space that has them. */
async function reusable({ config, report }: TrialContext<{ lr: number }, { loss: number }>): Promise<void> {
  await report({ loss: config.lr })
}
export const reused = new Tuner({ space, metric: 'loss', trainable: reusable })

/** A space whose type is not known, as one that came as JSON. */
export const untyped = new Tuner({
  space: spaceFromJSON({ version: 1, parameters: {} }),
  metric: 'loss',
  trainable: ({ config }) => ({ loss: Number(config['lr']) }),
})
