import assert from 'node:assert/strict'
import { test } from 'node:test'

import type { ExperimentStart } from './callback.ts'
import { Tally } from './tally.ts'

const start: ExperimentStart = {
  name: 'e',
  location: 'log.db',
  resumed: true,
  objectives: [{ metric: 'loss', mode: 'max' }],
  trials: null,
  timeMs: 3_600_000,
  elapsedMs: 3_000_000,
  concurrency: 1,
  ended: { completed: 2, stopped: 0, failed: 1 },
  best: { trial: 1, score: 5, scores: [5], violation: 0, config: {} },
  front: [],
}

test('what earlier sessions ran is no longer left', () => {
  const { leftMs = 0 } = new Tally(start)
  assert.ok(leftMs <= 600_000 && leftMs > 0, String(leftMs))
  assert.equal(new Tally({ ...start, elapsedMs: 4_000_000 }).leftMs, undefined)
})

test('the best is by the mode; failures and scores that are no number are none', () => {
  const tally = new Tally(start)
  const end = { attempt: 1, scores: [0], violation: 0, config: {}, known: false, failure: undefined }
  assert.equal(tally.end({ ...end, trial: 3, state: 'completed', score: 4 }), false)
  assert.equal(tally.end({ ...end, trial: 4, state: 'completed', score: Number.NaN }), false)
  assert.equal(tally.end({ ...end, trial: 5, state: 'failed', score: 9 }), false)
  assert.equal(tally.best?.trial, 1)
  assert.equal(tally.end({ ...end, trial: 6, state: 'stopped', score: 6 }), true)
  assert.equal(tally.best?.trial, 6)
  assert.deepEqual(tally.counts, { completed: 4, stopped: 1, failed: 2 })
  assert.equal(tally.endedNow, 4)
})

test('what meets the outcome constraints is better than what does not, and what is less off than what is more', () => {
  const tally = new Tally({ ...start, best: undefined })
  const end = { attempt: 1, scores: [0], config: {}, known: false, failure: undefined, state: 'completed' } as const
  assert.equal(tally.end({ ...end, trial: 0, score: 9, violation: 2 }), true)
  assert.equal(tally.end({ ...end, trial: 1, score: 8, violation: 1 }), true)
  assert.equal(tally.end({ ...end, trial: 2, score: 99, violation: Infinity }), false)
  assert.equal(tally.end({ ...end, trial: 3, score: 1, violation: 0 }), true)
  assert.equal(tally.end({ ...end, trial: 4, score: 9, violation: 2 }), false)
  assert.equal(tally.best?.trial, 3)
})

test('a trial that is tried again has not ended', () => {
  const tally = new Tally(start)
  tally.running.set(3, undefined)
  const end = { attempt: 1, scores: [0], violation: 0, config: {}, known: false, failure: undefined }
  assert.equal(tally.end({ ...end, trial: 3, state: 'pending', score: 9 }), false)
  assert.deepEqual([tally.running.size, tally.retried, tally.ended], [0, 1, 3])
})

test('a known result may be the best, and is not counted', () => {
  const tally = new Tally(start)
  const end = { attempt: 1, scores: [0], violation: 0, config: {}, failure: undefined, state: 'completed' } as const
  assert.equal(tally.end({ ...end, trial: 3, known: true, score: 9 }), true)
  assert.deepEqual([tally.best?.trial, tally.ended], [3, 3])
})

test('with several objectives there is a front in place of the best', () => {
  const objectives = [...start.objectives, { metric: 'ms', mode: 'min' } as const]
  const first = { ...start.best!, scores: [5, 50] }
  const tally = new Tally({ ...start, objectives, best: undefined, front: [first] })
  const end = { attempt: 1, violation: 0, config: {}, known: false, failure: undefined, state: 'completed' } as const
  const tell = (trial: number, scores: readonly number[], more: object = {}): void => {
    assert.equal(tally.end({ ...end, trial, score: scores[0]!, scores, ...more }), false)
  }
  tell(2, [4, 40])
  tell(3, [4, 60])
  tell(4, [9, 1], { violation: 1 })
  tell(5, [9, 1], { state: 'failed' })
  tell(6, [9, NaN])
  assert.deepEqual(
    tally.front.map(({ trial }) => trial),
    [1, 2],
  )
  tell(7, [6, 40])
  tell(8, [6, 40])
  assert.deepEqual(
    tally.front.map(({ trial }) => trial),
    [7, 8],
  )
})

test('a paused trial has not ended, and is counted until it goes on; one that takes over is not tried again', () => {
  const tally = new Tally(start)
  const end = { attempt: 1, scores: [0], violation: 0, config: {}, known: false, failure: undefined, score: 1 }
  tally.end({ ...end, trial: 3, state: 'paused', outcome: 'stopped' })
  tally.end({ ...end, trial: 4, state: 'paused', outcome: 'held' })
  assert.deepEqual([tally.paused, tally.ended], [2, 3])
  tally.running.set(4, undefined)
  assert.equal(tally.paused, 1)
  tally.end({ ...end, trial: 4, state: 'pending', outcome: 'stopped' })
  assert.equal(tally.retried, 0)
})
