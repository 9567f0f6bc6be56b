// A noisy objective: one evaluation is luck. Each trial measures again and again and reports the mean so far; its score is
// the last report, which rests on the most measurements, and the median rule stops hopeless trials early.
import { Tuner, medianStopping, memory, uniform } from 'trialist'

const measurements = 20

const tuner = new Tuner({
  name: 'noisy-objective',
  space: { x: uniform(-5, 5), y: uniform(-5, 5) },
  metric: 'cost',
  trainable: async ({ config: { x, y }, report, random }) => {
    let sum = 0
    for (let n = 1; n <= measurements; n++) {
      sum += (x - 1) ** 2 + (y + 2) ** 2 + 2 * random.normal()
      await report({ cost: sum / n })
    }
  },
  trials: 120,
  concurrency: 4,
  noisy: true,
  seed: 3,
  score: 'last',
  scheduler: medianStopping({ graceT: 3 }),
  store: memory(),
})

const results = await tuner.fit()
const { config, score } = results.best
const reports = [...results].reduce((sum, result) => sum + result.step, 0)
console.log(`x = ${config.x.toFixed(2)}, y = ${config.y.toFixed(2)}, measured cost ${score.toFixed(2)}`)
console.log(`${reports} measurements instead of ${results.length * measurements}`)
