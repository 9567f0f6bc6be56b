import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { decodeBatch } from './codec.ts'
import { encodeBatch } from './encoder.ts'
import type { Event } from './event.ts'

const numbers = [0, 1, -1.5, 1e-300, 1.7976931348623157e308, 0.1 + 0.2, NaN, Infinity, -Infinity, 2 ** 53 - 1]

function anyNumber(random: Random): number {
  return random.below(2) === 0 ? random.normal() : numbers[random.below(numbers.length)]!
}

function anyReport(random: Random): Event {
  return {
    type: 'reported',
    trial: random.below(1000),
    attempt: 1 + random.below(3),
    step: [1.5, -2, 0, 3][random.below(4)]!,
    values: random.below(2) === 0 ? [anyNumber(random)] : [1, anyNumber(random)],
    others: random.below(2) === 0 ? undefined : { a: anyNumber(random), b: 2 },
    judged: random.below(2) === 0,
    checkpoint: random.below(2) === 0 ? undefined : '3-2-1 "\u2028"',
  }
}

function anyEvent(random: Random): Event {
  const trial = random.below(1000)
  const attempt = 1 + random.below(3)
  const makers: (() => Event)[] = [
    () => ({ type: 'time', now: random.float() * 1e6 }),
    () => ({ type: 'suggested', trial, asOf: trial, values: [0.25, 'ü"x', null, true, 3], why: { by: 'it "is"' } }),
    () => ({
      type: 'suggested',
      trial,
      asOf: 1,
      values: [],
      why: { by: 'tpe', logRatio: anyNumber(random), below: 3 },
    }),
    () => ({ type: 'launched', trial, attempt, from: undefined }),
    () => ({ type: 'launched', trial, attempt, from: { checkpoint: '7-1-"2"', step: 1.5 } }),
    () => ({ type: 'launched', trial, attempt, from: { checkpoint: '3-1-2', step: 4, trial: 3 }, values: [0.1, null] }),
    () => ({ type: 'launched', trial, attempt, from: { checkpoint: '3-1-2', step: 4 }, values: ['ü"x', true] }),
    () => ({ type: 'launched', trial, attempt, from: undefined, slots: 3 }),
    () => ({ type: 'launched', trial, attempt, from: { checkpoint: '3-1-2', step: 4 }, values: [1], slots: 8 }),
    () => ({ type: 'forgotten', trial, checkpoint: '7-1-"2"' }),
    () => anyReport(random),
    () => ({
      type: 'decided',
      trial,
      attempt,
      action: 'stop',
      by: 'asha',
      why: { rung: 3, threshold: anyNumber(random) },
    }),
    () => ({ type: 'decided', trial, attempt, action: 'pause', by: 'asha', why: { rung: 3 } }),
    () => ({
      type: 'decided',
      trial,
      attempt,
      action: 'exploit',
      by: 'pbt',
      why: {},
      exploit: {
        trial: 3,
        checkpoint: '3-1-2',
        step: 4.5,
        values: [0.1, null, 'b'],
        ...(random.below(2) === 0 && { slots: 2 }),
      },
    }),
    () => ({ type: 'ended', trial, attempt, outcome: 'held', state: 'paused', failure: undefined }),
    () => ({ type: 'ended', trial, attempt, outcome: 'stopped', state: 'paused', failure: undefined }),
    () => ({ type: 'ended', trial, attempt, outcome: 'completed', state: 'completed', failure: undefined }),
    () => ({ type: 'ended', trial, attempt, outcome: 'lost', state: 'pending', failure: undefined }),
    () => ({
      type: 'ended',
      trial,
      attempt,
      outcome: 'failed',
      state: 'failed',
      failure: { kind: 'error', message: 'line\nbreak "quoted" \u2028', stack: 'at x' },
    }),
    () => ({ type: 'late', trial, attempt }),
    () => ({ type: 'exhausted', why: 'done' }),
    () => ({ type: 'stalled' }),
    () => ({ type: 'halted', by: 'time', why: 'used up' }),
    () => ({ type: 'changed', budget: { trials: null, timeMs: 5, concurrency: 2, held: 3 } }),
  ]
  return makers[random.below(makers.length)]!()
}

test('what is written is read back, bit for bit', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = stream(seed, purpose.simulate)
    const events = Array.from({ length: random.below(20) }, () => anyEvent(random))
    const body = encodeBatch(events)
    assert.deepEqual(decodeBatch(body), events, `seed ${seed}: ${body}`)
    assert.equal(encodeBatch(decodeBatch(body)), body, `seed ${seed}`)
  }
})

test('what is no event is a damaged log', () => {
  for (const body of ['[["q",1]]', '{"r":1}', '[["r",1', '']) {
    assert.throws(() => decodeBatch(body), { code: 'corrupt_store' }, body)
  }
})
