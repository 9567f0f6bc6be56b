import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { SchedulerRehearsal } from '../testing/scheduler.ts'
import { medianStopping } from './median-stopping.ts'

const min = { metric: 'loss', mode: 'min' } as const

/** Runs a trial through these values to its end. */
function finish(rehearsal: SchedulerRehearsal, values: readonly number[]): void {
  const trial = rehearsal.start()
  values.forEach((value, i) => rehearsal.report(trial, i + 1, value))
  rehearsal.end(trial, 'completed')
}

test('a trial stops where its best is worse than the median of the others’ running means', () => {
  const rehearsal = new SchedulerRehearsal(medianStopping({ minTrials: 3 }), min)
  // Running means at step 2: 3, 5 and 10; the median is 5.
  finish(rehearsal, [4, 2])
  finish(rehearsal, [5, 5])
  finish(rehearsal, [12, 8])
  const good = rehearsal.start()
  assert.equal(rehearsal.report(good, 1, 5).action, 'continue')
  assert.equal(rehearsal.report(good, 2, 50).action, 'continue', 'its best is still 5')
  const bad = rehearsal.start()
  assert.equal(rehearsal.report(bad, 1, 5.5).action, 'stop')
})

test('not before graceT, and not by fewer than minTrials', () => {
  const rehearsal = new SchedulerRehearsal(medianStopping({ minTrials: 2, graceT: 2 }), min)
  finish(rehearsal, [1, 1])
  const early = rehearsal.start()
  assert.equal(rehearsal.report(early, 1, 9).action, 'continue')
  assert.equal(rehearsal.report(early, 2, 9).action, 'continue', 'one finished trial is not enough')
  finish(rehearsal, [1, 1])
  const late = rehearsal.start()
  assert.equal(rehearsal.report(late, 1, 9).action, 'continue', 'step 1 is before graceT')
  const decision = rehearsal.report(late, 2, 9)
  assert.deepEqual(decision, { action: 'stop', why: { rule: 'median', step: 2, threshold: 1, of: 2 } })
})

test('an attempt that goes on keeps the trial’s best and its running mean; one that starts again does not', () => {
  const rehearsal = new SchedulerRehearsal(medianStopping({ minTrials: 1 }), min)
  const finished = rehearsal.start()
  rehearsal.report(finished, 1, 2)
  rehearsal.report(finished, 2, 4)
  rehearsal.end(finished, 'pending', 2)
  rehearsal.report(finished, 3, 6)
  rehearsal.end(finished, 'completed')
  const saved = rehearsal.start()
  rehearsal.report(saved, 1, 1)
  rehearsal.end(saved, 'pending', 2)
  assert.equal(rehearsal.report(saved, 3, 9).action, 'continue', 'its best is still 1')
  const again = rehearsal.start()
  rehearsal.report(again, 1, 1)
  rehearsal.end(again, 'pending')
  const decision = rehearsal.report(again, 1, 9)
  assert.deepEqual(decision, { action: 'stop', why: { rule: 'median', step: 1, threshold: 2, of: 1 } })
  const third = rehearsal.start()
  const judged = rehearsal.report(third, 3, 5)
  assert.deepEqual(judged, { action: 'stop', why: { rule: 'median', step: 3, threshold: 4, of: 1 } })
})

test('agrees with the rule computed from scratch', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = stream(seed, purpose.simulate)
    const rehearsal = new SchedulerRehearsal(medianStopping({ minTrials: 3 }), min)
    for (let i = 0; i < 300; i++) {
      rehearsal.happen(random, (trial, step) => {
        if (random.below(30) === 0) return NaN
        return Math.round(4 * (((trial * 31) % 11) / 11 + 1 / step + random.float()))
      })
    }
    checkAgainstOracle(rehearsal, seed)
  }
})

/** Recomputes every decision from the list of events before it. */
function checkAgainstOracle(rehearsal: SchedulerRehearsal, seed: number): void {
  const decided = new Map(rehearsal.decisions.map(({ report, decision }) => [report, decision]))
  const curves = new Map<number, { step: number; value: number }[]>()
  const over: { step: number; value: number }[][] = []
  for (const event of rehearsal.events) {
    if (event.type === 'suggested') curves.set(event.trial, [])
    else if (event.type === 'ended' && (event.state === 'completed' || event.state === 'stopped')) {
      over.push(curves.get(event.trial)!)
    } else if (event.type === 'reported' && event.judged) {
      const curve = curves.get(event.trial)!.filter(({ step }) => step < event.step)
      curve.push({ step: event.step, value: Number.isFinite(event.values[0]) ? event.values[0]! : Infinity })
      curves.set(event.trial, curve)
      const means = over
        .filter((other) => other.some(({ step }) => step === event.step))
        .map((other) => mean(other.filter(({ step }) => step <= event.step).map(({ value }) => value)))
        .toSorted((a, b) => a - b)
      const best = Math.min(...curve.map(({ value }) => value))
      const median = (means[Math.ceil(means.length / 2) - 1]! + means[Math.floor(means.length / 2)]!) / 2
      const expected = means.length >= 3 && best > median ? 'stop' : 'continue'
      assert.equal(decided.get(event)!.action, expected, `seed ${seed}, trial ${event.trial}, step ${event.step}`)
    }
  }
}

function mean(values: readonly number[]): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

test('soft: what would be stopped is paused, goes on after all others, and is not judged again', () => {
  const rehearsal = new SchedulerRehearsal(medianStopping({ minTrials: 2, hardStop: false }), min)
  rehearsal.trialsMax = 4
  finish(rehearsal, [1, 1])
  finish(rehearsal, [1, 1])
  const bad = rehearsal.start()
  assert.equal(rehearsal.report(bad, 1, 9).action, 'pause')
  assert.equal(rehearsal.next(), undefined, 'one is still to start')
  finish(rehearsal, [1, 1])
  const next = rehearsal.next()
  assert.deepEqual([next?.action, next && 'trial' in next && next.trial], ['resume', bad])
  assert.equal(rehearsal.report(bad, 2, 99).action, 'continue')
})

test('constant values, all the same, stop nobody, whether they are to fall or to grow', () => {
  for (const objective of [min, { metric: 'accuracy', mode: 'max' }] as const) {
    const rehearsal = new SchedulerRehearsal(medianStopping({ minTrials: 2 }), objective)
    for (let trial = 0; trial < 5; trial++) finish(rehearsal, [3, 3, 3])
    assert.ok(rehearsal.decisions.every(({ decision }) => decision.action === 'continue'))
  }
})

test('wrong options are refused', () => {
  assert.throws(() => medianStopping({ minTrials: 0 }), { code: 'invalid_option' })
  assert.throws(() => medianStopping({ grace: 1 } as never), { code: 'unknown_option' })
})
