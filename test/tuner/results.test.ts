// What results hold, and what callbacks and resumed sessions see of them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { experimentPlateau, int, maxSteps, trialPlateau, Tuner, TrialStopped, uniform } from '../../src/index.ts'
import type { Callback, StopperFactory } from '../../src/index.ts'
import { inFolder } from '../acceptance/run.ts'
import { verifiedFolder, verifiedStore } from './verified.ts'

const quiet = { name: 'test', space: { x: uniform(0, 1) }, metric: 'loss', seed: 1, log: () => {} } as const

test('results: best, by number, in order, as a table, the errors, all that was reported', async () => {
  await inFolder(async (root) => {
    const { store, verify } = verifiedFolder(root)
    const tuner = new Tuner({
      ...quiet,
      store,
      space: { x: uniform(0, 1), n: int(1, 3) },
      initialConfigs: [
        { x: 0.5, n: 1 },
        { x: 0.25, n: 2 },
        { x: 0.75, n: 3 },
      ],
      trials: 3,
      concurrency: 1,
      trainable: async ({ config, report }) => {
        await report({ loss: 1, accuracy: config.x })
        await report({ loss: config.x })
        if (config.n === 3) throw new TypeError('three')
      },
    })
    const results = await tuner.fit()
    assert.deepEqual([results.name, results.length, results.end, results.halted], ['test', 3, 'finished', undefined])
    const { best } = results
    assert.deepEqual(
      [best.trial, best.config, best.score, best.step, best.attempts],
      [1, { x: 0.25, n: 2 }, 0.25, 2, 1],
    )
    assert.deepEqual(best.metrics, { loss: 0.25, accuracy: 0.25 })
    assert.deepEqual(best.history(), [
      { step: 1, attempt: 1, metrics: { loss: 1, accuracy: 0.25 } },
      { step: 2, attempt: 1, metrics: { loss: 0.25 } },
    ])
    assert.ok(best.startedMs <= best.endedMs)
    assert.deepEqual(
      Array.from(results, ({ trial, state }) => [trial, state]),
      [
        [0, 'completed'],
        [1, 'completed'],
        [2, 'failed'],
      ],
    )
    assert.deepEqual(
      results.errors.map(({ trial, failure }) => [trial, failure!.kind, failure!.message]),
      [[2, 'error', 'TypeError: three']],
    )
    assert.throws(() => results.at(3), { code: 'not_found' })
    const { startedMs: _started, endedMs: _ended, ...row } = results.table()[2]!
    assert.deepEqual(row, {
      trial: 2,
      state: 'failed',
      score: 0.75,
      step: 2,
      attempts: 1,
      error: 'TypeError: three',
      'config.x': 0.75,
      'config.n': 3,
      'metrics.loss': 0.75,
      'metrics.accuracy': 0.75,
    })
    verify()
    const again = await tuner.fit({ resume: true })
    assert.deepEqual(again.table(), results.table(), 'read back from the log')
  })
})

test('callbacks are called after the commit: what they are told of is in the log', async () => {
  const { store, verify, events } = verifiedStore()
  const missing: string[] = []
  const check = (type: string, trial: number): void => {
    if (!events().some((event) => event.type === type && 'trial' in event && event.trial === trial)) missing.push(type)
  }
  let calls = 0
  const callback: Callback = {
    onTrialStart: ({ trial }) => check('launched', trial),
    onReport: ({ trial }) => check('reported', trial),
    onTrialEnd({ trial }) {
      calls += 1
      check('ended', trial)
    },
  }
  await new Tuner({ ...quiet, store, trials: 5, callbacks: [callback], trainable: ({ config }) => config.x }).fit()
  assert.deepEqual([missing, calls], [[], 5])
  verify()
})

test('a report is acknowledged after it is in the log', async () => {
  const { store, verify, events } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 4,
    trainable: async ({ report, trial }) => {
      for (let step = 1; step <= 3; step++) {
        await report({ loss: step })
        const logged = events().filter((event) => event.type === 'reported' && event.trial === trial)
        assert.equal(logged.length, step)
      }
    },
  })
  assert.deepEqual((await tuner.fit()).errors, [])
  verify()
})

test('what reports after its end is told to stop; the log says so once, and results stay', async () => {
  const { store, verify, events } = verifiedStore()
  const seen: unknown[] = []
  let leaked: Promise<void> | undefined
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 2,
    concurrency: 1,
    trainable: ({ report, trial }) => {
      if (trial === 0) {
        leaked = (async () => {
          await sleep(20)
          for (let i = 0; i < 3; i++) await report({ loss: -1 }).catch((thrown) => seen.push(thrown))
        })()
      } else return leaked!.then(() => sleep(5)).then(() => 2)
      return 1
    },
  })
  const results = await tuner.fit()
  assert.deepEqual(
    seen.map((thrown) => thrown instanceof TrialStopped),
    [true, true, true],
  )
  assert.equal(events().filter(({ type }) => type === 'late').length, 1)
  assert.deepEqual(
    Array.from(results, ({ score }) => score),
    [1, 2],
  )
  verify()
})

test('after a stop a wrong report is a stop as well', async () => {
  const { store, verify } = verifiedStore()
  const seen: unknown[] = []
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 1,
    stop: maxSteps({ steps: 1 }),
    trainable: async ({ report }) => {
      await report({ loss: 1 }).catch(() => {})
      await report({ loss: 'x' } as never).catch((thrown) => seen.push(thrown))
    },
  })
  await tuner.fit()
  assert.ok(seen.length === 1 && seen[0] instanceof TrialStopped)
  verify()
})

test('an experiment that a stopper ended stays ended on a machine with more slots', async () => {
  const { store, verify } = verifiedStore()
  let calls = 0
  const common = { ...quiet, store, trials: 100, stop: experimentPlateau({ top: 2, deviation: 1 }) } as const
  const trainable = ({ config }: { config: { x: number } }): number => {
    calls += 1
    return config.x
  }
  const first = await new Tuner({ ...common, concurrency: 1, trainable }).fit()
  assert.ok(calls < 100)
  const before = calls
  const again = await new Tuner({ ...common, concurrency: 3, trainable }).fit({ resume: true })
  assert.deepEqual([calls, again.length, again.halted], [before, first.length, first.halted])
  verify()
})

test('the time budget on the real clock', async () => {
  await inFolder(async (root) => {
    const { store, verify } = verifiedFolder(root)
    const tuner = new Tuner({
      ...quiet,
      store,
      time: 0.2,
      concurrency: 2,
      trainable: async ({ report, signal }) => {
        while (!signal.aborted) {
          await sleep(5)
          await report({ loss: 1 })
        }
      },
    })
    const beganMs = performance.now()
    const results = await tuner.fit()
    assert.deepEqual([results.halted!.by, results.length], ['time', 2])
    assert.ok([...results].every(({ state }) => state === 'stopped'))
    verify()
    // More than it has taken, which may be more than it was given.
    const time = (performance.now() - beganMs) / 1000 + 0.2
    const more = await tuner.fit({ resume: true, time })
    assert.deepEqual([more.halted!.by, more.length], ['time', 4])
    verify()
  })
})

test('a trial whose metric no longer moves is stopped', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 4,
    stop: trialPlateau({ metric: 'loss', reports: 3, deviation: 1e-6 }),
    trainable: { steps: 50, metrics: ({ x }, step) => ({ loss: x + 1 / Math.min(step, 5) }) },
  })
  const results = await tuner.fit()
  assert.ok(
    [...results].every(({ state, step }) => state === 'stopped' && step === 7),
    JSON.stringify(results.table()),
  )
  verify()
})

test('a stopper of the user’s that throws ends the session; mended, it goes on', async () => {
  const { store } = verifiedStore()
  let broken = true
  const stop: StopperFactory = {
    name: 'mine',
    options: {},
    create: () => ({
      stopTrial({ trial }) {
        if (broken && trial === 2) throw new Error('a bug in my stopper')
        return undefined
      },
    }),
  }
  const tuner = new Tuner({ ...quiet, store, stop, trials: 5, concurrency: 1, trainable: ({ config }) => config.x })
  await assert.rejects(tuner.fit(), (error: Error & { code: string }) => {
    assert.equal(error.code, 'plugin')
    assert.match(error.message, /a bug in my stopper/)
    return true
  })
  broken = false
  const results = await tuner.fit({ resume: true })
  assert.deepEqual([results.length, results.errors.length], [5, 0])
})

test('one store, many experiments, each by its name', async () => {
  const { store, verify } = verifiedStore()
  const run = async (name: string, seed: number): Promise<number[]> => {
    const tuner = new Tuner({ ...quiet, name, seed, store, trials: 3, trainable: ({ config }) => config.x })
    return Array.from(await tuner.fit(), ({ score }) => score)
  }
  const [one, two] = await Promise.all([run('one', 1), run('two', 2)])
  assert.notDeepEqual(one, two)
  assert.deepEqual(await run('three', 1), one)
  for (const name of ['one', 'two', 'three']) verify(name)
})
