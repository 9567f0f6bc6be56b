import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compileSpace, uniform } from '../space/index.ts'
import { TrialColumns } from './columns.ts'
import type { Event, Metrics } from './event.ts'
import { groupOf, Groups, membersOf } from './groups.ts'
import type { Repetition } from './groups.ts'

const space = compileSpace({ x: uniform(0, 1) })
const objectives = [
  { metric: 'loss', mode: 'min' },
  { metric: 'gain', mode: 'max' },
] as const
const bounds = [
  { metric: 'ms', max: 20 },
  { metric: 'recall', min: 0.5 },
  { metric: 'gain', min: 0 },
] as const

interface Run {
  readonly values?: readonly [loss: number, gain: number]
  readonly others?: Metrics
  readonly step?: number
  readonly state?: 'completed' | 'stopped' | 'failed'
}

/** Runs trials one after the other and answers the groups and all events of them. */
function grouped(repetition: Repetition, runs: readonly Run[]): { groups: Groups; told: Event[] } {
  const trials = new TrialColumns(space, objectives, 'last', bounds)
  const groups = new Groups(space, objectives, bounds, trials, repetition)
  const told: Event[] = []
  const feed = (event: Event): void => {
    trials.apply(event)
    groups.observe(event, (meant) => void told.push(meant))
  }
  for (const [trial, { values, others, step = 1, state = 'completed' }] of runs.entries()) {
    feed({ type: 'time', now: trial })
    feed({ type: 'suggested', trial, asOf: 1, values: [groupOf(trial, repetition) / 10], why: { by: 'test' } })
    feed({ type: 'launched', trial, attempt: 1 })
    // The first attempt is lost; its end is none of the trial.
    feed({ type: 'ended', trial, attempt: 1, outcome: 'lost', state: 'pending', failure: undefined })
    feed({ type: 'launched', trial, attempt: 2 })
    if (values !== undefined) feed({ type: 'reported', trial, attempt: 2, step, values, others, judged: true })
    const failure = state === 'failed' ? ({ kind: 'error', message: `trial ${trial}`, stack: '' } as const) : undefined
    feed({ type: 'ended', trial, attempt: 2, outcome: state, state, failure })
  }
  return { groups, told }
}

test('known results are groups of one, the others of so many in a row', () => {
  const repetition = { repeats: 3, known: 2 }
  assert.deepEqual(
    [0, 1, 2, 4, 5, 7, 8].map((trial) => groupOf(trial, repetition)),
    [0, 1, 2, 2, 3, 3, 4],
  )
  assert.deepEqual([membersOf(1, repetition), membersOf(3, repetition)], [[1], [5, 6, 7]])
})

test('a group reports once, the means of its trials, when all of them are over', () => {
  const { groups, told } = grouped({ repeats: 2, known: 1 }, [
    { values: [9, 1], others: { ms: 1, recall: 1 } },
    { values: [1, 4], others: { ms: 30, recall: 0.25 }, step: 7 },
    { values: [4, -6], others: { ms: 14, recall: 0.5 }, step: 3, state: 'stopped' },
    { values: [7, 0], others: { ms: 0, recall: 0 } },
  ])
  const { columns } = groups
  assert.deepEqual(
    [columns.trials, columns.state(0), columns.state(1), columns.state(2)],
    [3, 'completed', 'stopped', 'running'],
  )
  assert.deepEqual([columns.score(1), columns.score(1, 1), columns.reportStep(columns.lastReport(1))], [2.5, -1, 3])
  assert.deepEqual(
    [0, 1, 2].map((constraint) => columns.violation(1, constraint)),
    [2, 0.125, 1],
  )
  assert.ok(Number.isNaN(columns.loss(2)))
  assert.deepEqual([columns.started(1), columns.ended(1)], [1, 2])
  const kinds = told.filter(({ type }) => type !== 'time').map(({ type }) => type)
  const whole = ['suggested', 'launched', 'reported', 'ended']
  assert.deepEqual(kinds.slice(0, 8), [...whole, ...whole])
  assert.deepEqual(kinds.slice(8), ['suggested', 'launched'])
})

test('failed trials are left out; where all failed the group did, with the first failure', () => {
  const failed = { state: 'failed' } as const
  const { columns } = grouped({ repeats: 2, known: 0 }, [
    failed,
    { values: [3, 1] },
    failed,
    { ...failed, values: [1, 1] },
  ]).groups
  assert.deepEqual([columns.state(0), columns.score(0), columns.state(1)], ['completed', 3, 'failed'])
  assert.ok(Number.isNaN(columns.loss(1)))
  assert.ok(Number.isNaN(columns.violation(0, 0)))
})

test('a score that is no number makes the mean none, and large ones do not', () => {
  const large = Number.MAX_VALUE
  const { columns } = grouped({ repeats: 2, known: 0 }, [
    { values: [NaN, 1] },
    { values: [3, 1] },
    { values: [large, 1], others: { ms: Infinity } },
    { values: [large, 1], others: { ms: 3 } },
  ]).groups
  assert.equal(columns.loss(0), Infinity)
  assert.equal(columns.loss(1), large)
  assert.equal(columns.violation(1, 0), Infinity)
})
