import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalCdf, normalQuantile } from './normal.ts'

/** Computed with 40 digits (mpmath 1.3): each branch of the approximations and the borders between them. */
const cdf: readonly (readonly [number, number])[] = [
  [-37, 5.7255712225245768227e-300],
  [-20, 2.7536241186062336951e-89],
  [-8, 6.2209605742717841235e-16],
  [-6, 9.865876450376981407e-10],
  [-5.7, 5.9903714010635281878e-9],
  [-5, 2.8665157187919391167e-7],
  [-3, 0.0013498980316300945267],
  [-1, 0.15865525393145705141],
  [-0.7, 0.24196365222307302862],
  [-0.66, 0.25462691467133613764],
  [-1e-5, 0.49999601057719605216],
  [0, 0.5],
  [0.3, 0.61791142218895263307],
  [0.6629, 0.74630269913176323432],
  [1, 0.84134474606854294859],
  [2, 0.9772498680518207928],
  [4, 0.99996832875816688008],
  [8, 0.9999999999999993779],
]
const quantiles: readonly (readonly [number, number])[] = [
  [1e-300, -37.047096299361199237],
  [1e-100, -21.273453560965324294],
  [1e-16, -8.2220822161304356152],
  [1e-11, -6.7060231554951362961],
  [1e-5, -4.2648907939228246102],
  [0.02, -2.0537489106318230443],
  [0.074, -1.4466320671589785099],
  [0.076, -1.4325027208258116188],
  [0.25, -0.6744897501960817432],
  [0.6, 0.25334710313579974132],
  [0.925, 1.4395314709384562291],
  [0.999, 3.0902323061678132778],
]

const isClose = (value: number, expected: number): boolean => Math.abs(value - expected) <= 1e-12 * Math.abs(expected)

test('Φ has its known values to 1e-12 relative, far into the lower tail', () => {
  for (const [z, p] of cdf) assert.ok(isClose(normalCdf(z), p), `Φ(${z}) = ${normalCdf(z)}, not ${p}`)
})

test('Φ⁻¹ has its known values to 1e-12 relative', () => {
  assert.equal(normalQuantile(0.5), 0)
  for (const [p, z] of quantiles) assert.ok(isClose(normalQuantile(p), z), `Φ⁻¹(${p}) = ${normalQuantile(p)}, not ${z}`)
})

test('Φ⁻¹ undoes Φ', () => {
  for (let z = -30; z <= 4; z += 0.37) {
    assert.ok(Math.abs(normalQuantile(normalCdf(z)) - z) <= 1e-11 * Math.max(1, Math.abs(z)), `at ${z}`)
  }
})

test('the ends are 0, 1 and the infinities; outside there is nothing', () => {
  assert.equal(normalCdf(-Infinity), 0)
  assert.equal(normalCdf(Infinity), 1)
  assert.equal(normalQuantile(0), -Infinity)
  assert.equal(normalQuantile(1), Infinity)
  for (const p of [-0.1, 1.1, NaN]) assert.ok(Number.isNaN(normalQuantile(p)), `${p}`)
})
