import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { createKernels } from '../math/kernels.ts'
import { compileSpace, uniform } from '../space/index.ts'
import { bowl, Rehearsal } from '../testing/rehearsal.ts'
import { bohb } from './bohb.ts'
import { Features } from './gp-features.ts'
import { GpModel } from './gp-model.ts'
import { cascade, summed } from './mfes-cascade.ts'
import { ensembleImprovement, rankingWeights } from './mfes-ensemble.ts'
import { mfes } from './mfes.ts'

const space = compileSpace({ x: uniform(0, 1), y: uniform(0, 1) })
const features = new Features(space)
const min = { metric: 'loss', mode: 'min' } as const

/** A level with results at the same points, by what they are there. */
function level(count: number, lossOf: (x: number, y: number) => number) {
  const random = stream(7, purpose.simulate)
  const rows = new Float64Array(count * features.count)
  const losses = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const point = Float64Array.of(random.float(), random.float())
    features.write(point, rows, i * features.count)
    losses[i] = lossOf(point[0]!, point[1]!)
  }
  return { rows, losses }
}

test('a lower rung counts as far as it orders the highest one’s results well', () => {
  const truth = (x: number, y: number): number => (x - 0.3) ** 2 + (y - 0.7) ** 2
  const target = level(8, truth)
  const weightOf = (lossOf: (x: number, y: number) => number): number => {
    const levels = [level(30, lossOf), target]
    const models = levels.map((each) => new GpModel(features).condition(each, new Float64Array(0)))
    const weights = rankingWeights(features, models, target, createKernels(), stream(1, purpose.suggest))
    assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9)
    return weights[0]!
  }
  assert.ok(weightOf((x, y) => 2 * truth(x, y) + 1) > 0.8, 'the same but for its scale')
  assert.ok(weightOf((x, y) => -truth(x, y)) < 0.1, 'the opposite')
})

test('a level corrects the one below, as far as that says anything of it', () => {
  const truth = (x: number, y: number): number => Math.sin(7 * x) + Math.cos(5 * y)
  const random = stream(9, purpose.simulate)
  const unseen = Array.from({ length: 100 }, () => Float64Array.of(random.float(), random.float()))
  const rows = new Float64Array(100 * features.count)
  unseen.forEach((point, i) => features.write(point, rows, i * features.count))
  const values = Float64Array.from(unseen, ([x, y]) => truth(x!, y!))
  const predicted = (lossOf: (x: number, y: number) => number): { weight: number; agreement: number } => {
    const levels = [level(60, lossOf), level(8, truth)]
    const models = levels.map((each) => new GpModel(features).condition(each, new Float64Array(0)))
    const kernels = levels.map(() => createKernels())
    const combined = cascade(features, models, levels, new Float64Array(0), kernels)
    return { weight: combined.weights[0]!, agreement: correlation(summed(features, combined, rows, 100), values) }
  }
  const helped = predicted((x, y) => 3 * truth(x, y) + x)
  assert.ok(helped.agreement > 0.95, `${helped.agreement} with a level below that is alike`)
  const opposed = predicted((x, y) => -truth(x, y))
  assert.ok(opposed.weight < 0 && opposed.agreement > 0.95, 'what is opposed says as much')
  const misled = predicted((x, y) => Math.sin(30 * x + 50 * y))
  const alone = predicted(() => 0)
  assert.ok(misled.agreement > alone.agreement - 0.2, `${misled.agreement} with noise below, ${alone.agreement} alone`)
})

function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const product = (c: Float64Array, d: Float64Array): number => {
    const [first, second] = [mean(c), mean(d)]
    return c.reduce((sum, value, i) => sum + (value - first) * (d[i]! - second), 0)
  }
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b))
}

test('the slopes of the ensemble’s improvement are its derivatives', () => {
  const criterion = ensembleImprovement(-0.2, [0.7, 0.3])
  const forecast = (means: readonly number[], deviations: readonly number[]) => ({
    means: Float64Array.from(means),
    deviations: Float64Array.from(deviations),
    byMeans: new Float64Array(2),
    byDeviations: new Float64Array(2),
  })
  const at = forecast([0.1, -0.3], [0.5, 0.9])
  const value = criterion(at)
  const h = 1e-6
  for (const i of [0, 1]) {
    const shifted = [0.1, -0.3].map((mean, k) => mean + (k === i ? h : 0))
    const widened = [0.5, 0.9].map((deviation, k) => deviation + (k === i ? h : 0))
    assert.ok(Math.abs((criterion(forecast(shifted, [0.5, 0.9])) - value) / h - at.byMeans[i]!) < 1e-4)
    assert.ok(Math.abs((criterion(forecast([0.1, -0.3], widened)) - value) / h - at.byDeviations[i]!) < 1e-4)
  }
})

for (const searcher of [mfes(), bohb()]) {
  test(`${searcher.name}: what is learnt at low rungs finds the optimum of the highest`, () => {
    const regrets: number[] = []
    for (let seed = 1; seed <= 3; seed++) {
      const rehearsal = new Rehearsal(searcher, space, seed, min, 60)
      let best = Infinity
      for (let i = 0; i < 45; i++) {
        const [trial] = rehearsal.ask(1)
        const point = rehearsal.point(trial!)
        const steps = [1, 1, 1, 3, 1, 1, 9][i % 7]!
        for (let step = 1; step <= steps; step++) rehearsal.report(trial!, bowl(point, step))
        rehearsal.end(trial!, steps === 9 ? 'completed' : 'stopped')
        best = Math.min(best, bowl(point, Infinity))
      }
      regrets.push(best)
    }
    const median = regrets.toSorted((a, b) => a - b)[1]!
    assert.ok(median < 0.01, `seeds 1 to 3: ${regrets.join(' ')}`)
  })
}

test('wrong options are refused', () => {
  assert.throws(() => bohb({ randomFraction: 2 }), { code: 'invalid_option' })
  assert.throws(() => mfes({ startupTrials: 1 }), { code: 'invalid_option' })
})
