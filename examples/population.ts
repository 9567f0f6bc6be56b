// Population based training: learning rate and momentum change while small networks are trained on images of handwritten digits.
// The worst networks take over the weights of the best and go on with other values. What comes out is a schedule, by which a
// network is then trained once more.
import { Tuner, loguniform, pbt, pbtReplay, uniform } from 'trialist'

import { Digits } from './digits/trainable.ts'

const space = { lr: loguniform(1e-3, 1), momentum: uniform(0, 0.95) }
const common = { space, metric: 'loss', trainable: Digits, seed: 1 } as const

const population = await new Tuner({
  ...common,
  name: 'population',
  trials: 8,
  concurrency: 4,
  // All wait for all: what comes out does not depend on which network is done first.
  scheduler: pbt({ interval: 2, synch: true }),
}).fit()

const { best } = population
console.log(`population of ${population.length}: accuracy ${best.metrics['accuracy']}`)
for (const { trial, config, from, to } of best.lineage) {
  console.log(
    `  epochs ${from + 1} to ${to}: lr ${config.lr.toFixed(4)}, momentum ${config.momentum.toFixed(2)} (trial ${trial})`,
  )
}

const replayed = await new Tuner({
  ...common,
  name: 'replayed',
  trials: 1,
  initialConfigs: [best.lineage[0]!.config],
  scheduler: pbtReplay({ schedule: best.lineage }),
}).fit()
console.log(`trained by that schedule alone: accuracy ${replayed.best.metrics['accuracy']}`)
