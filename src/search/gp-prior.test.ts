import assert from 'node:assert/strict'
import { test } from 'node:test'

import { choice, compileSpace, prefer, uniform } from '../space/index.ts'
import { PriorBonus } from './gp-prior.ts'

const { dimensions } = compileSpace({
  x: uniform(0, 1, { prior: { mode: 0.2, deviation: 0.1 } }),
  kind: prefer(choice('a', 'b', 'c'), { prior: [1, 0, 3] }),
  free: uniform(0, 1),
})
const at = (x: number, level: number): Float64Array => Float64Array.of(x, dimensions[1]!.at(level), 0.9)

test('the bonus is the log density below its peak, times a strength: it decays with it, and nothing is added', () => {
  const whole = new PriorBonus(dimensions, 1)
  assert.ok(Math.abs(whole.value(at(0.3, 2)) + 0.5) < 1e-12, 'one deviation from the mode')
  assert.ok(Math.abs(whole.value(at(0.2, 0)) - Math.log(1 / 3)) < 1e-12, 'a third of the likeliest option')
  assert.ok(Math.abs(whole.value(at(0.2, 2))) < 1e-12, 'the peak')
  for (const strength of [5, 0.5, 0.01]) {
    const faded = new PriorBonus(dimensions, strength)
    for (const point of [at(0.3, 2), at(0.45, 0)]) {
      assert.ok(Math.abs(faded.value(point) - strength * whole.value(point)) < 1e-12)
    }
    const slope = (faded.value(at(0.3 + 1e-6, 2)) - faded.value(at(0.3 - 1e-6, 2))) / 2e-6
    assert.ok(Math.abs(faded.slope(dimensions[0]!, 0.3) - slope) < 1e-5 * Math.abs(slope))
  }
})

test('what the user holds to be impossible is unlikely, not forbidden', () => {
  const bonus = new PriorBonus(dimensions, 1)
  const millionth = Math.log(1e-6)
  assert.ok(Math.abs(bonus.value(at(0.2, 1)) - millionth) < 1e-12, 'an option of weight 0')
  assert.ok(Math.abs(bonus.value(at(1, 2)) - millionth) < 1e-12, 'eight deviations from the mode')
  assert.equal(bonus.slope(dimensions[0]!, 1), 0)
  assert.ok(Math.abs(new PriorBonus(dimensions, 0.01).value(at(1, 1)) - 0.02 * millionth) < 1e-12)
})
