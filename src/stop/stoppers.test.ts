import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compileSpace, uniform } from '../space/index.ts'
import { TrialColumns } from '../trial/columns.ts'
import type { Event, Reported } from '../trial/event.ts'
import { allOf, anyOf } from './combine.ts'
import { experimentPlateau } from './experiment-plateau.ts'
import { maxSteps } from './max-steps.ts'
import { metricThreshold } from './metric-threshold.ts'
import { stopperFrom } from './registry.ts'
import { stopWhen } from './stop-when.ts'
import type { Stopper, StopperFactory } from './stopper.ts'
import { experimentTime, trialTime } from './time-limit.ts'
import { trialPlateau } from './trial-plateau.ts'

/** Trials one after the other under one stopper. */
class Rehearsal {
  readonly stopper: Stopper
  readonly #columns: TrialColumns
  #now = 0

  constructor(factory: StopperFactory) {
    const objectives = [{ metric: 'loss', mode: 'min' }] as const
    this.#columns = new TrialColumns(compileSpace({ x: uniform(0, 1) }), objectives)
    this.stopper = factory.create({ objectives, history: this.#columns, now: () => this.#now })
  }

  /** Reports these values of a new trial; the step at which it was stopped, 0 where it was not. */
  run(losses: readonly number[], others: Record<string, number> = {}, stepMs: number = 1000): number {
    const trial = this.#columns.trials
    this.#feed({ type: 'suggested', trial, asOf: 0, values: [0.5], why: { by: 'test' } })
    this.#feed({ type: 'launched', trial, attempt: 1 })
    let stoppedAt = 0
    for (const [i, loss] of losses.entries()) {
      this.#feed({ type: 'time', now: (this.#now += stepMs) })
      const report: Reported = {
        type: 'reported',
        trial,
        attempt: 1,
        step: i + 1,
        values: [loss],
        others,
        judged: true,
      }
      this.#feed(report)
      if (this.stopper.stopTrial?.(report) === undefined) continue
      stoppedAt = i + 1
      break
    }
    const state = stoppedAt > 0 ? 'stopped' : 'completed'
    this.#feed({ type: 'ended', trial, attempt: 1, outcome: state, state, failure: undefined })
    return stoppedAt
  }

  #feed(event: Event): void {
    this.#columns.apply(event)
    this.stopper.observe?.(event)
  }
}

test('a threshold in either direction, on an objective or any other metric', () => {
  assert.equal(new Rehearsal(metricThreshold({ metric: 'loss', below: 0.3 })).run([0.5, 0.4, 0.3, 0.2]), 3)
  assert.equal(new Rehearsal(metricThreshold({ metric: 'loss', above: 0.6 })).run([0.5, 0.4, 0.9]), 3)
  assert.equal(new Rehearsal(metricThreshold({ metric: 'acc', above: 0.9 })).run([1, 1], { acc: 0.95 }), 1)
  assert.equal(new Rehearsal(metricThreshold({ metric: 'acc', above: 0.9 })).run([1, 1], { other: 1 }), 0)
  assert.equal(new Rehearsal(metricThreshold({ metric: 'loss', below: 0.3 })).run([NaN, NaN]), 0)
  assert.throws(() => metricThreshold({ metric: 'loss' }), { code: 'invalid_option' })
  assert.throws(() => metricThreshold({ metric: 'loss', above: 1, below: 0 }), { code: 'invalid_option' })
})

test('steps and times', () => {
  assert.equal(new Rehearsal(maxSteps({ steps: 3 })).run([1, 1, 1, 1]), 3)
  assert.equal(new Rehearsal(trialTime({ seconds: 2 })).run([1, 1, 1, 1]), 2)
  const timed = new Rehearsal(experimentTime({ seconds: 3 }))
  timed.run([1, 1])
  assert.equal(timed.stopper.stopExperiment!(), undefined)
  timed.run([1])
  assert.match(timed.stopper.stopExperiment!()!, /3 s/)
})

test('a trial’s plateau: the newest values hardly differ, after the grace', () => {
  const flat = [1, 0.5, 0.301, 0.3, 0.3, 0.3, 0.3]
  assert.equal(new Rehearsal(trialPlateau({ deviation: 0.01 })).run(flat), 6)
  assert.equal(new Rehearsal(trialPlateau({ deviation: 0.01, reports: 2 })).run(flat), 4)
  assert.equal(new Rehearsal(trialPlateau({ deviation: 0.01, grace: 7 })).run(flat), 7)
  assert.equal(new Rehearsal(trialPlateau({ deviation: 0 })).run([3, 2, 1, 0.5, 0.2]), 0)
  assert.equal(new Rehearsal(trialPlateau({ deviation: 1 })).run([NaN, NaN, NaN, NaN, NaN]), 0, 'NaN is no plateau')
})

test('a trial’s plateau as Ray Tune’s TrialPlateauStopper has it, on the curve of its tests', () => {
  const curve = [10, 11, 12, ...Array.from({ length: 10 }, () => 20)]
  assert.equal(new Rehearsal(trialPlateau()).run(curve), 7)
  assert.equal(new Rehearsal(trialPlateau({ grace: 9 })).run(curve), 9)
  const above = metricThreshold({ metric: 'loss', above: 22 })
  assert.equal(new Rehearsal(allOf(trialPlateau(), above)).run(curve), 0, 'all 13 reports')
})

test('an experiment’s plateau: the best scores are alike and stay so', () => {
  const rehearsal = new Rehearsal(experimentPlateau({ top: 3, deviation: 0.01, patience: 1 }))
  const ends: boolean[] = []
  for (const score of [0.5, 0.3, 0.302, 0.301, 0.9, 0.8]) {
    rehearsal.run([score])
    ends.push(rehearsal.stopper.stopExperiment!() !== undefined)
  }
  // The third of the best is 0.5 until the fourth trial; one more trial is waited for.
  assert.deepEqual(ends, [false, false, false, false, true, true])
})

test('a function of the report', () => {
  const seen: number[] = []
  const factory = stopWhen(({ step, metrics, elapsedMs }) => {
    seen.push(elapsedMs)
    return metrics['loss']! < 0.2 && `small at ${step}`
  })
  assert.equal(new Rehearsal(factory).run([0.5, 0.1]), 2)
  assert.deepEqual(seen, [1000, 2000])
  assert.equal(stopperFrom(factory), undefined, 'code can’t be made again from its record')
})

test('a function that answers neither yes nor no is an error, not a reason to stop', () => {
  const run = (answer: unknown): number => new Rehearsal(stopWhen((() => answer) as () => boolean)).run([1, 1])
  assert.throws(() => run(Promise.resolve(false)), { code: 'invalid_option' })
  assert.throws(() => run(1), { code: 'invalid_option', received: '1' })
  assert.equal(run(''), 0)
  assert.equal(run(undefined), 0)
  assert.throws(() => stopWhen(5 as never), { code: 'invalid_option' })
})

test('anyOf and allOf', () => {
  const steps = maxSteps({ steps: 3 })
  const small = metricThreshold({ metric: 'loss', below: 0.3 })
  assert.equal(new Rehearsal(anyOf(steps, small)).run([0.5, 0.2, 0.9, 0.9]), 2)
  assert.equal(new Rehearsal(allOf(steps, small)).run([0.2, 0.2, 0.9, 0.1]), 4)
  assert.deepEqual(anyOf(steps, small).metrics, ['loss'])
  assert.throws(() => anyOf(), { code: 'invalid_option' })
  assert.throws(() => anyOf([steps, small] as never), { code: 'invalid_option' })
  assert.throws(() => new Rehearsal(allOf(steps, experimentPlateau())), { code: 'invalid_option' })
  assert.throws(() => new Rehearsal(allOf(anyOf(steps, small), experimentPlateau())), { code: 'invalid_option' })
})

test('a combination of one kind ends what its members end', () => {
  const timed = new Rehearsal(allOf(anyOf(experimentTime({ seconds: 2 }), experimentTime({ seconds: 9 }))))
  timed.run([1])
  assert.equal(timed.stopper.stopExperiment!(), undefined)
  timed.run([1])
  assert.match(timed.stopper.stopExperiment!()!, /2 s/)
})

test('every stopper of ours is made again from its record', () => {
  const all = [
    metricThreshold({ metric: 'loss', below: 0.3 }),
    maxSteps({ steps: 3 }),
    trialTime({ seconds: 2 }),
    experimentTime({ seconds: 2 }),
    trialPlateau({ reports: 3 }),
    experimentPlateau({ top: 4 }),
  ]
  for (const stopper of [...all, anyOf(...all), allOf(maxSteps({ steps: 2 }), anyOf(maxSteps({ steps: 4 })))]) {
    const record = JSON.parse(JSON.stringify({ name: stopper.name, options: stopper.options })) as StopperFactory
    const again = stopperFrom(record)
    assert.deepEqual({ name: again!.name, options: again!.options }, record)
  }
})

test('misspelt and wrong options are refused', () => {
  assert.throws(() => trialPlateau({ deviaton: 1 } as never), { code: 'unknown_option' })
  assert.throws(() => maxSteps({ steps: 0 }), { code: 'invalid_option' })
  assert.throws(() => trialPlateau({ metric: 5 as never }), { code: 'invalid_option' })
  assert.throws(() => metricThreshold({ metric: 'loss', above: NaN }), { code: 'invalid_option', received: 'NaN' })
  assert.throws(() => experimentPlateau({ top: 1 }), { code: 'invalid_option' })
  assert.throws(() => experimentPlateau({ patience: -1 }), { code: 'invalid_option' })
})
