import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compileSpace, uniform } from '../space/index.ts'
import { clientName } from '../trial/event.ts'
import type { Decided, Ended, Event, Experiment } from '../trial/event.ts'
import { ExperimentState } from './state.ts'

const experiment = {
  objectives: [{ metric: 'loss', mode: 'min' }],
  score: 'last',
  budget: { trials: 2, timeMs: 1_000, concurrency: 1 },
} as unknown as Experiment

function begun(trial: number): Event[] {
  return [
    { type: 'suggested', trial, asOf: 1, values: [0.5], why: { by: 'test' } },
    { type: 'launched', trial, attempt: 1 },
    { type: 'reported', trial, attempt: 1, step: 1, values: [1], others: undefined, judged: true },
  ]
}

function decided(trial: number, action: Decided['action'], by: string = 'test'): Event {
  return { type: 'decided', trial, attempt: 1, action, by, why: {} }
}

function ended(trial: number, outcome: Ended['outcome'], state: Ended['state']): Event {
  return { type: 'ended', trial, attempt: 1, outcome, state, failure: undefined }
}

test('a halted experiment is finished when what was held and let go on has ended, too', () => {
  const state = new ExperimentState(experiment, compileSpace({ x: uniform(0, 1) }))
  const events: readonly Event[] = [
    ...begun(0),
    decided(0, 'pause'),
    ended(0, 'held', 'paused'),
    ...begun(1),
    // There is no slot for it before the other one ends.
    decided(0, 'resume', clientName),
    { type: 'halted', by: 'time', why: 'used up' },
    decided(0, 'stop', 'time'),
    decided(1, 'stop', 'time'),
    ended(1, 'stopped', 'stopped'),
  ]
  for (const event of events) {
    state.apply(event)
    assert.equal(state.finished, false, event.type)
  }
  state.apply(ended(0, 'stopped', 'stopped'))
  assert.equal(state.finished, true)
  assert.deepEqual([state.stopped, state.held], [2, 0])
})
