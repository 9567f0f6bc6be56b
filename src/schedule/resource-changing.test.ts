import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SchedulerRehearsal } from '../testing/scheduler.ts'
import { asha } from './asha.ts'
import { resourceChanging } from './resource-changing.ts'
import type { ResourceChangingOptions } from './resource-changing.ts'

const min = { metric: 'loss', mode: 'min' } as const

/** Trials that all run, on eight slots. */
function rehearse(options: ResourceChangingOptions = {}, trials: number = 4): SchedulerRehearsal {
  const rehearsal = new SchedulerRehearsal(resourceChanging(options), min)
  rehearsal.slots = 8
  rehearsal.trialsMax = trials
  for (let i = 0; i < trials; i++) rehearsal.start()
  return rehearsal
}

/** The slots of all trials that run, after each has reported `rounds` times. */
function after(rehearsal: SchedulerRehearsal, from: number, rounds: number = 3): number[] {
  for (let step = from; step < from + rounds; step++) {
    for (const trial of inOrder(rehearsal)) rehearsal.report(trial, step, 1 + trial)
  }
  return inOrder(rehearsal).map((trial) => slotsOf(rehearsal, trial))
}

function inOrder({ running }: SchedulerRehearsal): number[] {
  return running.toSorted((a, b) => a - b)
}

function slotsOf(rehearsal: SchedulerRehearsal, trial: number): number {
  const launched = rehearsal.events.findLast((event) => event.type === 'launched' && event.trial === trial)
  return (launched?.type === 'launched' && launched.slots) || 1
}

test('eight slots: four trials have two each, then three, four and eight, as others end', () => {
  const rehearsal = rehearse()
  assert.deepEqual(after(rehearsal, 1), [2, 2, 2, 2])
  rehearsal.end(1, 'completed')
  assert.deepEqual(after(rehearsal, 11), [3, 3, 2])
  rehearsal.end(0, 'failed')
  assert.deepEqual(after(rehearsal, 21), [4, 4])
  rehearsal.end(3, 'stopped')
  assert.deepEqual(after(rehearsal, 31), [8])
})

test('a trial keeps its weights and its configuration, and is asked no more than once', () => {
  const rehearsal = rehearse()
  const decision = rehearsal.report(0, 1, 1)
  assert.equal(decision.action, 'exploit')
  assert.deepEqual(decision.action === 'exploit' && decision.why, { rule: 'slots', before: 1, after: 2, live: 4 })
  const launched = rehearsal.events.findLast((event) => event.type === 'launched')
  assert.deepEqual([launched?.trial, launched?.attempt, launched?.from?.trial, launched?.from?.step], [0, 2, 0, 1])
  assert.deepEqual(launched?.values, rehearsal.columns.values(0))
  for (let step = 2; step < 6; step++) assert.equal(rehearsal.report(0, step, 1).action, 'continue')
})

test('while trials wait for a slot each has one; when more come, slots are given up', () => {
  const rehearsal = rehearse({}, 2)
  assert.deepEqual(after(rehearsal, 1), [4, 4])
  rehearsal.trialsMax = 6
  assert.deepEqual(after(rehearsal, 11), [2, 2], 'room for the four that come')
  rehearsal.trialsMax = 20
  assert.deepEqual(after(rehearsal, 21), [1, 1])
})

test('no more slots are taken than are free', () => {
  const rehearsal = rehearse({}, 3)
  for (const trial of [0, 1, 2]) {
    rehearsal.report(trial, 1, 1)
    const taken = [0, 1, 2].reduce((sum, each) => sum + slotsOf(rehearsal, each), 0)
    assert.ok(taken <= 8, String(taken))
  }
  assert.deepEqual(after(rehearsal, 2), [3, 3, 2])
})

test('by so many at a time, so often, with a reserve; or all to the best', () => {
  assert.deepEqual(after(rehearse({ by: 2 }), 1), [3, 3, 1, 1])
  assert.deepEqual(after(rehearse({ times: 1 }, 2), 1), [2, 2])
  assert.deepEqual(after(rehearse({ reserve: 2 }), 1), [2, 2, 1, 1])
  assert.deepEqual(after(rehearse({ to: 'best' }), 1), [5, 1, 1, 1])
})

test('the best one changes: slots go from one to the other', () => {
  const rehearsal = rehearse({ to: 'best' })
  after(rehearsal, 1)
  for (let step = 11; step < 14; step++) {
    for (const trial of [0, 1, 2, 3]) rehearsal.report(trial, step, 9 - trial)
  }
  assert.deepEqual(
    [0, 1, 2, 3].map((trial) => slotsOf(rehearsal, trial)),
    [1, 1, 1, 5],
  )
})

test('without a checkpoint a trial keeps what it has', () => {
  const rehearsal = rehearse()
  rehearsal.saves = false
  assert.deepEqual(after(rehearsal, 1), [1, 1, 1, 1])
})

test('the word of the scheduler that it is around comes first', () => {
  const rehearsal = rehearse({ of: asha({ maxT: 9, eta: 2, graceT: 2 }) }, 2)
  after(rehearsal, 1, 1)
  assert.equal(rehearsal.report(0, 2, 1).action, 'continue')
  assert.equal(rehearsal.report(1, 2, 9).action, 'stop')
})

test('bad options are refused by name', () => {
  for (const [options, said] of [
    [{ to: 'worst' }, "resourceChanging(): to must be 'all' or 'best'"],
    [{ by: 0 }, 'resourceChanging(): by'],
    [{ times: 1.5 }, 'resourceChanging(): times'],
    [{ reserve: -1 }, 'resourceChanging(): reserve'],
    [{ off: 1 }, 'off'],
  ] as const) {
    assert.throws(
      () => resourceChanging(options as ResourceChangingOptions),
      (error: Error) => error.message.includes(said.split(' must')[0]!),
      said,
    )
  }
})
