import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { choice, compileSpace, loguniform, uniform, when } from '../space/index.ts'
import { TrialColumns, visibleReports } from './columns.ts'
import type { Event, Metrics } from './event.ts'
import { lossOf } from './objective.ts'
import type { ScoreRule } from './objective.ts'

const space = compileSpace({ lr: loguniform(1e-5, 1), kind: choice('a', 'b'), x: when('kind', 'b', uniform(-1, 1)) })

function columns(
  score: ScoreRule,
  mode: 'min' | 'max' = 'min',
): { made: TrialColumns; report: (value: number, step?: number) => void; feed: (event: Event) => void } {
  const made = new TrialColumns(space, [{ metric: 'loss', mode }], score)
  const feed = (event: Event): void => made.apply(event)
  let attempt = 1
  let steps = 0
  feed({ type: 'suggested', trial: 0, asOf: 1, values: [0.1, 'a', null], why: { by: 'test' } })
  feed({ type: 'launched', trial: 0, attempt })
  return {
    made,
    feed: (event) => {
      if (event.type === 'launched') {
        attempt = event.attempt
        steps = 0
      }
      feed(event)
    },
    report: (value, step = steps + 1) => {
      steps = step
      feed({ type: 'reported', trial: 0, attempt, step, values: [value], others: undefined, judged: true })
    },
  }
}

test('the score is the last value, the best, or the mean of the last k', () => {
  for (const [rule, mode, expected] of [
    ['last', 'min', 3],
    ['best', 'min', 1],
    ['best', 'max', 4],
    ['mean:2', 'min', 3.5],
    ['mean:9', 'min', 3],
  ] as const) {
    const { made, report } = columns(rule, mode)
    for (const value of [4, 1, 4, 3]) report(value)
    assert.equal(made.score(0), expected, `${rule} ${mode}`)
    assert.equal(made.loss(0), mode === 'min' ? expected : -expected)
  }
})

test('what is not finite ranks last in either direction, and is shown as it is', () => {
  for (const mode of ['min', 'max'] as const) {
    for (const value of [NaN, Infinity, -Infinity]) {
      const { made, report } = columns('last', mode)
      report(value)
      assert.equal(made.loss(0), Infinity)
      assert.ok(Object.is(made.score(0), value))
    }
    const { made, report } = columns('best', mode)
    for (const value of [NaN, 2, Infinity, NaN]) report(value)
    assert.equal(made.score(0), 2, mode)
  }
})

test('a later attempt’s reports supersede the earlier ones, one value a step', () => {
  const { made, report, feed } = columns('mean:3')
  for (const value of [9, 8, 7]) report(value)
  feed({ type: 'ended', trial: 0, attempt: 1, outcome: 'lost', state: 'pending', failure: undefined })
  feed({ type: 'launched', trial: 0, attempt: 2 })
  report(1)
  report(2)
  const values = [...visibleReports(made, made.lastReport(0))].map((index) => made.reportValue(index))
  assert.deepEqual(values, [2, 1])
  assert.equal(made.score(0), 1.5)
  report(3)
  assert.deepEqual([made.reports, made.attempt(0), made.score(0)], [6, 2, 2])
})

test('the best of an attempt that was superseded does not count', () => {
  const { made, report, feed } = columns('best')
  report(0)
  feed({ type: 'ended', trial: 0, attempt: 1, outcome: 'lost', state: 'pending', failure: undefined })
  feed({ type: 'launched', trial: 0, attempt: 2 })
  report(5)
  assert.equal(made.score(0), 5)
})

test('over random attempts, results show one value a step and scores follow from those alone', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = stream(seed, purpose.simulate)
    const rule = (['last', 'best', 'mean:1', 'mean:3'] as const)[random.below(4)]!
    const mode = random.below(2) === 0 ? 'min' : 'max'
    const { made, report, feed } = columns(rule, mode)
    let shown: { step: number; value: number }[] = []
    for (let attempt = 1; attempt <= 4; attempt++) {
      if (attempt > 1) {
        feed({ type: 'ended', trial: 0, attempt: attempt - 1, outcome: 'lost', state: 'pending', failure: undefined })
        feed({ type: 'launched', trial: 0, attempt })
      }
      let step = random.below(4)
      for (let left = random.below(6); left > 0; left--) {
        step += 1 + random.below(2)
        const value = random.below(6) === 0 ? NaN : random.below(5)
        report(value, step)
        shown = [...shown.filter((earlier) => earlier.step < step), { step, value }]
        const visible = [...visibleReports(made, made.lastReport(0))].toReversed()
        const got = visible.map((index) => ({ step: made.reportStep(index), value: made.reportValue(index) }))
        assert.deepEqual(got, shown, `seed ${seed}`)
        const values = shown.map((entry) => entry.value)
        assert.equal(made.loss(0), scoreOracle(values, rule, mode), `seed ${seed}: ${rule} ${mode} of ${values.join()}`)
      }
    }
  }
})

/** The loss by the definition of each rule. */
function scoreOracle(values: readonly number[], rule: ScoreRule, mode: 'min' | 'max'): number {
  const losses = values.map((value) => lossOf(value, mode))
  if (rule === 'last') return losses.at(-1)!
  if (rule === 'best') return Math.min(...losses)
  const window = values.slice(-Number(rule.slice('mean:'.length)))
  return lossOf(window.reduce((sum, value) => sum + value, 0) / window.length, mode)
}

test('configurations come back exactly, whatever their encoding rounds', () => {
  const made = new TrialColumns(space, [{ metric: 'loss', mode: 'min' }])
  const values = [0.1 + 0.2, 'b', -1 / 3] as const
  made.apply({ type: 'suggested', trial: 0, asOf: 1, values, why: { by: 'test' } })
  assert.deepEqual(made.values(0), [...values])
  assert.deepEqual(made.config(0), { lr: 0.1 + 0.2, kind: 'b', x: -1 / 3 })
})

test('columns grow beyond their chunks', () => {
  const made = new TrialColumns(space, [{ metric: 'loss', mode: 'min' }])
  const count = 40_000
  for (let trial = 0; trial < count; trial++) {
    made.apply({ type: 'suggested', trial, asOf: 1, values: [1e-3, 'a', null], why: { by: 'test' } })
    made.apply({ type: 'launched', trial, attempt: 1 })
    made.apply({ type: 'reported', trial, attempt: 1, step: 1, values: [trial], others: undefined, judged: true })
  }
  assert.equal(made.trials, count)
  for (const trial of [0, 16_383, 16_384, count - 1]) assert.equal(made.score(trial), trial)
})

function bounded(score: ScoreRule): { made: TrialColumns; report: (loss: number, others?: Metrics) => void } {
  const bounds = [
    { metric: 'ms', max: 20 },
    { metric: 'loss', min: 1 },
  ]
  const made = new TrialColumns(space, [{ metric: 'loss', mode: 'min' }], score, bounds)
  made.apply({ type: 'suggested', trial: 0, asOf: 1, values: [0.1, 'a', null], why: { by: 'test' } })
  made.apply({ type: 'launched', trial: 0, attempt: 1 })
  let step = 0
  const report = (loss: number, others?: Metrics): void => {
    step += 1
    made.apply({ type: 'reported', trial: 0, attempt: 1, step, values: [loss], others, judged: !Number.isNaN(loss) })
  }
  return { made, report }
}

test('a constrained metric is read where the score is: at the last report, at the best, over the last k', () => {
  for (const [rule, off, ofLoss] of [
    ['last', 10, -2],
    ['best', -5, 0],
    ['mean:2', 7.5, -3],
  ] as const) {
    const { made, report } = bounded(rule)
    assert.ok(Number.isNaN(made.violation(0, 0)))
    report(1, { ms: 15 })
    report(5, { ms: 25 })
    report(3, { ms: 30 })
    assert.equal(made.violation(0, 0), off, rule)
    assert.equal(made.violation(0, 1), ofLoss, rule)
  }
})

test('a constrained metric stands until it comes again, may come alone, and is off by Infinity where it is no number', () => {
  const { made, report } = bounded('last')
  report(2, { ms: 25 })
  report(2)
  assert.equal(made.violation(0, 0), 5)
  report(NaN, { ms: 20 })
  assert.equal(made.violation(0, 0), 0)
  assert.equal(made.violation(0, 1), -1, 'a report without the objective says nothing of it')
  report(2, { ms: NaN })
  assert.equal(made.violation(0, 0), Infinity)
  assert.equal(made.score(0), 2)
})
