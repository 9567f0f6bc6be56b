import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { firstOf, SchedulerRehearsal, standingsOf } from '../testing/scheduler.ts'
import { asha } from './asha.ts'
import type { AshaOptions } from './asha.ts'
import { patience } from './patience.ts'
import type { SchedulerContext } from './scheduler.ts'

const min = { metric: 'loss', mode: 'min' } as const

function revival(options: AshaOptions = {}): SchedulerRehearsal {
  return new SchedulerRehearsal(asha({ maxT: 8, eta: 2, ...options, type: 'revival' }), min)
}

/** Starts a trial and reports once; what the scheduler said. */
function one(rehearsal: SchedulerRehearsal, step: number, value: number): string {
  return rehearsal.report(rehearsal.start(), step, value).action
}

/** Whole numbers, so that ties happen, and now and then none that is finite. */
function drawn(random: Random): number {
  return random.below(10) === 0 ? [NaN, Infinity, -Infinity][random.below(3)]! : 1 + random.below(8)
}

test('without checkpoints it is the stopping variant', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const options = { eta: [2, 3, 2.5][seed % 3]!, brackets: 1 + (seed % 2), maxT: 9 }
    const [decisions, expected] = (['revival', 'stopping'] as const).map((type) => {
      const random = stream(seed, purpose.simulate)
      const rehearsal = new SchedulerRehearsal(asha({ ...options, type }), min, seed)
      rehearsal.saves = false
      for (let i = 0; i < 300; i++) rehearsal.happen(random, () => drawn(random))
      return rehearsal.decisions.map(({ report, decision }) => [report.trial, report.step, decision])
    })
    assert.deepEqual(decisions, expected, `seed ${seed}`)
  }
})

test('so it is with two objectives, where ties go on as well', () => {
  const objectives = [min, { metric: 'ms', mode: 'max' }] as const
  const context = { objectives, seed: 1, trialsMax: () => Infinity, slots: () => 4 } as unknown as SchedulerContext
  const [revived, stopped] = (['revival', 'stopping'] as const).map((type) => {
    const random = stream(1, purpose.simulate)
    const scheduler = asha({ maxT: 8, eta: 2, type }).create(context)
    return Array.from({ length: 60 }, (_, trial) => {
      scheduler.observe!({ type: 'launched', trial, attempt: 1 })
      const values = [drawn(random), drawn(random)]
      const told = { type: 'reported', trial, attempt: 1, step: 1, values, others: undefined, judged: true } as const
      scheduler.observe!(told)
      return scheduler.decide(told)
    })
  })
  assert.deepEqual(revived, stopped)
  assert.ok(new Set(revived!.map(({ action }) => action)).size === 2)
})

test('what was not among the best of few pauses, and goes on once new trials are no better and it is', () => {
  const rehearsal = revival()
  assert.deepEqual(
    [1, 3, 2].map((value) => one(rehearsal, 1, value)),
    ['continue', 'pause', 'continue'],
    'of two one goes on, of three two',
  )
  assert.equal(rehearsal.next(), undefined, 'there are others before it')
  assert.deepEqual(
    [9, 8, 7].map((value) => one(rehearsal, 1, value)),
    ['pause', 'pause', 'pause'],
  )
  assert.deepEqual(rehearsal.next(), {
    action: 'resume',
    trial: 1,
    why: { rule: 'revival', rung: 1, threshold: 3, kept: 3, of: 6 },
  })
  assert.equal(rehearsal.next(), undefined, 'the others are not among the best half')
})

test('new trials come first as long as one of the newest half is the best', () => {
  const rehearsal = revival()
  for (const value of [4, 5, 3, 9, 2, 8, 7, 6, 9]) one(rehearsal, 1, value)
  assert.equal(rehearsal.next(), undefined, 'the fifth of nine was the best')
  one(rehearsal, 1, 9)
  assert.equal(rehearsal.next()?.action, 'resume', 'of ten five have started since')
})

test('who goes on agrees with the rule computed from scratch', () => {
  let resumed = 0
  for (let seed = 1; seed <= 40; seed++) {
    const random = stream(seed, purpose.simulate)
    const rehearsal = revival()
    rehearsal.trialsMax = 60
    for (let i = 0; i < 300 && rehearsal.happen(random, () => drawn(random)); i++);
    for (const { at, ...answer } of rehearsal.answers) {
      if ('report' in answer && answer.report !== undefined) continue
      const next = 'next' in answer ? answer.next : undefined
      const said = next === undefined || next.action === 'wait' ? undefined : next.trial
      assert.equal(said, expectedNext(rehearsal, at), `seed ${seed}, after ${at} events`)
      if (said !== undefined) resumed += 1
    }
  }
  assert.ok(resumed > 100, `${resumed} went on`)
})

function expectedNext({ events }: SchedulerRehearsal, at: number): number | undefined {
  const seen = events.slice(0, at)
  let [started, startedAtBest, best] = [0, 0, Infinity]
  for (const event of seen) {
    if (event.type === 'launched' && event.attempt === 1) started += 1
    else if (event.type === 'reported' && event.judged) {
      const loss = Number.isFinite(event.values[0]) ? event.values[0]! : Infinity
      if (loss < best) [best, startedAtBest] = [loss, started]
    }
  }
  return startedAtBest > started / 2 ? undefined : firstOf(standingsOf(seen, 2), (n) => Math.ceil(n / 2))
}

test('patience around it holds pauses back, and lets trials go on', () => {
  const rehearsal = new SchedulerRehearsal(
    patience({ patience: 0, of: asha({ maxT: 8, eta: 2, type: 'revival' }) }),
    min,
  )
  one(rehearsal, 1, 1)
  const rising = rehearsal.start()
  assert.equal(rehearsal.report(rising, 1, 3).action, 'continue', 'it has lost nothing yet')
  assert.equal(rehearsal.report(rising, 2, 4).action, 'continue', 'the first at its rung')
  const other = rehearsal.start()
  rehearsal.report(other, 1, 2)
  assert.equal(rehearsal.report(other, 2, 5).action, 'pause')
  for (const value of [9, 9, 9, 9]) one(rehearsal, 2, value)
  assert.deepEqual([rehearsal.next()?.action, rehearsal.running.includes(other)], ['resume', true])
})
