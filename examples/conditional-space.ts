// A conditional space: each model has parameters of its own, and the configuration's type knows which.
import { Tuner, choice, int, loguniform, memory, uniform, when } from 'trialist'

const tuner = new Tuner({
  name: 'conditional-space',
  space: {
    // A choice of sub-spaces is a discriminated union: `config.model.kind` tells which parameters there are.
    model: choice(
      { kind: 'linear', penalty: loguniform(1e-4, 10) },
      { kind: 'tree', depth: int(1, 12), leaf: int(1, 20) },
    ),
    // A condition on a sibling makes an optional parameter.
    scale: choice('none', 'power'),
    exponent: when('scale', 'power', uniform(0.1, 2)),
  },
  metric: 'error',
  trainable: ({ config: { model, exponent } }) => {
    const fit =
      model.kind === 'linear'
        ? 0.3 + 0.05 * Math.abs(Math.log10(model.penalty))
        : 0.1 + 0.02 * Math.abs(model.depth - 6) + 0.01 * model.leaf
    return { error: fit + (exponent === undefined ? 0.1 : 0.1 * (exponent - 0.5) ** 2) }
  },
  trials: 80,
  concurrency: 1,
  seed: 7,
  store: memory(),
})

const { best } = await tuner.fit()
console.log(`error ${best.score.toFixed(3)} with`, best.config)
