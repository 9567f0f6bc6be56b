import assert from 'node:assert/strict'
import { test } from 'node:test'

import { allOf, anyOf } from '../stop/combine.ts'
import { maxSteps } from '../stop/max-steps.ts'
import type { StopperFactory } from '../stop/stopper.ts'
import { trialTime } from '../stop/time-limit.ts'
import { SchedulerRehearsal } from '../testing/scheduler.ts'
import type { PluginRecord } from '../trial/event.ts'
import { asha } from './asha.ts'
import { autoScheduler, withDeclaredSteps } from './auto.ts'
import { medianStopping } from './median-stopping.ts'
import { pairedTest } from './paired-test.ts'
import { patience } from './patience.ts'
import { schedulers } from './registry.ts'
import { resourceChanging } from './resource-changing.ts'
import type { SchedulerFactory } from './scheduler.ts'
import { signedRankP } from './signed-rank.ts'

const min = { metric: 'loss', mode: 'min' } as const

/** A trial's reports at steps 1, 2, …; answers the step at which it was stopped or paused, 0 where it never was. */
function stoppedAt(rehearsal: SchedulerRehearsal, losses: readonly number[]): number {
  const trial = rehearsal.start()
  for (const [i, loss] of losses.entries()) {
    const { action } = rehearsal.report(trial, i + 1, loss)
    if (action === 'stop' || action === 'pause') return i + 1
  }
  rehearsal.end(trial, 'completed')
  return 0
}

const alone = (factory: SchedulerFactory, losses: readonly number[], mode: 'min' | 'max' = 'min'): number =>
  stoppedAt(new SchedulerRehearsal(factory, { metric: 'loss', mode }), losses)

test('the signed-rank test has the probabilities of the exact distribution', () => {
  assert.equal(signedRankP([1, 2, 3, 4]), 1 / 16)
  assert.equal(signedRankP([1, -2, 3, 4]), 3 / 16)
  assert.equal(signedRankP([-1, -2, -3]), 1)
  assert.equal(signedRankP([0, 1, 2]), 1 / 4)
  // Ties share their ranks: 1.5, 1.5, 3.
  assert.equal(signedRankP([1, -1, 2]), 3 / 8)
  assert.equal(signedRankP([]), 1)
})

test('patience: a trial stops once its newest reports are worse than its best before by more than minDelta', () => {
  assert.equal(alone(patience({ patience: 2 }), [5, 4, 3, 4, 4, 4, 4]), 6)
  assert.equal(alone(patience({ patience: 2 }), [5, 4, 3, 4, 4, 3, 4, 4, 4]), 9)
  assert.equal(alone(patience({ patience: 2, minDelta: 1 }), [5, 4, 3, 4, 4, 4, 4]), 0)
  assert.equal(alone(patience({ patience: 0 }), [1, 2]), 2)
  assert.equal(alone(patience({ patience: 2 }), [1, NaN, NaN, NaN]), 4)
  assert.equal(alone(patience({ patience: 2 }), [1, 2, 1.5, 1.5, 1.5], 'max'), 5)
})

test('patience around a scheduler: stopped where both say so, and what ends a trial as complete passes', () => {
  const inner = asha({ maxT: 9, eta: 3 })
  const both = new SchedulerRehearsal(patience({ patience: 1, of: inner }), min)
  for (let i = 0; i < 3; i++) stoppedAt(both, [1, 1, 0.5])
  // ASHA would stop it at its first rung, where it has only begun.
  assert.equal(stoppedAt(new SchedulerRehearsal(inner, min), [1]), 0)
  assert.equal(stoppedAt(both, [2, 2]), 0)
  // At the rung of 3 it has lost what it had.
  assert.equal(stoppedAt(both, [2, 3, 3]), 3)
  const last = new SchedulerRehearsal(patience({ of: inner }), min)
  const trial = last.start()
  assert.equal(last.report(trial, 9, 1).action, 'complete')
  assert.throws(() => patience({ of: asha({ type: 'promotion', maxT: 9 }) }), /does not pause/)
})

test('patience is made again from its record, with the scheduler that it is around', () => {
  const made = patience({ patience: 1, of: asha({ maxT: 9 }) })
  const record = JSON.parse(JSON.stringify({ name: made.name, options: made.options })) as SchedulerFactory
  assert.deepEqual(schedulers.from(record)!.options, made.options)
  assert.throws(() => schedulers.from({ name: 'patience', options: { of: { name: 'ahsa', options: {} } } }), /asha/)
})

test('the paired test stops what is worse fold by fold, however much folds differ', () => {
  const difficulty = [1, 100, 3, 50, 7, 20, 9, 2]
  const rehearsal = new SchedulerRehearsal(pairedTest(), min)
  assert.equal(stoppedAt(rehearsal, difficulty), 0)
  // Worse by a little on each: 2^−4 < 0.1 at the fourth fold, and no sooner.
  assert.equal(
    stoppedAt(
      rehearsal,
      difficulty.map((loss) => loss + 0.1),
    ),
    4,
  )
  // Now better, now worse.
  assert.equal(
    stoppedAt(
      rehearsal,
      difficulty.map((loss, i) => loss + (i % 2 === 0 ? 0.1 : -0.11)),
    ),
    0,
  )
  // Better: it is the one to beat from now on.
  assert.equal(
    stoppedAt(
      rehearsal,
      difficulty.map((loss) => loss - 1),
    ),
    0,
  )
  assert.equal(
    stoppedAt(
      rehearsal,
      difficulty.map((loss) => loss - 0.5),
    ),
    4,
  )
})

test('the paired test pairs by the fold that a report names, whatever the order', () => {
  const rehearsal = new SchedulerRehearsal(pairedTest({ fold: 'fold' }), min)
  const run = (folds: readonly number[], more: number): number => {
    const trial = rehearsal.start()
    for (const [i, fold] of folds.entries()) {
      const values = [10 * fold + more]
      const report = {
        type: 'reported',
        trial,
        attempt: 1,
        step: i + 1,
        values,
        others: { fold },
        judged: true,
      } as const
      rehearsal.feed(report)
      if (rehearsal.scheduler.decide(report).action === 'stop') return i + 1
    }
    rehearsal.end(trial, 'completed')
    return 0
  }
  assert.equal(run([1, 2, 3, 4, 5, 6], 0), 0)
  assert.equal(run([6, 5, 4, 3, 2, 1], 0.5), 4)
  assert.equal(run([6, 5, 4, 3, 2, 1], -0.5), 0)
})

test('auto: the paired test for folds, ASHA where a training is long, else median stopping', () => {
  const same = (options: object, expected: SchedulerFactory): void => {
    const losses = Array.from({ length: 40 }, (_, trial) => [((trial * 7) % 11) + 1, ((trial * 5) % 7) + 1, 1, 2, 3])
    const [auto, other] = [autoScheduler(options), expected].map((factory) => {
      const rehearsal = new SchedulerRehearsal(factory, min)
      for (const each of losses) stoppedAt(rehearsal, each)
      return rehearsal.decisions.map(({ decision }) => decision)
    })
    assert.deepEqual(auto, other)
  }
  same({ folds: true }, pairedTest())
  same({ maxT: 108 }, asha({ maxT: 108, graceT: 4, eta: 2, type: 'revival' }))
  same({ maxT: 27 }, asha({ maxT: 27, graceT: 2, eta: 2, type: 'revival' }))
  same({ maxT: 13.5 }, asha({ maxT: 13.5, graceT: 1.5, eta: 2, type: 'revival' }))
  same({ maxT: 27, graceT: 3 }, asha({ maxT: 27, graceT: 3, eta: 2, type: 'revival' }))
  same({ maxT: 9 }, asha({ maxT: 9, eta: 2, graceT: 1, type: 'revival' }))
  same({ maxT: 27, graceT: 5 }, medianStopping({ graceT: 5 }))
  same({}, medianStopping())
  assert.throws(() => autoScheduler({ maxt: 9 } as never), /maxt/)
})

test('auto: without maxT a training is as long as the first one that completes, and what came before counts', () => {
  const rehearsal = new SchedulerRehearsal(autoScheduler(), min)
  rehearsal.saves = false
  const curve = (loss: number): number[] => Array.from({ length: 18 }, () => loss)
  assert.equal(stoppedAt(rehearsal, curve(5)), 0)
  // The first of a rung is in it already: of two the second goes on, of three the worst is stopped at step 2.
  assert.equal(stoppedAt(rehearsal, curve(4)), 0)
  assert.equal(stoppedAt(rehearsal, curve(6)), 2)
  assert.equal(stoppedAt(rehearsal, curve(3)), 0)
})

test('auto: a training is as long as the stoppers of the experiment let each trial be', () => {
  const record = ({ name, options }: PluginRecord): PluginRecord => ({ name, options })
  const stop = (...stoppers: StopperFactory[]): number | undefined =>
    withDeclaredSteps(autoScheduler(), stoppers).options['maxT'] as number | undefined
  assert.equal(stop(), undefined)
  assert.equal(stop(maxSteps({ steps: 27 }), maxSteps({ steps: 18 })), 18)
  const time = trialTime({ seconds: 60 })
  assert.equal(stop(anyOf(time, anyOf(maxSteps({ steps: 9 }), maxSteps({ steps: 8 })))), 8)
  assert.equal(stop(allOf(time, maxSteps({ steps: 9 }))), undefined)
  const nine = [maxSteps({ steps: 9 })]
  for (const scheduler of [autoScheduler({ maxT: 3 }), autoScheduler({ folds: true }), asha({ maxT: 3 }), patience()]) {
    assert.deepEqual(withDeclaredSteps(record(scheduler), nine), record(scheduler))
  }
  for (const around of [patience({ of: autoScheduler() }), resourceChanging({ of: autoScheduler() })]) {
    const expected = { ...around.options, of: { name: 'auto', options: { maxT: 9 } } }
    assert.deepEqual(withDeclaredSteps(record(around), nine).options, expected)
  }
})
