import assert from 'node:assert/strict'
import { test } from 'node:test'

import { choice, compileSpace, int, loguniform, uniform } from '../space/index.ts'
import type { Space } from '../space/index.ts'
import type { LogValue } from '../space/encoded.ts'
import type { Event, Experiment } from '../trial/event.ts'
import { earlierOf, takeOver } from './earlier.ts'
import type { Earlier } from './earlier.ts'

interface Told {
  readonly values: readonly LogValue[]
  readonly score: number
  readonly state?: 'completed' | 'stopped' | 'failed'
}

const loss = { metric: 'loss', mode: 'min' } as const

/** An earlier experiment's results, taken over into another space. */
function taken(
  from: Space,
  to: Space,
  trials: readonly Told[],
  then: Experiment['objectives'] = [loss],
  now = loss as Experiment['objectives'][0],
): Earlier {
  const experiment = {
    name: 'before',
    space: compileSpace(from).toJSON(),
    objectives: then,
    score: 'last',
  } as unknown as Experiment
  const events = trials.flatMap(({ values, score, state = 'completed' }, trial): Event[] => [
    { type: 'suggested', trial, asOf: 1, values, why: { by: 'test' } },
    { type: 'launched', trial, attempt: 1 },
    {
      type: 'reported',
      trial,
      attempt: 1,
      step: 1,
      values: [score, -score].slice(0, then.length),
      others: undefined,
      judged: true,
    },
    { type: 'ended', trial, attempt: 1, outcome: state, state, failure: undefined },
  ])
  return takeOver(experiment, events, compileSpace(to), now)
}

test('finished trials are mapped by name; what is outside or failed is left out, and a line says so', () => {
  const { record, summary } = taken(
    { lr: uniform(0, 1), old: int(1, 3), kind: choice('a', 'b', 'c') },
    { kind: choice('b', 'a'), lr: loguniform(1e-3, 0.5), added: int(1, 9, { default: 4 }) },
    [
      { values: [0.1, 1, 'a'], score: 3 },
      { values: [0.9, 1, 'a'], score: 2 },
      { values: [0.2, 2, 'c'], score: 1 },
      { values: [0.3, 3, 'b'], score: 5, state: 'stopped' },
      { values: [0.4, 3, 'b'], score: 6, state: 'failed' },
      { values: [0.4, 3, 'b'], score: NaN },
    ],
  )
  assert.deepEqual(record, {
    name: 'before',
    values: [
      ['a', 0.1, 4],
      ['b', 0.3, 4],
    ],
    losses: [3, 5],
  })
  assert.equal(
    summary,
    'Learning from before: 2 of its 6 trials by loss (min), 2 outside of this space, without old, with defaults of added',
  )
  const space = compileSpace({ kind: choice('b', 'a'), lr: loguniform(1e-3, 0.5), added: int(1, 9) })
  const { points } = earlierOf(record, space)
  assert.deepEqual(
    points.map((point) => space.decode(point)['kind']),
    ['a', 'b'],
  )
})

test('the metric is the one of the same name in the direction that is wanted now, else the first in its own', () => {
  const space = { x: uniform(0, 1) }
  const trials = [{ values: [0.5], score: 3 }]
  const objectives = [{ metric: 'accuracy', mode: 'max' }, loss] as const
  assert.deepEqual(taken(space, space, trials, objectives).record.losses, [-3])
  assert.deepEqual(taken(space, space, trials, [loss], { metric: 'loss', mode: 'max' }).record.losses, [-3])
  assert.deepEqual(taken(space, space, trials, [objectives[0]]).record.losses, [-3])
  assert.match(taken(space, space, trials, [objectives[0]]).summary, /by accuracy \(max\)/)
})

test('trials that come to the same configuration count once, with their mean', () => {
  const { record, summary } = taken({ x: int(1, 3), y: uniform(0, 1) }, { x: int(1, 3) }, [
    { values: [1, 0.3], score: 1 },
    { values: [2, 0.3], score: 7 },
    { values: [1, 0.9], score: 5 },
  ])
  assert.deepEqual(
    [record.values, record.losses],
    [
      [[1], [2]],
      [3, 7],
    ],
  )
  assert.match(summary, /3 of its 3 trials by loss \(min\), as 2 configurations/)
})

test('of many the best and some of the others are taken, the same ones each time', () => {
  const space = { x: uniform(0, 1) }
  const trials = Array.from({ length: 2_000 }, (_, i) => ({ values: [i / 2_000], score: (i * 7919) % 2_000 }))
  const { record } = taken(space, space, trials)
  assert.equal(record.losses.length, 500)
  const sorted = record.losses.toSorted((a, b) => a - b)
  assert.deepEqual(
    sorted.slice(0, 250),
    Array.from({ length: 250 }, (_, i) => i),
  )
  assert.ok(sorted[400]! > 800 && sorted[400]! < 1_800, String(sorted[400]))
  assert.deepEqual(taken(space, space, trials), { ...taken(space, space, trials) })
})
