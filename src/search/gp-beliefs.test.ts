import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { compileSpace, uniform } from '../space/index.ts'
import { GpModels } from './gp-beliefs.ts'
import type { Beliefs } from './gp-beliefs.ts'
import { Features } from './gp-features.ts'
import { warpOutputs } from './gp-outputs.ts'

const features = new Features(compileSpace({ x: uniform(0, 1) }))

/** The criterion where the models predict these means for certain, or nearly so. */
function criterionAt({ criterion }: Beliefs, means: readonly number[]): number {
  const zeros = (): Float64Array => new Float64Array(means.length)
  const deviations = zeros().fill(1e-3)
  return criterion({ means: Float64Array.from(means), deviations, byMeans: zeros(), byDeviations: zeros() })
}

test('under noise the goal is the best that is predicted, not the luckiest that was seen', () => {
  const random = stream(4, purpose.simulate)
  const points = Array.from({ length: 60 }, (_, i) => Float64Array.of((i + 0.5) / 60))
  const losses = Float64Array.from(points, ([x]) => (x! - 0.3) ** 2 + 0.1 * random.normal())
  // Far from the optimum, in the middle of bad ones.
  const lucky = 51
  losses[lucky] = Math.min(...losses) - 0.1
  const beliefs = new GpModels(features, 1, 0, []).believe({ points, losses: [losses], violations: [], pending: [] })
  assert.ok(Math.abs(beliefs.order[0]![0]! - 0.3) < 0.12, `the best is expected at ${beliefs.order[0]![0]}`)
  assert.ok(beliefs.order.indexOf(points[lucky]!) > 20)
  // Of a certain mean m the improvement is goal − m.
  const goal = -10 + Math.exp(criterionAt(beliefs, [-10]))
  const outputs = warpOutputs(losses, Infinity)
  assert.ok(goal > outputs.valueOf(losses[lucky] ?? NaN) + 0.5, `the goal ${goal} is that of a lucky trial`)
})

test('a constraint known from few trials is no wall: it becomes one after three that meet it and three that do not', () => {
  const believe = (met: number, missed: number): Beliefs => {
    const points = Array.from({ length: met + missed }, (_, i) => Float64Array.of(i / 12))
    const violations = [Float64Array.from(points, (_, i) => (i < met ? -1 : 1))]
    const losses = [Float64Array.from(points, (_, i) => i)]
    return new GpModels(features, 1, 1, []).believe({ points, losses, violations, pending: [] })
  }
  for (const [met, missed, least] of [
    [2, 5, -10],
    [5, 2, -10],
    [0, 5, -10],
    [3, 3, -60],
    [5, 5, -60],
  ] as const) {
    const beliefs = believe(met, missed)
    // A mean that misses the bound for certain, beside one that meets it.
    const cost = criterionAt(beliefs, [-10, 50]) - criterionAt(beliefs, [-10, -50])
    assert.ok(Math.abs(cost - least) < 1e-9, `${met} met it, ${missed} missed it: it counts ${cost}`)
  }
})
