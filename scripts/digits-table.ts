/**
 * Makes `data/digits.json`, the table of learning curves that comes with the package: the network of `examples/digits` trained
 * for 27 epochs with 100 random configurations. Losses and accuracies follow from the seeds alone; seconds are the CPU time that
 * each epoch took here. Minutes; `node scripts/digits-table.ts`.
 */
import { writeFileSync } from 'node:fs'

import { generator, loadDigits } from '../examples/digits/data.ts'
import { Network } from '../examples/digits/network.ts'
import type { NetworkOptions } from '../examples/digits/network.ts'
import { purpose, stream } from '../src/base/random.ts'
import { compileSpace } from '../src/space/compile.ts'
import { choice, int, loguniform, logint, ordinal, uniform, when } from '../src/space/index.ts'

const configurations = 100
const epochs = 27

const { train, validation } = loadDigits()
const space = compileSpace({
  layers: int(1, 3),
  width: logint(8, 64),
  activation: choice('relu', 'tanh'),
  optimizer: choice('sgd', 'adam'),
  momentum: when('optimizer', 'sgd', uniform(0, 0.99)),
  lr: loguniform(1e-4, 1),
  weightDecay: loguniform(1e-6, 1e-1),
  batch: ordinal(8, 16, 32, 64, 128),
})

const candidates = Array.from({ length: configurations }, (_, i) => train27(drawn(i)))
writeFileSync(
  new URL('../data/digits.json', import.meta.url),
  `${JSON.stringify({
    format: 'trialist-curves',
    version: 1,
    name: 'digits',
    description: `A small network on 8 × 8 images of handwritten digits: validation loss and accuracy of ${configurations} random configurations, ${epochs} epochs each.`,
    space: space.toJSON(),
    metric: 'loss',
    mode: 'min',
    candidates: '@',
  }).replace('"@"', () => `[\n${candidates.map((each) => JSON.stringify(each)).join(',\n')}\n]`)}\n`,
)

/** A random configuration, its numbers rounded to what a person would write. */
function drawn(i: number): NetworkOptions {
  const random = stream(1, purpose.simulate, i)
  const point = Float64Array.from(space.dimensions, () => random.float())
  space.activate(point)
  const config = space.decode(point) as unknown as NetworkOptions
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [name, typeof value === 'number' ? rounded(value, 4) : value]),
  ) as unknown as NetworkOptions
}

function train27(config: NetworkOptions): object {
  const network = new Network(config, generator(1))
  const seconds: number[] = []
  const loss: number[] = []
  const accuracy: number[] = []
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const start = process.cpuUsage()
    network.trainEpoch(train)
    const { user, system } = process.cpuUsage(start)
    const evaluated = network.evaluate(validation)
    seconds.push(rounded((user + system) / 1e6, 3))
    loss.push(rounded(evaluated.loss, 5))
    accuracy.push(rounded(evaluated.accuracy, 4))
  }
  return { config, seconds, metrics: { loss, accuracy } }
}

function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits))
}
