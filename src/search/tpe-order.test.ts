import assert from 'node:assert/strict'
import { test } from 'node:test'

import { FeasibleOrder, LossOrder } from './tpe-order.ts'
import type { Placed } from './tpe-order.ts'
import { Violations } from './violations.ts'

function placed(trial: number, losses: readonly number[], violations: readonly number[] = []): Placed {
  const ranked = { trial, loss: losses[0]!, step: 1, reached: true }
  return { ranked, losses: Float64Array.from(losses), violations: Float64Array.from(violations) }
}

function feasibleOrder(all: readonly Placed[], objectives: number): FeasibleOrder {
  const violations = new Violations(all[0]!.violations.length)
  const order = new FeasibleOrder(violations, objectives, false)
  for (const each of all) {
    violations.add(each.violations)
    order.add(each)
  }
  return order
}

test('what meets the constraints comes first, then what is least off in all, each in its own unit; the unknown comes last', () => {
  // One constraint is in thousands, the other in ones.
  const all = [
    placed(0, [1], [5_000, -1]),
    placed(1, [2], [-2_000, 1]),
    placed(2, [9], [-1_000, -1]),
    placed(3, [0], [NaN, -1]),
    placed(4, [8], [-3_000, 0]),
    placed(5, [3], [1_000, 0.5]),
    ...Array.from({ length: 14 }, (_, i) => placed(6 + i, [5], [9_000 + i, 3])),
  ]
  // A 0.15th of 20 trials.
  assert.deepEqual(
    feasibleOrder(all, 1)
      .better()
      .map(({ trial }) => trial),
    [4, 2, 5],
  )
})

test('weights are improvements on the best of the worse; where these can not be compared all count alike', () => {
  const met = Array.from({ length: 20 }, (_, i) => placed(i, [i], [-1]))
  assert.deepEqual(
    feasibleOrder(met, 1)
      .better()
      .map(({ weight }) => weight),
    [3, 2, 1],
  )
  const fewMet = met.map((each, i) => (i < 3 ? each : placed(i, [0], [1 + i])))
  assert.deepEqual(
    feasibleOrder(fewMet, 1)
      .better()
      .map(({ weight }) => weight),
    [1, 1, 1],
  )
})

test('several objectives: front by front, and of the one that does not fit what covers it, whatever the units', () => {
  // A front of 40 in a row, most of them crowded together; behind it one that is dominated.
  const crowded = Array.from({ length: 38 }, (_, i) => [0.5 + i / 1e6, 1e6 * (0.5 - i / 1e6)])
  const all = [[0, 1e6], ...crowded, [1, 0], [1.1, 1.1e6]].map((losses, i) => placed(i, losses))
  const chosen = feasibleOrder(all, 2)
    .better()
    .map(({ trial }) => trial)
  assert.equal(chosen.length, 7)
  assert.ok(!chosen.includes(40), 'a dominated one')
  // The middle, and the ends of the crowd.
  for (const trial of [1, 38]) assert.ok(chosen.includes(trial), `${chosen.join()} without ${trial}`)
  const dominating = feasibleOrder([...all, placed(41, [-1, -1])], 2).better()
  assert.equal(dominating[0]!.trial, 41)
})

test('five objectives: the chosen ones are spread', () => {
  const all = Array.from({ length: 60 }, (_, i) => {
    const corner = i < 5 ? i : 5
    return placed(
      i,
      Array.from({ length: 5 }, (__, k) => (corner === 5 ? 0.5 + 1e-6 * ((i + k) % 5) : Number(k !== corner))),
    )
  })
  const chosen = feasibleOrder(all, 5)
    .better()
    .map(({ trial }) => trial)
  for (let corner = 0; corner < 5; corner++) assert.ok(chosen.includes(corner), `${chosen.join()} without ${corner}`)
})

test('where scores are noisy a lucky one counts three times as much as the median at most', () => {
  const order = new LossOrder(true)
  for (const [trial, loss] of [-100, 1, 2, ...new Array<number>(17).fill(3)].entries()) order.add(placed(trial, [loss]))
  assert.deepEqual(
    order.better().map(({ weight }) => weight),
    [6, 2, 1],
  )
})
