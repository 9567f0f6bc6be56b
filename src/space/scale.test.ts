import assert from 'node:assert/strict'
import { test } from 'node:test'
import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { normalCdf } from '../math/normal.ts'
import { linearScale, logScale, lognormalScale, normalScale } from './scale.ts'
import type { Scale } from './scale.ts'

const seed = 3

/** Scales as users write them, from usual to odd, none whose width is lost beside its bounds. */
function scales(random: Random): readonly (readonly [string, Scale])[] {
  const magnitude = (low: number, high: number): number => 10 ** (low + (high - low) * random.float())
  const side = random.float() < 0.5 ? -1 : 1
  const width = magnitude(-8, 12)
  const low = side * width * random.float() * 50
  const start = magnitude(-20, 10)
  const end = start * (random.float() < 0.3 ? 1 + magnitude(-3, 0) : magnitude(0.1, 30))
  const sd = magnitude(-3, 5)
  const mean = side * sd * random.float() * 50
  const mu = (random.float() - 0.5) * 20
  const sigma = magnitude(-2, 0.7)
  return [
    [`linear ${low} ${low + width}`, linearScale(low, low + width)],
    [`log ${start} ${end}`, logScale(start, end)],
    [`normal ${mean} ${sd}`, normalScale(mean, sd)],
    [`lognormal ${mu} ${sigma}`, lognormalScale(mu, sigma)],
  ]
}

test('values lie within the bounds and come back to the same place', () => {
  const random = stream(seed, purpose.trial)
  for (let round = 0; round < 300; round++) {
    for (const [name, scale] of scales(random)) {
      for (let i = 0; i < 50; i++) {
        const u = i < 2 ? i : random.float()
        const value = scale.value(u)
        const what = `seed ${seed}: ${name} at ${u}: ${value}`
        assert.ok(value >= scale.low && value <= scale.high, what)
        const back = Math.min(1, Math.max(0, scale.unit(value)))
        assert.ok(Math.abs(back - u) <= 2e-9 * (i < 2 ? 1 : 0) + 1e-12, `${what} back at ${back}`)
        assert.equal(scale.value(back), value, what)
      }
    }
  }
})

test('bounds are reached, however many digits they have', () => {
  const random = stream(seed, purpose.trial, 1)
  for (let round = 0; round < 300; round++) {
    for (const [name, scale] of scales(random)) {
      assert.equal(scale.value(0), scale.low, `seed ${seed}: ${name}`)
      assert.equal(scale.value(1), scale.high, `seed ${seed}: ${name}`)
      assert.equal(scale.value(scale.unit(scale.low)), scale.low, `seed ${seed}: ${name}`)
      assert.equal(scale.value(scale.unit(scale.high)), scale.high, `seed ${seed}: ${name}`)
    }
  }
})

test('decimals that a person writes survive the way to [0, 1] and back', () => {
  const written: readonly (readonly [Scale, readonly number[]])[] = [
    [linearScale(0, 1), [0.1, 0.2, 0.3, 0.7, 0.123456789, 1e-9]],
    [linearScale(-5, 10), [0.1, -4.7, 0, 9.99]],
    [linearScale(1e6, 1e6 + 1), [1_000_000.1, 1_000_000.7]],
    [logScale(1e-5, 1e-1), [1e-4, 0.001, 0.002, 0.0123, 0.05]],
    [logScale(1e-12, 1e12), [1e-7, 0.3, 12_345.678, 1e11]],
    [normalScale(0, 1), [0.1, -0.7, 2.5]],
    [lognormalScale(0, 1), [0.1, 0.7, 2.5]],
  ]
  for (const [scale, values] of written) {
    for (const value of values) assert.equal(scale.value(scale.unit(value)), value)
  }
})

test('on normal scales u is the distribution function', () => {
  for (const z of [-3, -1, -0.2, 0, 0.5, 2]) {
    assert.ok(Math.abs(normalScale(10, 3).unit(10 + 3 * z) - normalCdf(z)) < 1e-14, `${z}`)
    assert.ok(Math.abs(lognormalScale(-2, 0.5).unit(Math.exp(-2 + 0.5 * z)) - normalCdf(z)) < 1e-14, `${z}`)
  }
})

test('a deviation is measured in values, on logarithmic scales as a factor', () => {
  assert.equal(linearScale(0, 10).spread(5, 2), 0.2)
  assert.ok(Math.abs(logScale(1e-4, 1).spread(1e-2, 10) - 0.25) < 1e-15)
  const oneSd = normalCdf(1) - 0.5
  assert.ok(Math.abs(normalScale(0, 2).spread(0, 2) - oneSd) < 1e-12)
  assert.ok(Math.abs(lognormalScale(0, 1).spread(1, Math.E) - oneSd) < 1e-12)
})
