import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { createKernels } from '../math/kernels.ts'
import { compileSpace, uniform } from '../space/index.ts'
import { Features } from './gp-features.ts'
import { fitHyperparameters } from './gp-fit.ts'
import type { Data, Hyperparameters } from './gp-fit.ts'
import { GpPosterior, lanes, Prediction } from './gp-posterior.ts'

const kernels = createKernels()

function featuresOf(dimensions: number): Features {
  return new Features(
    compileSpace(Object.fromEntries(Array.from({ length: dimensions }, (_, i) => [`x${i}`, uniform(0, 1)]))),
  )
}

/** Points drawn anywhere, with the values of a function, standardised. */
function sampled(dimensions: number, count: number, random: Random, value: (x: Float64Array) => number): Data {
  const rows = new Float64Array(count * dimensions).map(() => random.float())
  const values = Float64Array.from({ length: count }, (_, i) =>
    value(rows.subarray(i * dimensions, (i + 1) * dimensions)),
  )
  const mean = values.reduce((sum, y) => sum + y, 0) / count
  const deviation = Math.sqrt(values.reduce((sum, y) => sum + (y - mean) ** 2, 0) / count)
  return { rows, count, values: values.map((y) => (y - mean) / deviation) }
}

function predict(posterior: GpPosterior, point: Float64Array): { readonly mean: number; readonly deviation: number } {
  const prediction = new Prediction(point.length)
  for (let lane = 0; lane < lanes; lane++) posterior.place(lane, point)
  posterior.predict(prediction, false)
  return { mean: prediction.means[0]!, deviation: prediction.deviations[0]! }
}

test('the fit ends where the posterior density of hyperparameters has no slope', () => {
  for (const { shape, warped } of [
    { shape: 'matern52', warped: false },
    { shape: 'gaussian', warped: false },
    { shape: 'matern52', warped: true },
  ] as const) {
    const features = featuresOf(3)
    const random = stream(2, purpose.simulate)
    const data = sampled(3, 17, random, ([x, y]) => Math.sin(4 * x!) + y! ** 2 + 0.2 * random.normal())
    const found = fitHyperparameters(kernels, features, data, shape, { evaluations: 200, warped })
    const evidenceAt = (theta: Float64Array): number =>
      fitHyperparameters(kernels, features, data, shape, { start: theta, evaluations: 1, warped }).evidence
    assert.ok(Math.abs(evidenceAt(found.theta) - found.evidence) < 1e-9)
    for (const i of found.theta.keys()) {
      const moved = (by: number): number => evidenceAt(found.theta.map((x, j) => (i === j ? x + by : x)))
      const slope = (moved(1e-4) - moved(-1e-4)) / 2e-4
      assert.ok(Math.abs(slope) < 0.02, `${shape}, parameter ${i}: slope ${slope}`)
      assert.ok(moved(0.3) < found.evidence && moved(-0.3) < found.evidence, `${shape}, parameter ${i}: no maximum`)
    }
  }
})

test('a smooth function is not taken for noise, nor for a forest of spikes', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const features = featuresOf(4)
    const random = stream(seed, purpose.simulate)
    const value = (x: Float64Array): number => x.reduce((sum, u, i) => sum + (i + 1) * (u - 0.4) ** 2, 0)
    const data = sampled(4, 20, random, value)
    const hyper = fitHyperparameters(kernels, features, data, 'matern52', { evaluations: 40 })
    assert.ok(hyper.noise < 0.05, `seed ${seed}: noise ${hyper.noise}`)
    assert.ok(
      hyper.lengthscales.some((length) => length > 0.3),
      `seed ${seed}: lengthscales ${hyper.lengthscales.join()}`,
    )
  }
})

test('in a hundred dimensions points know of each other: there is a slope to follow', () => {
  const dimensions = 100
  const features = featuresOf(dimensions)
  const random = stream(5, purpose.simulate)
  const data = sampled(dimensions, 30, random, (x) => x.subarray(0, 5).reduce((sum, u) => sum + (u - 0.3) ** 2, 0))
  // Before anything is learnt, and after.
  for (const evaluations of [1, 40]) {
    const hyper = fitHyperparameters(kernels, features, data, 'matern52', { evaluations })
    const posterior = new GpPosterior(kernels, data, new Float64Array(0), hyper)
    const anywhere = new Float64Array(dimensions).map(() => random.float())
    const { deviation } = predict(posterior, anywhere)
    assert.ok(
      deviation < 0.95,
      `${evaluations} evaluations: the deviation of a point between 30 others is ${deviation}`,
    )
  }
})

function hyperOf(lengths: readonly number[], noise: number): Hyperparameters {
  return {
    shape: 'matern52',
    lengthscales: Float64Array.from(lengths),
    noise,
    theta: new Float64Array(0),
    evidence: 0,
  }
}

test('a point that was evaluated fifty times is a mean of fifty, not a singular matrix', () => {
  for (const noise of [1e-6, 0.25]) {
    const count = 53
    const rows = new Float64Array(2 * count).fill(0.5)
    rows.set([0.1, 0.2, 0.8, 0.3, 0.4, 0.9])
    const random = stream(3, purpose.simulate)
    const values = Float64Array.from({ length: count }, (_, i) => (i < 3 ? 0 : 1 + Math.sqrt(noise) * random.normal()))
    const mean = values.subarray(3).reduce((sum, y) => sum + y, 0) / 50
    const data = { rows, count, values }
    const posterior = new GpPosterior(kernels, data, new Float64Array(0), hyperOf([0.2, 0.2], noise))
    const at = predict(posterior, Float64Array.of(0.5, 0.5))
    assert.ok(Math.abs(at.mean - mean) < 0.02, `noise ${noise}: mean ${at.mean} of ${mean}`)
    const expected = Math.sqrt(noise / 50)
    assert.ok(at.deviation < 1.2 * expected + 1e-4, `noise ${noise}: deviation ${at.deviation}, expected ${expected}`)
  }
})
