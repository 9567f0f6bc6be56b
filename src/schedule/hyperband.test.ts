import assert from 'node:assert/strict'
import { test } from 'node:test'

import { SchedulerRehearsal } from '../testing/scheduler.ts'
import { hyperband } from './hyperband.ts'

const min = { metric: 'loss', mode: 'min' } as const

/** Runs trials, `slots` at a time, each to its next pause or end; answers how many came to which milestones. */
function run(
  options: Parameters<typeof hyperband>[0],
  trials: number,
  slots: number,
  valueOf = (trial: number) => trial,
) {
  const rehearsal = new SchedulerRehearsal(hyperband(options), min)
  rehearsal.trialsMax = trials
  const steps = new Map<number, number>()
  const arrived = new Map<number, number>()
  for (;;) {
    while (rehearsal.running.length < slots) {
      const before = rehearsal.running.length
      const next = rehearsal.next()
      if (next === undefined && rehearsal.columns.trials < trials) rehearsal.start()
      if (next === undefined && rehearsal.running.length === before) break
    }
    const [trial] = rehearsal.running
    if (trial === undefined) return { rehearsal, arrived, steps }
    const step = (steps.get(trial) ?? 0) + 1
    steps.set(trial, step)
    if (rehearsal.report(trial, step, valueOf(trial)).action !== 'continue')
      arrived.set(step, (arrived.get(step) ?? 0) + 1)
  }
}

test('the default brackets are those of the paper: 81, 34, 15, 8 and 5 trials that begin with 1, 3, 9, 27 and 81', () => {
  const { arrived, rehearsal } = run({ maxT: 81 }, 143, 4)
  // 81 → 27 → 9 → 3 → 1, 34 → 11 → 3 → 1, 15 → 5 → 1, 8 → 2, 5.
  assert.deepEqual(Object.fromEntries(arrived), {
    1: 81,
    3: 27 + 34,
    9: 9 + 11 + 15,
    27: 3 + 3 + 5 + 8,
    81: 1 + 1 + 1 + 2 + 5,
  })
  const ends = rehearsal.events.filter((event) => event.type === 'ended' && event.state !== 'paused')
  assert.equal(ends.length, 143)
})

test('eta 10 and a resource of 1,000 make four brackets', () => {
  const { arrived } = run({ maxT: 1000, eta: 10, first: 'fewest' }, 4, 2)
  assert.deepEqual([...arrived.keys()], [1000], 'the first bracket of the fewest runs to the end at once')
})

test('the best of each rung go on, whatever the concurrency, and nothing ever stalls', () => {
  for (const slots of [1, 3, 16, 100]) {
    const { rehearsal } = run({ maxT: 9 }, 9, slots)
    const completed = [...Array(9).keys()].filter((trial) => rehearsal.columns.state(trial) === 'completed')
    assert.deepEqual(completed, [0], `${slots} slots`)
  }
})

test('a failed member leaves its place to others; fewer trials than a bracket takes go on without', () => {
  const rehearsal = new SchedulerRehearsal(hyperband({ maxT: 9 }), min)
  rehearsal.trialsMax = 4
  const trials = [1, 2, 3, 4].map(() => rehearsal.start())
  for (const trial of trials.slice(1)) rehearsal.report(trial, 1, trial)
  assert.equal(rehearsal.next(), undefined, 'one is not there yet')
  rehearsal.end(trials[0]!, 'failed')
  const next = rehearsal.next()
  assert.deepEqual([next?.action, next && 'trial' in next && next.trial], ['resume', trials[1]])
})

test('a trial that comes after a bracket went on joins another one', () => {
  const rehearsal = new SchedulerRehearsal(hyperband({ maxT: 9 }), min)
  const first = Array.from({ length: 9 }, () => rehearsal.start())
  for (const trial of first) assert.equal(rehearsal.report(trial, 1, trial).action, 'pause')
  assert.equal(rehearsal.next()?.action, 'resume')
  const later = rehearsal.start()
  assert.equal(rehearsal.report(later, 1, -9).action, 'continue', 'its bracket is judged at 3 first')
  assert.equal(rehearsal.report(later, 3, -9).action, 'pause')
})

test('where nothing runs and no trial comes before one is over, the newest bracket goes on with those that it has', () => {
  const rehearsal = new SchedulerRehearsal(hyperband({ maxT: 9 }), min)
  const first = [3, 1, 2, 4].map((loss) => ({ trial: rehearsal.start(), loss }))
  for (const { trial, loss } of first) assert.equal(rehearsal.report(trial, 1, loss).action, 'pause')
  assert.equal(rehearsal.next(), undefined, 'nine make the bracket')
  rehearsal.feed({ type: 'stalled' })
  const next = rehearsal.next()
  assert.deepEqual([next?.action, next && 'trial' in next && next.trial], ['resume', first[1]!.trial])
  while (rehearsal.next() !== undefined);
  const states = first.map(({ trial }) => rehearsal.columns.state(trial))
  assert.deepEqual(states, ['stopped', 'running', 'stopped', 'stopped'])
  assert.equal(rehearsal.report(rehearsal.start(), 1, 0).action, 'continue', 'the next one is of the next bracket')
})

test('a report that oversteps counts at the rungs that it passed', () => {
  const rehearsal = new SchedulerRehearsal(hyperband({ maxT: 9 }), min)
  rehearsal.trialsMax = 3
  const trials = [1, 2, 3].map(() => rehearsal.start())
  for (const trial of trials) assert.equal(rehearsal.report(trial, 4, trial).action, 'pause')
  const next = rehearsal.next()
  // Nobody is judged at 3 again: the best goes on to 9 at once, the others end.
  assert.deepEqual([next?.action, rehearsal.running], ['stop', []])
  while (rehearsal.running.length === 0) assert.notEqual(rehearsal.next(), undefined)
  assert.deepEqual(rehearsal.running, [trials[0]])
  assert.equal(rehearsal.report(trials[0]!, 9, 0).action, 'complete')
})

test('beyond maxT a trial goes on where it is told so', () => {
  const rehearsal = new SchedulerRehearsal(hyperband({ maxT: 1, completeAtMaxT: false }), min)
  assert.equal(rehearsal.report(rehearsal.start(), 1, 1).action, 'continue')
})
