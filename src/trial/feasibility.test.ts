import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compileSpace, uniform } from '../space/index.ts'
import { TrialColumns } from './columns.ts'
import { Feasibility, isFeasible } from './feasibility.ts'

/** One trial each: its loss, and by how much two metrics pass their bounds; null where it did not report. */
function history(trials: readonly (readonly [loss: number, ms: number, mb: number] | null | 'failed')[]): TrialColumns {
  const bounds = [
    { metric: 'ms', max: 0 },
    { metric: 'mb', max: 0 },
  ]
  const columns = new TrialColumns(
    compileSpace({ x: uniform(0, 1) }),
    [{ metric: 'loss', mode: 'min' }],
    'last',
    bounds,
  )
  for (const [trial, told] of trials.entries()) {
    columns.apply({ type: 'suggested', trial, asOf: 1, values: [0.5], why: { by: 'test' } })
    columns.apply({ type: 'launched', trial, attempt: 1 })
    const [loss, ms, mb] = told === 'failed' ? [0, 0, 0] : (told ?? [NaN, NaN, NaN])
    if (told === null) continue
    columns.apply({ type: 'reported', trial, attempt: 1, step: 1, values: [loss], others: { ms, mb }, judged: true })
    const state = told === 'failed' ? 'failed' : 'completed'
    columns.apply({ type: 'ended', trial, attempt: 1, outcome: state, state, failure: undefined })
  }
  return columns
}

test('what meets the constraints by its loss, then what is least off in units of what was seen, then what has no score', () => {
  const trials = history([[9, -1, -1], [5, -2, 0], [0, 1, 900], [0, 2, 100], 'failed', null, [1, 2, 100]])
  const order = new Feasibility(trials)
  const sorted = Array.from({ length: 7 }, (_, i) => i).toSorted((a, b) => order.compare(a, b))
  assert.deepEqual(sorted, [1, 0, 3, 6, 2, 4, 5])
  assert.deepEqual(
    sorted.map((trial) => isFeasible(trials, trial)),
    [true, true, false, false, false, true, false],
  )
  assert.equal(order.total(0), 0)
  assert.equal(order.total(5), Infinity)
})

test('a constraint whose values are all the same has no scale', () => {
  const order = new Feasibility(
    history([
      [1, 3, -1],
      [1, 3, -1],
    ]),
  )
  assert.equal(order.total(0), 3)
})
