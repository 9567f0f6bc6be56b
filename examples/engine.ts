// Optuna's sampler as the searcher: it proposes, all else is Trialist's. Needs a Python with the package optuna.
import { Tuner, choice, engine, loguniform, uniform, when } from 'trialist'

const tuner = new Tuner({
  name: `engine-${Date.now()}`,
  space: {
    rate: loguniform(1e-5, 1),
    optimizer: choice('adam', 'sgd'),
    momentum: when('optimizer', 'sgd', uniform(0, 0.99, { step: 0.01 })),
  },
  metric: 'loss',
  trials: 40,
  concurrency: 1,
  seed: 1,
  searcher: engine('optuna', { sampler: 'TPESampler', options: { n_startup_trials: 8 } }),
  trainable: async ({ config }) => ({
    loss: (Math.log10(config.rate) + 3) ** 2 / 4 + (config.momentum === undefined ? 0.3 : (config.momentum - 0.9) ** 2),
  }),
})

const { best } = await tuner.fit()
console.log(`loss ${best.score.toFixed(3)} with rate ${best.config.rate}, ${best.config.optimizer}`)
