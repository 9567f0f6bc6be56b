import assert from 'node:assert/strict'
import { test } from 'node:test'

import { constantsOf } from './cmaes-constants.ts'

test('the constants are those of the tutorial', () => {
  const constants = constantsOf(10, 10)
  const expected = {
    muEff: 3.1672992814,
    muEffMinus: 3.98911501911,
    cSigma: 0.28442858795,
    dSigma: 1.28442858795,
    cC: 0.29499038304,
    c1: 0.01528382452,
    cMu: 0.02015428276,
  } as const
  for (const [name, value] of Object.entries(expected)) {
    assert.ok(Math.abs(constants[name as keyof typeof expected] - value) < 1e-10, name)
  }
  const { weights } = constants
  const sum = (part: Float64Array): number => part.reduce((total, weight) => total + weight, 0)
  assert.ok(Math.abs(sum(weights.subarray(0, 5)) - 1) < 1e-12)
  assert.ok(sum(weights.subarray(5)) < -1)
  assert.deepEqual(
    [...weights].toSorted((a, b) => b - a),
    [...weights],
  )
})

test('any population has constants that are numbers', () => {
  for (const d of [1, 2, 50, 1_000]) {
    for (const size of [2, 3, 4, 64]) {
      const { weights, ...others } = constantsOf(d, size)
      assert.ok([...weights, ...Object.values(others)].every(Number.isFinite), `d ${d}, ${size} points`)
    }
  }
})
