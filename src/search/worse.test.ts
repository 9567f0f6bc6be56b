import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { compileSpace, uniform } from '../space/index.ts'
import { Columns } from './parzen-columns.ts'
import { Worse } from './worse.ts'

test('beyond 2,000 trials the kernels are a bounded sample that stands for all', () => {
  const space = compileSpace({ x: uniform(0, 1) })
  const columns = new Columns(space.dimensions, [])
  const worse = new Worse(columns)
  const random = stream(1, purpose.simulate)
  // Three of four older trials are on the left; the newest are all on the right.
  for (let trial = 0; trial < 20_000; trial++) {
    const left = trial < 19_500 && trial % 4 !== 0
    worse.insert(trial, Float64Array.of(left ? 0.5 * random.float() : 0.5 + 0.5 * random.float()))
    if (trial % 7 === 0 && trial > 100) worse.remove(trial - 50)
  }
  assert.equal(worse.size, 20_000 - 2_843)
  assert.ok(worse.kernels.count > 1_900 && worse.kernels.count <= 2_001, String(worse.kernels.count))
  worse.prepare()
  let left = 0
  for (let i = 0; i < 500; i++) {
    columns.read(Float64Array.of((i + 0.5) / 1_000))
    left += Math.exp(worse.kernels.logDensity()) / 1_000
  }
  const exact = (0.75 * 19_500) / 20_000
  assert.ok(Math.abs(left - exact) < 0.04, `${left} of the density is on the left, of the trials ${exact}`)
})
