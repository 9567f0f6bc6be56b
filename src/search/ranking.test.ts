import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { compileSpace, uniform } from '../space/index.ts'
import { TrialColumns } from '../trial/columns.ts'
import type { Ended, Event } from '../trial/event.ts'
import { Best, Ranking } from './ranking.ts'
import type { Ranked } from './ranking.ts'

const objective = { metric: 'loss', mode: 'min' } as const

/** Trials with a loss a step, and how each ended; answers all ranks at last. */
function ranks(trials: readonly (readonly [readonly number[], Ended['state']])[], enough = 3): Ranked[] {
  const columns = new TrialColumns(compileSpace({ x: uniform(0, 1) }), [objective])
  const ranking = new Ranking(columns, (report) => columns.reportValue(report), enough)
  let ranked: Ranked[] = []
  for (const [trial, [losses, state]] of trials.entries()) {
    const ended = {
      type: 'ended',
      trial,
      attempt: 1,
      outcome: state as 'completed',
      state,
      failure: undefined,
    } as const
    const events: Event[] = [
      { type: 'suggested', trial, asOf: 0, values: [0.5], why: { by: 'test' } },
      { type: 'launched', trial, attempt: 1 },
      ...losses.map(
        (loss, i) =>
          ({
            type: 'reported',
            trial,
            attempt: 1,
            step: i + 1,
            values: [loss],
            others: undefined,
            judged: true,
          }) as const,
      ),
      ended,
    ]
    for (const event of events) columns.apply(event)
    const standing = ranking.end(ended)
    if (standing?.changed === 'one') ranked.push(standing.ranked)
    else if (standing !== undefined) ranked = [...standing.ranked]
  }
  return ranked
}

function order(ranked: readonly Ranked[]): number[] {
  const best = new Best()
  for (const each of ranked) best.add(each)
  return best.best.map(({ trial }) => trial)
}

test('complete trials are compared by their score, however many steps they took', () => {
  const ranked = ranks([
    [[9, 5], 'completed'],
    [[9, 8, 7, 6, 4], 'completed'],
    [[3], 'completed'],
    [[1, 2, 8], 'completed'],
  ])
  assert.deepEqual(
    ranked.map(({ loss, reached }) => [loss, reached]),
    [
      [5, true],
      [4, true],
      [3, true],
      [8, true],
    ],
  )
  assert.deepEqual(order(ranked), [2])
})

test('stopped trials are compared at the highest step that enough of them reached', () => {
  const ranked = ranks([
    [[5, 4, 3, 9], 'stopped'],
    [[5, 4, 6], 'stopped'],
    [[1, 1], 'stopped'],
    [[7, 7, 2, 8, 8], 'stopped'],
  ])
  assert.deepEqual(
    ranked.map(({ trial, loss, reached }) => [trial, loss, reached]),
    [
      [0, 3, true],
      [1, 6, true],
      [2, 1, false],
      [3, 2, true],
    ],
  )
  assert.deepEqual(order(ranked), [3])
})

test('of trials that did not get so far the longest come first', () => {
  const best = new Best()
  const steps = [3, 5, 4, 5]
  for (const [trial, step] of steps.entries()) best.add({ trial, step, loss: trial === 3 ? 0 : 1, reached: false })
  for (let trial = 4; trial < 20; trial++) best.add({ trial, step: 1, loss: 0, reached: false })
  assert.deepEqual(
    best.best.map(({ trial }) => trial),
    [3, 1, 2],
  )
})

test('a trial that failed, or whose score is not finite, leaves no evidence', () => {
  assert.deepEqual(
    ranks([
      [[1], 'failed'],
      [[NaN], 'completed'],
      [[], 'completed'],
      [[Infinity], 'stopped'],
    ]),
    [],
  )
})

test('the best are those of a sorted list, at every length', () => {
  const random = stream(1, purpose.simulate)
  const best = new Best()
  const losses: number[] = []
  for (let trial = 0; trial < 400; trial++) {
    losses.push(random.below(60))
    best.add({ trial, step: 1, loss: losses[trial]!, reached: true })
    const sorted = losses.map((loss, i) => [loss, i] as const).toSorted(([a, i], [b, j]) => a - b || i - j)
    const wanted = Math.min(25, Math.ceil(0.15 * losses.length))
    assert.deepEqual(
      best.best.map(({ trial: i }) => i),
      sorted.slice(0, wanted).map(([, i]) => i),
    )
    assert.equal(best.next?.trial, sorted[wanted]?.[1])
  }
})
