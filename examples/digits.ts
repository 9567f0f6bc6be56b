// Tunes a small neural network on real images of handwritten digits, stopping bad trials early, and compares the best
// configuration with a newcomer's defaults on images that the tuner never saw. `npm run quickstart` runs this file.
import { Tuner, asha, choice, int, logint, loguniform, ordinal, uniform, when } from 'trialist'

import { generator, loadDigits } from './digits/data.ts'
import { Network } from './digits/network.ts'
import type { NetworkOptions } from './digits/network.ts'

const epochs = 27
const { train, validation, test } = loadDigits()

const tuner = new Tuner({
  space: {
    layers: int(1, 2),
    width: logint(8, 32),
    activation: choice('relu', 'tanh'),
    optimizer: choice('sgd', 'adam'),
    momentum: when('optimizer', 'sgd', uniform(0, 0.99)),
    lr: loguniform(1e-4, 1),
    weightDecay: loguniform(1e-6, 1e-1),
    batch: ordinal(8, 16, 32, 64, 128),
  },
  metric: 'loss',
  trainable: async ({ config, report }) => {
    const network = new Network({ ...config, epochs }, generator(1))
    for (let epoch = 1; epoch <= epochs; epoch++) {
      network.trainEpoch(train)
      await report(network.evaluate(validation))
    }
  },
  trials: 60,
  concurrency: 4,
  seed: 1,
  scheduler: asha({ maxT: epochs, graceT: 1 }),
})
const results = await tuner.fit()

const defaults: NetworkOptions = {
  layers: 1,
  width: 16,
  activation: 'tanh',
  optimizer: 'sgd',
  lr: 0.01,
  weightDecay: 1e-4,
  batch: 32,
}
const { best } = results
const states = [...results].map(({ state }) => state)
console.log(`${results.length} trials, ${states.filter((state) => state === 'stopped').length} of them stopped early`)
console.log('best configuration:', best.config)
console.log(`accuracy on ${test.count} images that the tuner never saw:`)
console.log(`  defaults  ${accuracyOf(defaults)}`)
console.log(`  tuned     ${accuracyOf({ ...best.config, epochs })}`)
console.log(`the log: ${results.location}`)

/** Trained in full with three other seeds: the mean share of test images whose digit is recognised. */
function accuracyOf(options: NetworkOptions): string {
  const accuracies = [2, 3, 4].map((seed) => {
    const network = new Network(options, generator(seed))
    for (let epoch = 1; epoch <= epochs; epoch++) network.trainEpoch(train)
    return network.evaluate(test).accuracy
  })
  return `${((100 * accuracies.reduce((sum, accuracy) => sum + accuracy)) / accuracies.length).toFixed(1)} %`
}
