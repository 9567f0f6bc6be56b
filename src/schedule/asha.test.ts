import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { SchedulerRehearsal } from '../testing/scheduler.ts'
import { asha } from './asha.ts'
import type { AshaOptions } from './asha.ts'
import { goOn } from './scheduler.ts'
import type { Decision } from './scheduler.ts'

const min = { metric: 'loss', mode: 'min' } as const
const max = { metric: 'accuracy', mode: 'max' } as const

/** Starts a trial and reports once; what the scheduler said. */
function one(rehearsal: SchedulerRehearsal, step: number, value: number): string {
  return rehearsal.report(rehearsal.start(), step, value).action
}

test('the first eta − 1 trials of a rung go on, then only the best ceil(N / eta), ties too', () => {
  const rehearsal = new SchedulerRehearsal(asha({ eta: 3 }), min)
  assert.deepEqual(
    [5, 9, 7, 4, 4, 3].map((value) => one(rehearsal, 1, value)),
    // N = 3 keeps 1 (5), N = 4 keeps 2 (4, 5), N = 5 keeps 2 (4, 4), N = 6 keeps 2 (3, 4).
    ['continue', 'continue', 'stop', 'continue', 'continue', 'continue'],
  )
  assert.equal(one(rehearsal, 1, 4), 'continue')
  assert.equal(one(rehearsal, 1, 4.5), 'stop')
})

/** Small whole numbers, so that ties happen, and now and then none that is finite. */
function drawn(random: Random): number {
  return random.below(10) === 0 ? [NaN, Infinity, -Infinity][random.below(3)]! : 1 + random.below(8)
}

test('agrees with the rule computed from scratch', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = stream(seed, purpose.simulate)
    const options: AshaOptions = { eta: [2, 3, 4, 2.5][random.below(4)]!, graceT: [1, 2, 0.5, 1.7][random.below(4)]! }
    const rehearsal = new SchedulerRehearsal(asha(options), seed % 2 === 0 ? min : max)
    for (let i = 0; i < 300; i++) rehearsal.happen(random, () => drawn(random))
    const oracle = new Oracle(options.eta!, options.graceT!, seed % 2 === 0 ? 1 : -1)
    for (const { report, decision } of rehearsal.decisions) {
      const expected = oracle.decide(report.trial, report.step, report.values[0]!)
      assert.deepEqual(decision, expected, `seed ${seed}, trial ${report.trial}, step ${report.step}`)
    }
  }
})

/** The stopping variant with a list of values a rung, sorted anew each time. */
class Oracle {
  readonly #eta: number
  readonly #grace: number
  readonly #sign: number
  readonly #rungs: { trial: number; loss: number }[][] = []

  constructor(eta: number, grace: number, sign: number) {
    this.#eta = eta
    this.#grace = grace
    this.#sign = sign
  }

  decide(trial: number, step: number, value: number): Decision {
    const loss = Number.isFinite(value) ? this.#sign * value : Infinity
    let decision: Decision = goOn
    for (let k = 0; this.#grace * this.#eta ** k <= step; k++) {
      const rung = (this.#rungs[k] ??= [])
      if (rung.some((entry) => entry.trial === trial)) continue
      rung.push({ trial, loss })
      const losses = rung.map((entry) => entry.loss).toSorted((a, b) => a - b)
      const of = losses.length
      const kept = Math.ceil(of / this.#eta)
      const cut = losses[kept - 1]!
      if (decision !== goOn || of < this.#eta || loss <= cut) continue
      const why = { rule: 'rung', rung: this.#grace * this.#eta ** k, threshold: this.#sign * cut, kept, of }
      decision = { action: 'stop', why }
    }
    return decision
  }
}

test('a report that jumps over rungs counts at each of them', () => {
  const rehearsal = new SchedulerRehearsal(asha({ eta: 2 }), min)
  one(rehearsal, 4, 1)
  one(rehearsal, 4, 2)
  assert.equal(one(rehearsal, 1, 3), 'stop', 'the first rung knows of the two that jumped')
})

test('rungs need not be whole: the first report at or beyond one counts there', () => {
  const rehearsal = new SchedulerRehearsal(asha({ eta: 2, graceT: 1.5 }), min)
  const ahead = rehearsal.start()
  assert.equal(rehearsal.report(ahead, 1, 9).action, 'continue')
  rehearsal.report(ahead, 2, 1)
  const behind = rehearsal.start()
  assert.equal(rehearsal.report(behind, 1, 9).action, 'continue', 'step 1 is before the first rung')
  assert.equal(rehearsal.report(behind, 2, 2).action, 'stop')
})

test('a resource in parts of a training has rungs below 1', () => {
  const rehearsal = new SchedulerRehearsal(asha({ maxT: 1, eta: 2 }), min)
  assert.equal(one(rehearsal, 0.5, 1), 'continue')
  assert.equal(one(rehearsal, 0.0625, 2), 'stop', 'the lowest rung stands at 1 / 2^4')
})

test('NaN and infinities are the worst, in both directions', () => {
  for (const objective of [min, max]) {
    const rehearsal = new SchedulerRehearsal(asha({ eta: 2 }), objective)
    one(rehearsal, 1, 0.1)
    for (const bad of [NaN, Infinity, -Infinity]) {
      assert.equal(one(rehearsal, 1, bad), 'stop', `${bad} ${objective.mode}`)
      one(rehearsal, 1, 0.1)
    }
  }
})

test('a trial and a rung are decided once, in whichever attempt', () => {
  const rehearsal = new SchedulerRehearsal(asha({ eta: 2 }), min)
  one(rehearsal, 1, 5)
  const trial = rehearsal.start()
  assert.equal(rehearsal.report(trial, 1, 4).action, 'continue')
  rehearsal.end(trial, 'pending')
  one(rehearsal, 1, 1)
  one(rehearsal, 1, 1)
  // The rung has been passed: the new attempt's value there is neither judged nor recorded. With it 3 would be too much.
  assert.equal(rehearsal.report(trial, 1, 0).action, 'continue')
  assert.equal(one(rehearsal, 1, 3), 'continue')
})

test('a trial that failed leaves its values', () => {
  const rehearsal = new SchedulerRehearsal(asha({ eta: 2 }), min)
  const trial = rehearsal.start()
  rehearsal.report(trial, 1, 1)
  rehearsal.end(trial, 'failed')
  assert.equal(one(rehearsal, 1, 2), 'stop')
})

test('at maxT a trial is complete; no rung stands there', () => {
  const rehearsal = new SchedulerRehearsal(asha({ maxT: 4, eta: 2, graceT: 1 }), min)
  for (let i = 0; i < 4; i++) {
    const trial = rehearsal.start()
    const decision = rehearsal.report(trial, 4, i)
    // The first rungs stop the later ones, but what has reached the end has reached it.
    assert.deepEqual(decision, { action: 'complete', why: { rule: 'maxT', maxT: 4 } })
  }
})

test('with time as the resource, seconds that a trial has run count, and its steps do not', () => {
  const rehearsal = new SchedulerRehearsal(asha({ maxT: 8, graceT: 2, eta: 2, resource: 'time' }), min)
  const at = (seconds: number): void => rehearsal.feed({ type: 'time', now: 1000 * seconds })
  const first = rehearsal.start()
  at(3)
  assert.equal(rehearsal.report(first, 1, 1).action, 'continue')
  const second = rehearsal.start()
  at(4)
  assert.equal(rehearsal.report(second, 100, 9).action, 'continue', 'it has run for one second')
  at(6)
  const decision = rehearsal.report(second, 101, 9)
  assert.deepEqual([decision.action, decision.action === 'stop' && decision.why['rung']], ['stop', 2])
  at(9)
  assert.equal(rehearsal.report(first, 2, 1).action, 'complete', 'it has run for nine')
})

test('in whichever of ten brackets, a trial that gets there is complete at maxT and no later', () => {
  const rehearsal = new SchedulerRehearsal(asha({ maxT: 1024, eta: 2, graceT: 1, brackets: 10 }), min)
  for (let i = 0; i < 40; i++) {
    const trial = rehearsal.start()
    // Each is better than all before it, so none is stopped.
    for (let step = 1; step < 1024; step++) assert.equal(rehearsal.report(trial, step, -i).action, 'continue')
    assert.equal(rehearsal.report(trial, 1024, -i).action, 'complete')
  }
})

test('says why: the rung, the threshold as reported, and how many go on', () => {
  const rehearsal = new SchedulerRehearsal(asha({ eta: 2 }), max)
  one(rehearsal, 1, 0.9)
  const decision = rehearsal.report(rehearsal.start(), 1, 0.5)
  assert.deepEqual(decision, { action: 'stop', why: { rule: 'rung', rung: 1, threshold: 0.9, kept: 1, of: 2 } })
})

test('wrong options are refused', () => {
  assert.throws(() => asha({ eta: 1 }), { code: 'invalid_option', received: '1' })
  assert.throws(() => asha({ maxT: 0 }), { code: 'invalid_option' })
  assert.throws(() => asha({ maxT: 5, graceT: 10 }), { code: 'invalid_option', received: '10' })
  assert.throws(() => asha({ max_t: 9 } as never), { code: 'unknown_option' })
})
