import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { compileSpace, uniform } from '../space/index.ts'
import { Features } from './gp-features.ts'
import { GpModel } from './gp-model.ts'
import { Prediction } from './gp-posterior.ts'

const features = new Features(compileSpace({ x: uniform(0, 1), y: uniform(0, 1) }))

test('losses that are noise alone are taken for noise: a prediction is their mean, not the nearest of them', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = stream(seed, purpose.simulate)
    const rows = new Float64Array(2 * 64).map(() => random.float())
    const losses = Float64Array.from({ length: 64 }, () => random.normal())
    const { posterior, hyper, outputs } = new GpModel(features).condition({ rows, losses }, new Float64Array(0))
    assert.ok(hyper.noise > 0.5, `seed ${seed}: noise ${hyper.noise}, lengthscales ${hyper.lengthscales.join()}`)
    const lowest = losses.indexOf(Math.min(...losses))
    const prediction = new Prediction(2)
    posterior.place(0, rows.subarray(2 * lowest, 2 * lowest + 2))
    posterior.predict(prediction, false)
    assert.ok(
      prediction.means[0]! > 0.3 * outputs.values[lowest]!,
      `seed ${seed}: ${prediction.means[0]} at the luckiest`,
    )
  }
})

test('a parameter along which the objective changes at one end alone is warped, from 25 results on', () => {
  const warpOf = (value: (x: number, y: number) => number, count: number, seed: number) => {
    const random = stream(seed, purpose.simulate)
    const rows = new Float64Array(2 * count).map(() => random.float())
    const losses = Float64Array.from({ length: count }, (_, i) => value(rows[2 * i]!, rows[2 * i + 1]!))
    return new GpModel(features).condition({ rows, losses }, new Float64Array(0)).hyper.warp
  }
  for (let seed = 1; seed <= 5; seed++) {
    const steep = (x: number, y: number): number => Math.sin(10 * x ** 0.3) + 0.2 * y
    const warp = warpOf(steep, 64, seed)
    assert.ok(warp !== undefined && warp.slope(0, 0.05) > 2 * warp.slope(0, 0.9), `seed ${seed}: not where it is steep`)
    assert.equal(warpOf(steep, 24, seed), undefined, `seed ${seed}: warped by too few`)
    const noise = stream(100 + seed, purpose.simulate)
    assert.equal(
      warpOf(() => noise.normal(), 64, seed),
      undefined,
      `seed ${seed}: noise is warped`,
    )
  }
})
