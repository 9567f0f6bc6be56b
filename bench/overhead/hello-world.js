import { Tuner, uniform } from 'trialist'

const tuner = new Tuner({
  space: { x: uniform(-10, 10) },
  metric: 'loss',
  trainable: ({ config }) => (config.x - 2) ** 2,
  trials: 10,
})
const { best } = await tuner.fit()
console.log(best.config.x, best.score)
