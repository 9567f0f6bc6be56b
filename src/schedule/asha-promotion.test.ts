import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { firstOf, SchedulerRehearsal, standingsOf } from '../testing/scheduler.ts'
import { asha } from './asha.ts'
import { FrontRung } from './front-rung.ts'

const min = { metric: 'loss', mode: 'min' } as const

function promotion(options: object = {}): SchedulerRehearsal {
  return new SchedulerRehearsal(asha({ type: 'promotion', maxT: 9, eta: 3, ...options }), min)
}

test('trials pause at a rung; the best third goes on once it is known, the best of them first', () => {
  const rehearsal = promotion()
  const trials = [5, 3, 4].map((value) => {
    const trial = rehearsal.start()
    return { trial, decision: rehearsal.report(trial, 1, value) }
  })
  assert.deepEqual(
    trials.map(({ decision }) => decision.action),
    ['pause', 'pause', 'pause'],
    'one of three is known to be good only when three are there',
  )
  const next = rehearsal.next()
  assert.deepEqual(next, {
    action: 'resume',
    trial: 1,
    why: { rule: 'promotion', rung: 1, threshold: 3, kept: 1, of: 3 },
  })
  assert.equal(rehearsal.next(), undefined, 'the others are not among the best third: a new trial starts')
})

test('one that arrives as the best is not paused first; however late a trial is promoted, it is', () => {
  const rehearsal = promotion()
  const first = rehearsal.start()
  rehearsal.report(first, 1, 5)
  for (const value of [8, 9, 7, 6]) rehearsal.report(rehearsal.start(), 1, value)
  assert.deepEqual([rehearsal.next()?.action, rehearsal.running], ['resume', [first]])
  const best = rehearsal.start()
  assert.equal(rehearsal.report(best, 1, 1).action, 'continue')
})

test('the highest rung comes first; a report that jumps milestones counts for each; maxT completes', () => {
  const rehearsal = promotion()
  const jumped = rehearsal.start()
  assert.equal(rehearsal.report(jumped, 4, 1).action, 'pause')
  for (const value of [2, 3]) rehearsal.report(rehearsal.start(), 4, value)
  const next = rehearsal.next()
  assert.deepEqual([next?.action, next && 'why' in next && next.why['rung']], ['resume', 3])
  assert.equal(rehearsal.report(jumped, 9, 1).action, 'complete')
  const worst = rehearsal.start()
  assert.equal(rehearsal.report(worst, 1, NaN).action, 'pause', 'what is not finite is the worst')
})

test('agrees with the rule computed from scratch', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = stream(seed, purpose.simulate)
    const rehearsal = promotion({ maxT: 27 })
    rehearsal.trialsMax = 60
    for (let i = 0; i < 300; i++) {
      const before = rehearsal.events.length
      if (!rehearsal.happen(random, (trial, step) => Math.round(8 * (((trial * 31) % 17) / 17 + 1 / step)))) break
      checkAnswers(rehearsal, before, seed)
    }
  }
})

/** Recomputes the newest answers about paused trials from the list of all events before each. */
function checkAnswers(rehearsal: SchedulerRehearsal, before: number, seed: number): void {
  for (const answer of rehearsal.answers.filter(({ at }) => at >= before)) {
    if (answer.report !== undefined) continue
    const expected = promotable(rehearsal, answer.at)
    const said = answer.next === undefined || answer.next.action === 'wait' ? undefined : answer.next.trial
    assert.equal(said, expected, `seed ${seed}, after ${answer.at} events`)
  }
}

function promotable({ events }: SchedulerRehearsal, at: number): number | undefined {
  return firstOf(standingsOf(events.slice(0, at), 3), (n) => Math.floor(n / 3))
}

test('several objectives: fronts first, then what adds most; equals are spared; not finite is last', () => {
  const rung = new FrontRung(2, Math.ceil)
  const entries = [
    [1, 4],
    [2, 2],
    [4, 1],
    [3, 3],
    [5, 5],
    [NaN, 0],
  ].map((values, trial) => {
    const losses = values.map((value) => (Number.isFinite(value) ? value : Infinity))
    return { trial, loss: losses[0]!, losses }
  })
  for (const entry of entries) rung.record(entry)
  assert.deepEqual([rung.size, rung.kept], [6, 3])
  assert.deepEqual(
    entries.map((entry) => rung.isBest(entry)),
    [true, true, true, false, false, false],
  )
  rung.record({ trial: 6, loss: 2, losses: [2, 2] })
  rung.record({ trial: 7, loss: 9, losses: [9, 9] })
  assert.ok(rung.isBest({ trial: 1, loss: 2, losses: [2, 2] }) && rung.isBest({ trial: 6, loss: 2, losses: [2, 2] }))
})

test('wrong options are refused', () => {
  assert.throws(() => asha({ type: 'pausing' as never }), { code: 'invalid_option' })
  assert.throws(() => asha({ brackets: 2 }), { code: 'invalid_option' })
  assert.throws(() => asha({ resource: '' }), { code: 'invalid_option' })
})
