// Two objectives at once: a small error and a fast answer. No single configuration is the best: the front has those that no other
// one beats, and one is chosen from it.
import { Tuner, choice, int, loguniform, memory, nsga2, uniform, when } from 'trialist'
import type { Config } from 'trialist'

const space = {
  model: choice('forest', 'network'),
  rate: loguniform(1e-4, 1),
  trees: when('model', 'forest', int(1, 200)),
  width: when('model', 'network', loguniform(8, 1_024)),
  dropout: when('model', 'network', uniform(0, 0.8)),
}

/** Stands for a training and a measurement of its speed. */
function measured({ model, rate, trees = 0, width = 0, dropout = 0 }: Config<typeof space>) {
  const tuned = 0.02 * (Math.log10(rate) + 2) ** 2
  if (model === 'forest') return { error: 0.12 + 0.2 / Math.sqrt(trees) + tuned, ms: 0.2 + 0.05 * trees }
  return { error: 0.04 + 1 / width + 0.3 * (dropout - 0.2) ** 2 + tuned, ms: 2 + width / 40 }
}

const results = await new Tuner({
  name: 'two-objectives',
  space,
  metric: 'error',
  objectives: [
    { metric: 'error', mode: 'min' },
    { metric: 'ms', mode: 'min' },
  ],
  trainable: async ({ config }) => measured(config),
  searcher: nsga2(),
  trials: 400,
  concurrency: 8,
  seed: 1,
  store: memory(),
  log: () => {},
}).fit()

const { front } = results
console.log(`${front.length} of ${results.length} trials are on the front`)
for (const { scores, config } of front.toSorted((a, b) => a.scores['ms']! - b.scores['ms']!).slice(0, 5)) {
  console.log(`  ${scores['ms']!.toFixed(1)} ms: error ${scores['error']!.toFixed(3)}, a ${config.model}`)
}
console.log(`volume ${results.hypervolume({ error: 0.5, ms: 30 }).toFixed(2)}`)
const affordable = front.filter(({ scores }) => scores['ms']! <= 5)
const chosen = affordable.reduce((best, each) => (each.scores['error']! < best.scores['error']! ? each : best))
console.log(`within 5 ms: error ${chosen.scores['error']!.toFixed(3)} by ${JSON.stringify(chosen.config)}`)
