import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Tuner, asha, fifo, memory, random, simulated, uniform } from 'trialist'
import type { Curves, MetricsWith, ResultGrid, SimulatedOptions } from 'trialist'

const curves: Curves<{ x: number }, MetricsWith<'loss'>> = {
  steps: 9,
  metrics: ({ x }, step) => ({ loss: x + 1 / step }),
  seconds: () => 600,
}

async function run(options: SimulatedOptions, more: object = {}): Promise<ResultGrid<{ x: number }>> {
  const tuner = new Tuner({
    name: 'sim',
    space: { x: uniform(0, 1) },
    metric: 'loss',
    trainable: curves,
    searcher: random(),
    scheduler: fifo(),
    executor: simulated(options),
    store: memory(),
    trials: 40,
    seed: 3,
    log: () => {},
    ...more,
  })
  return await tuner.fit()
}

const endMs = (results: ResultGrid<{ x: number }>): number => Math.max(...[...results].map((each) => each.endedMs))

test('starting an attempt and making a checkpoint take the time that the user says', async () => {
  const plain = await run({ workers: 40 })
  assert.equal(endMs(plain), 9 * 600_000)
  const slower = await run({ workers: 40, startSeconds: 60, checkpointEvery: 3, checkpointSeconds: 10 })
  assert.equal(endMs(slower), 9 * 600_000 + 60_000 + 3 * 10_000)
})

test('failures and preemptions come at their rates, by seed', async () => {
  const faulty = { workers: 8, failuresPerHour: 0.1, preemptionsPerHour: 0.3, checkpointEvery: 1 }
  const [once, again] = [await run(faulty, { maxFailures: 20 }), await run(faulty, { maxFailures: 20 })]
  assert.deepEqual(
    [...once].map((each) => [each.endedMs, each.attempts]),
    [...again].map((each) => [each.endedMs, each.attempts]),
  )
  const other = await run(faulty, { maxFailures: 20, seed: 4 })
  assert.notEqual(endMs(other), endMs(once))
  // 40 trainings of 1.5 hours: about 60 hours · 0.4 more attempts; a step of 10 minutes that is lost is done again.
  const attempts = [...once].reduce((sum, each) => sum + each.attempts - 1, 0)
  assert.ok(attempts > 10 && attempts < 45, `${attempts} further attempts`)
  const fatal = await run({ workers: 8, failuresPerHour: 0.2 })
  const failed = [...fatal].filter(({ state }) => state === 'failed')
  assert.ok(failed.length > 5 && failed.every(({ failure }) => /simulated failure/.test(failure!.message)))
})

test('a curve says what its reports give as their step, and goes on there from a checkpoint', async () => {
  const trainable: Curves<{ x: number }, MetricsWith<'loss'>> = { ...curves, resource: (_, step) => 10 * step }
  const results = await run({ workers: 4, checkpointEvery: 2, preemptionsPerHour: 0.5 }, { trainable })
  assert.ok([...results].some(({ attempts }) => attempts > 1))
  for (const result of results) {
    const steps = result.history().map(({ step }) => step)
    assert.deepEqual(steps, [10, 20, 30, 40, 50, 60, 70, 80, 90], `trial ${result.trial}`)
  }
  const judged = await run({ workers: 4 }, { trainable, scheduler: asha({ maxT: 90, graceT: 10 }) })
  assert.ok([...judged].some(({ state, step }) => state === 'stopped' && step === 10))
})

test('ten thousand workers', async () => {
  const results = await run({ workers: 10_000 }, { trials: 10_000 })
  assert.equal(results.length, 10_000)
  assert.equal(endMs(results), 9 * 600_000)
})
