import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { compileSpace, uniform } from '../space/index.ts'
import { TrialColumns } from '../trial/columns.ts'
import type { Ended, Event } from '../trial/event.ts'
import { Best, isBefore, Ranking } from './ranking.ts'
import type { Ranked } from './ranking.ts'

const objective = { metric: 'loss', mode: 'min' } as const

/** Trials, as they stand by what a ranking says of their ends. */
class Stand {
  readonly #columns = new TrialColumns(compileSpace({ x: uniform(0, 1) }), [objective])
  readonly #ranking: Ranking
  readonly #ranks = new Map<number, Ranked>()
  readonly best = new Best()

  constructor(enough: number) {
    this.#ranking = new Ranking(this.#columns, (report) => this.#columns.reportValue(report), enough)
  }

  get ranks(): Ranked[] {
    return [...this.#ranks.values()]
  }

  /** A trial begins, or goes on behind `step` of it, with a loss a step, and ends. */
  train(trial: number, attempt: number, step: number, losses: readonly number[], state: Ended['state']): void {
    const ended = { type: 'ended', trial, attempt, outcome: state as 'completed', state, failure: undefined } as const
    const events: Event[] = [
      ...(attempt === 1 ? [{ type: 'suggested', trial, asOf: 0, values: [0.5], why: { by: 'test' } } as const] : []),
      { type: 'launched', trial, attempt, ...(step > 0 && { from: { checkpoint: 'saved', step } }) },
      ...losses.map((loss, i): Event => {
        const at = { trial, attempt, step: step + i + 1, values: [loss], others: undefined, judged: true }
        return { type: 'reported', ...at }
      }),
      ended,
    ]
    for (const event of events) this.#columns.apply(event)
    const standing = this.#ranking.end(ended)
    if (standing === undefined) return
    for (const ranked of [standing.ranked, ...standing.renewed]) {
      this.#ranks.set(ranked.trial, ranked)
      this.best.add(ranked)
    }
  }
}

/** Trials with a loss a step, and how each ended; answers all ranks at last. */
function ranks(trials: readonly (readonly [readonly number[], Ended['state']])[], enough = 3): Ranked[] {
  const stand = new Stand(enough)
  for (const [trial, [losses, state]] of trials.entries()) stand.train(trial, 1, 0, losses, state)
  return stand.ranks
}

function order(ranked: readonly Ranked[]): number[] {
  const best = new Best()
  for (const each of ranked) best.add(each)
  return best.best.map(({ trial }) => trial)
}

test('complete trials are compared by their score, however many steps they took', () => {
  const ranked = ranks([
    [[9, 5], 'completed'],
    [[9, 8, 7, 6, 4], 'completed'],
    [[3], 'completed'],
    [[1, 2, 8], 'completed'],
  ])
  assert.deepEqual(
    ranked.map(({ loss, reached }) => [loss, reached]),
    [
      [5, true],
      [4, true],
      [3, true],
      [8, true],
    ],
  )
  assert.deepEqual(order(ranked), [2])
})

test('stopped trials are compared at the highest step that enough of them reached', () => {
  const ranked = ranks([
    [[5, 4, 3, 9], 'stopped'],
    [[5, 4, 6], 'stopped'],
    [[1, 1], 'stopped'],
    [[7, 7, 2, 8, 8], 'stopped'],
  ])
  assert.deepEqual(
    ranked.map(({ trial, loss, reached }) => [trial, loss, reached]),
    [
      [0, 3, true],
      [1, 6, true],
      [2, 1, false],
      [3, 2, true],
    ],
  )
  assert.deepEqual(order(ranked), [3])
})

test('of trials that did not get so far the longest come first', () => {
  const best = new Best()
  const steps = [3, 5, 4, 5]
  for (const [trial, step] of steps.entries()) best.add({ trial, step, loss: trial === 3 ? 0 : 1, reached: false })
  for (let trial = 4; trial < 20; trial++) best.add({ trial, step: 1, loss: 0, reached: false })
  assert.deepEqual(
    best.best.map(({ trial }) => trial),
    [3, 1, 2],
  )
})

test('a trial that failed, or whose score is not finite, leaves no evidence', () => {
  assert.deepEqual(
    ranks([
      [[1], 'failed'],
      [[NaN], 'completed'],
      [[], 'completed'],
      [[Infinity], 'stopped'],
    ]),
    [],
  )
})

test('the best are those of a sorted list, at every length', () => {
  const random = stream(1, purpose.simulate)
  const best = new Best()
  const losses: number[] = []
  for (let trial = 0; trial < 400; trial++) {
    losses.push(random.below(60))
    best.add({ trial, step: 1, loss: losses[trial]!, reached: true })
    const sorted = losses.map((loss, i) => [loss, i] as const).toSorted(([a, i], [b, j]) => a - b || i - j)
    const wanted = Math.min(25, Math.ceil(0.15 * losses.length))
    assert.deepEqual(
      best.best.map(({ trial: i }) => i),
      sorted.slice(0, wanted).map(([, i]) => i),
    )
    assert.equal(best.next?.trial, sorted[wanted]?.[1])
  }
})

test('trials that end again and again stand as if each had ended once, with all that it had', () => {
  const random = stream(2, purpose.simulate)
  const enough = 8
  const stand = new Stand(enough)
  const trials: { losses: number[]; attempt: number; state: Ended['state'] }[] = []
  for (let end = 0; end < 600; end++) {
    const paused = [...trials.keys()].filter((trial) => trials[trial]!.state === 'paused')
    const isNew = paused.length === 0 || random.float() < 0.4
    const trial = isNew ? trials.length : paused[random.below(paused.length)]!
    const before = trials[trial] ?? { losses: [], attempt: 0 }
    // Now and then what it had is lost.
    const kept = random.float() < 0.1 ? [] : before.losses
    const more = Array.from({ length: 1 + random.below(4) }, () => random.below(60))
    const state = (['paused', 'paused', 'paused', 'stopped', 'completed'] as const)[random.below(5)]!
    trials[trial] = { losses: [...kept, ...more], attempt: before.attempt + 1, state }
    stand.train(trial, before.attempt + 1, kept.length, more, state)
    assert.deepEqual(new Set(stand.ranks), new Set(expected()), `after ${end + 1} ends`)
    const sorted = expected().toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
    const wanted = Math.min(25, Math.ceil(0.15 * trials.length))
    assert.deepEqual(
      [...stand.best.best, stand.best.next],
      sorted.slice(0, wanted + 1).concat(sorted.length > wanted ? [] : [undefined as never]),
    )
  }

  function expected(): Ranked[] {
    const reached = trials.map(({ losses, state }) => (state === 'completed' ? Infinity : losses.length))
    const highest = reached.toSorted((a, b) => b - a)
    const modelStep = highest[enough - 1] ?? Infinity
    return trials.map(({ losses, state }, trial) => ({
      trial,
      loss: losses[Math.min(losses.length, modelStep) - 1]!,
      step: losses.length,
      reached: losses.length >= modelStep || state === 'completed',
    }))
  }
})
