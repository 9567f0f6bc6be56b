import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { compileSpace, uniform } from '../space/index.ts'
import { TrialColumns } from '../trial/columns.ts'
import type { CheckpointPolicy, Event, Experiment } from '../trial/event.ts'
import { Retention } from './retention.ts'

const space = compileSpace({ x: uniform(0, 1) })

function fresh(policy: CheckpointPolicy | undefined, trials: number): (event: Event) => Retention {
  const objectives = [{ metric: 'loss', mode: 'min' }] as const
  const columns = new TrialColumns(space, objectives)
  const retention = new Retention({ objectives, checkpoints: policy } as unknown as Experiment, columns)
  const feed = (event: Event): Retention => {
    columns.apply(event)
    retention.apply(event)
    return retention
  }
  for (let trial = 0; trial < trials; trial++) {
    feed({ type: 'suggested', trial, asOf: 1, values: [0.5], why: { by: 'test' } })
    feed({ type: 'launched', trial, attempt: 1 })
  }
  return feed
}

/** A report that brings a checkpoint. */
interface Saved {
  readonly id: string
  readonly loss: number
  readonly accuracy: number
}

function report(trial: number, step: number, { id, loss, accuracy }: Saved): Event {
  const others = { accuracy }
  return { type: 'reported', trial, attempt: 1, step, values: [loss], others, judged: true, checkpoint: id }
}

function drawSaved(random: Random, id: string): Saved {
  const loss = random.below(5) === 0 ? NaN : random.below(6)
  return { id, loss, accuracy: random.below(5) === 0 ? NaN : random.below(6) }
}

test('over random reports: the newest is never lost, the best are kept, and no more than that', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = stream(seed, purpose.simulate)
    const trials = 1 + random.below(3)
    const mode = random.below(2) === 0 ? 'min' : 'max'
    const policy = { keep: 1 + random.below(3), metric: random.below(2) === 0 ? 'accuracy' : null, mode } as const
    const feed = fresh(policy, trials)
    const made: Saved[][] = Array.from({ length: trials }, () => [])
    for (let step = 1; step <= 25; step++) {
      const trial = random.below(trials)
      const mine = made[trial]!
      const saved = drawSaved(random, `${trial}-1-${mine.length + 1}`)
      mine.push(saved)
      const retention = feed(report(trial, step, saved))
      const kept = retention.of(trial).map(({ id }) => id)
      const where = `seed ${seed}, step ${step}: ${JSON.stringify(policy)} keeps ${kept.join()}`
      assert.equal(retention.newest(trial)!.id, saved.id, where)
      assert.deepEqual(
        kept,
        [...kept].toSorted((a, b) => number(a) - number(b)),
        `${where}: oldest first`,
      )
      for (const id of bestOf(mine, policy)) assert.ok(kept.includes(id), `${where} and not ${id}`)
      // Besides those: the newest, and one for the trial that leads.
      assert.ok(kept.length <= policy.keep + 2, where)
    }
  }
})

/** By definition: of each loss the policy's best, and among equals the newest. */
function bestOf(made: readonly Saved[], { keep, metric, mode }: CheckpointPolicy): string[] {
  if (metric === null) return made.slice(-keep).map(({ id }) => id)
  const worth = ({ accuracy }: Saved): number =>
    Number.isNaN(accuracy) ? -Infinity : mode === 'max' ? accuracy : -accuracy
  const order = (a: Saved, b: Saved): number =>
    worth(a) === worth(b) ? number(b.id) - number(a.id) : worth(a) < worth(b) ? 1 : -1
  return made
    .toSorted(order)
    .slice(0, keep)
    .map(({ id }) => id)
}

function number(id: string): number {
  return Number(id.split('-').at(-1))
}

test('the best checkpoint of the trial that leads the experiment stays, until another one leads', () => {
  const feed = fresh(undefined, 2)
  const ids = (trial: number, retention: Retention): string[] => retention.of(trial).map(({ id }) => id)
  feed(report(1, 1, { id: '1-1-1', loss: 5, accuracy: 0 }))
  feed(report(0, 1, { id: '0-1-1', loss: 1, accuracy: 0 }))
  assert.deepEqual(ids(0, feed(report(0, 2, { id: '0-1-2', loss: 3, accuracy: 0 }))), ['0-1-1', '0-1-2'])
  feed(report(1, 2, { id: '1-1-2', loss: 2, accuracy: 0 }))
  const after = feed(report(0, 3, { id: '0-1-3', loss: 4, accuracy: 0 }))
  assert.deepEqual([ids(0, after), ids(1, after)], [['0-1-3'], ['1-1-2']])
})

test('after one was forgotten the next-newest is the newest', () => {
  const feed = fresh({ keep: 2, metric: null, mode: 'min' }, 1)
  for (const i of [1, 2, 3]) feed(report(0, i, { id: `0-1-${i}`, loss: 1, accuracy: 0 }))
  assert.equal(feed({ type: 'forgotten', trial: 0, checkpoint: '0-1-3' }).newest(0)!.id, '0-1-2')
  assert.equal(feed({ type: 'forgotten', trial: 0, checkpoint: '0-1-2' }).newest(0), undefined)
})

function exploits(trial: number, from: number, checkpoint: string, step: number): Event {
  const exploit = { trial: from, checkpoint, step, values: [0.25] }
  return { type: 'decided', trial, attempt: 1, action: 'exploit', by: 'pbt', why: {}, exploit }
}

test('a checkpoint that another trial is to go on from is kept until that has one of its own, or is over', () => {
  const feed = fresh(undefined, 3)
  const saved = (id: string, loss = 1): Saved => ({ id, loss, accuracy: 0 })
  feed(report(0, 1, saved('a1')))
  feed(report(1, 1, saved('b1', 9)))
  feed(report(2, 1, saved('c1', 9)))
  let retention = feed(exploits(1, 0, 'a1', 1))
  assert.deepEqual(retention.next(1), { checkpoint: 'a1', step: 1, trial: 0 })
  feed(exploits(2, 0, 'a1', 1))
  retention = feed(report(0, 2, saved('a2')))
  assert.deepEqual(retention.takeReleased(), [], 'two trials are to go on from it')
  retention = feed({ ...report(1, 2, saved('b2')), attempt: 2 } as Event)
  assert.deepEqual(retention.takeReleased(), ['b1'], 'of its own the newest is kept')
  retention = feed({ type: 'ended', trial: 2, attempt: 2, outcome: 'failed', state: 'failed', failure: undefined })
  assert.deepEqual(retention.takeReleased(), ['a1'], 'nobody needs it any more')
  assert.deepEqual(retention.next(2), { checkpoint: 'c1', step: 1 })
})

test('a donor that keeps its checkpoint keeps it, whatever becomes of those that took it over', () => {
  const feed = fresh(undefined, 2)
  feed(report(0, 1, { id: 'a1', loss: 1, accuracy: 0 }))
  feed(exploits(1, 0, 'a1', 1))
  const retention = feed({
    type: 'ended',
    trial: 1,
    attempt: 2,
    outcome: 'completed',
    state: 'completed',
    failure: undefined,
  })
  assert.deepEqual(retention.takeReleased(), [])
  assert.equal(retention.newest(0)?.id, 'a1')
})
