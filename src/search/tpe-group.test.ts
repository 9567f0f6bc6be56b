import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { choice, compileSpace, uniform, when } from '../space/index.ts'
import type { EncodedSpace, LogValue } from '../space/encoded.ts'
import { TrialColumns } from '../trial/columns.ts'
import { TpeGroup } from './tpe-group.ts'
import type { TpeSetting } from './tpe-group.ts'
import type { Placed } from './tpe-order.ts'
import { Violations } from './violations.ts'

function historyOf(space: EncodedSpace, trials: readonly (readonly LogValue[])[]): TrialColumns {
  const columns = new TrialColumns(space, [{ metric: 'loss', mode: 'min' }])
  for (const [trial, values] of trials.entries()) {
    columns.apply({ type: 'suggested', trial, asOf: 0, values, why: { by: 'test' } })
  }
  return columns
}

function settingOf(history: TrialColumns): TpeSetting {
  return { history, objectives: 1, violations: new Violations(0), earlier: [], isNoisy: false }
}

function placed(trial: number, loss: number): Placed {
  const ranked = { trial, loss, step: 1, reached: true }
  return { ranked, losses: Float64Array.of(loss), violations: new Float64Array(0) }
}

test('better and worse are densities over the same dimensions: trials of another branch are in neither', () => {
  const space = compileSpace({
    kind: choice('a', 'b'),
    x: when('kind', 'a', uniform(0, 1)),
    y: when('kind', 'b', uniform(0, 1)),
  })
  const trials = Array.from({ length: 12 }, (_, i): LogValue[] =>
    i % 3 === 0 ? ['a', i / 12, null] : ['b', null, i / 12],
  )
  const columns = historyOf(space, trials)
  const [kind, x] = space.dimensions
  const group = new TpeGroup(settingOf(columns), [x!], [kind!])
  // All are pending at first, then all but the last four are over.
  trials.forEach((_, trial) => group.suggested(trial))
  assert.deepEqual([group.below, group.above], [0, 4])
  for (let trial = 0; trial < 8; trial++) group.placed([placed(trial, trial)])
  assert.deepEqual([group.below, group.above], [1, 3])
  const point = Float64Array.of(kind!.at(0), 0.5, NaN)
  const before = group.choose(point.slice(), 24, stream(1, purpose.suggest), () => true)
  // A suggestion of the other branch, pending too, changes nothing here; one of this branch does.
  group.anticipate(12, Float64Array.of(kind!.at(1), NaN, 0.5))
  assert.equal(
    group.choose(point.slice(), 24, stream(1, purpose.suggest), () => true),
    before,
  )
  group.anticipate(13, Float64Array.of(kind!.at(0), 0.5, NaN))
  assert.notEqual(
    group.choose(point.slice(), 24, stream(1, purpose.suggest), () => true),
    before,
  )
})

test('kernels of the better weigh by their improvement on the best of the worse, the prior by the mean of these', () => {
  const space = compileSpace({ c: choice('a', 'b') })
  const trials = 'abaaabbb'.split('').map((value): LogValue[] => [value])
  const columns = historyOf(space, trials)
  const group = new TpeGroup(settingOf(columns), space.dimensions, [])
  trials.forEach((_, trial) => group.suggested(trial))
  const losses = [0, 9.999, 10, 11, 12, 13, 14, 15]
  for (const [trial, loss] of losses.entries()) group.placed([placed(trial, loss)])
  assert.deepEqual([group.below, group.above], [2, 6])
  let ofA = 0
  for (let i = 0; i < 4_000; i++) {
    const point = Float64Array.of(NaN)
    group.choose(point, 1, stream(1, purpose.suggest, i), () => true)
    if (space.dimensions[0]!.level(point[0]!) === 0) ofA += 1
  }
  // Weights 10, 0.001 and 5; with three kernels one of an option's own has 0.8 on it. Even weights would give a half.
  const expected = (10 * 0.8 + 0.001 * 0.2 + 5 * 0.5) / 15.001
  assert.ok(Math.abs(ofA / 4_000 - expected) < 0.03, `${ofA / 4_000}, expected ${expected}`)
})
