import assert from 'node:assert/strict'
import { test } from 'node:test'
import { purpose, stream } from '../base/random.ts'
import { decimal, significant } from './decimal.ts'

test('decimal gives the double that the written decimal stands for', () => {
  const random = stream(1, purpose.trial)
  for (let i = 0; i < 5_000; i++) {
    const integer = Math.round((random.float() - 0.5) * 10 ** (1 + random.below(15)))
    const places = random.below(80) - 40
    assert.equal(decimal(integer, places), Number(`${integer}e${-places}`) + 0, `seed 1: ${integer}e${-places}`)
  }
})

test('significant rounds to the nearest number with so many digits', () => {
  const random = stream(2, purpose.trial)
  for (let i = 0; i < 5_000; i++) {
    for (const digits of [1, 5, 12, 13]) {
      const least = 10 ** (digits - 1)
      const integer = least + 1 + Math.floor(random.float() * (9 * least - 2))
      const exponent = random.below(60) - 30
      const near = (integer + (random.float() - 0.5) * 0.9) * 10 ** exponent
      assert.equal(significant(near, digits), Number(`${integer}e${exponent}`), `seed 2: ${near} to ${digits}`)
      assert.equal(significant(-near, digits), -Number(`${integer}e${exponent}`), `seed 2: ${-near} to ${digits}`)
    }
  }
})

test('zero stays zero, never minus zero', () => {
  assert.ok(Object.is(significant(0, 12), 0))
  assert.ok(Object.is(significant(-0, 12), 0))
  assert.ok(Object.is(decimal(-0, 3), 0))
})
