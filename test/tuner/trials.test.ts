// What a trial's code meets: reports, stops, failures, returned values.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { asha, choice, int, maxSteps, simulated, Tuner, TrialStopped, uniform } from '../../src/index.ts'
import type { Opened } from '../../src/trial/event.ts'
import { verifiedStore } from './verified.ts'

const space = { x: uniform(0, 1) }
const quiet = { name: 'test', space, metric: 'loss', seed: 1, log: () => {} } as const

test('after a stop, report rejects with TrialStopped and so does each later call; signal is aborted', async () => {
  const { store, verify } = verifiedStore()
  const seen: unknown[] = []
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 1,
    stop: maxSteps({ steps: 2 }),
    trainable: async ({ report, signal }) => {
      await report({ loss: 1 })
      assert.equal(signal.aborted, false)
      for (let i = 0; i < 3; i++) {
        try {
          await report({ loss: 2 })
        } catch (stopped) {
          seen.push(stopped instanceof TrialStopped, signal.aborted)
        }
      }
    },
  })
  const { best } = await tuner.fit()
  assert.deepEqual(seen, [true, true, true, true, true, true])
  assert.deepEqual([best.state, best.score, best.step], ['stopped', 2, 2])
  verify()
})

test('a function that swallows the stop loses its slot after the grace, with one warning; the others go on', async () => {
  const { store, verify } = verifiedStore()
  const said: string[] = []
  const tuner = new Tuner({
    ...quiet,
    store,
    log: (line) => said.push(line),
    trials: 3,
    concurrency: 1,
    terminationGrace: 0.05,
    stop: maxSteps({ steps: 1 }),
    trainable: async ({ report, trial }) => {
      await report({ loss: trial }).catch(() => {})
      if (trial === 0) await sleep(400)
      await report({ loss: -1 }).catch(() => {})
    },
  })
  const results = await tuner.fit()
  assert.deepEqual(
    Array.from(results, ({ state, score }) => [state, score]),
    [
      ['stopped', 0],
      ['stopped', 1],
      ['stopped', 2],
    ],
  )
  assert.equal(said.filter((line) => line.includes('still runs')).length, 1, said.join('\n'))
  verify()
})

test('a report that nobody awaits can’t end the process when its trial is stopped', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 2,
    stop: maxSteps({ steps: 1 }),
    trainable: async ({ report }) => {
      void report({ loss: 1 })
      void report({ loss: 2 })
      await sleep(20)
    },
  })
  assert.equal((await tuner.fit()).length, 2)
  verify()
})

test('a returned number or object is the last report', async () => {
  for (const returned of [0.25, { loss: 0.25, extra: 3 }]) {
    const { store, verify } = verifiedStore()
    const tuner = new Tuner({ ...quiet, store, trials: 1, trainable: () => returned })
    const { best } = await tuner.fit()
    assert.deepEqual(
      [best.state, best.score, best.metrics['extra']],
      ['completed', 0.25, typeof returned === 'object' ? 3 : undefined],
    )
    verify()
  }
})

test('a class: set up, a report a step, cleaned up whatever happens', async () => {
  const { store, verify } = verifiedStore()
  const cleaned: number[] = []
  class Training {
    #x = 0
    #step = 0
    setup({ x }: { x: number }): void {
      this.#x = x
    }
    step(): { loss: number } | undefined {
      this.#step += 1
      if (this.#x > 0.9) throw new Error('too large')
      return this.#step > 3 ? undefined : { loss: this.#x / this.#step }
    }
    cleanup(): void {
      cleaned.push(this.#step)
    }
  }
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 3,
    initialConfigs: [{ x: 0.5 }, { x: 0.95 }, { x: 0.2 }],
    trainable: Training,
  })
  const results = await tuner.fit()
  assert.deepEqual(
    Array.from(results, ({ state, step }) => [state, step]),
    [
      ['completed', 3],
      ['failed', 0],
      ['completed', 3],
    ],
  )
  assert.deepEqual(
    cleaned.toSorted((a, b) => a - b),
    [1, 4, 4],
  )
  verify()
})

test('reports without the declared metric are recorded and not judged; without any the trial fails and says what came', async () => {
  const { store, verify } = verifiedStore()
  const said: string[] = []
  const tuner = new Tuner({
    ...quiet,
    store,
    log: (line) => said.push(line),
    trials: 2,
    concurrency: 1,
    trainable: async ({ report, trial }) => {
      const anything = report as (metrics: Record<string, number>) => Promise<void>
      await anything({ accuracy: 0.5 })
      if (trial === 0) await report({ loss: 3 })
    },
  })
  const results = await tuner.fit()
  const [good, bad] = [...results]
  assert.deepEqual([good!.state, good!.score, good!.history().length], ['completed', 3, 2])
  assert.equal(bad!.state, 'failed')
  assert.match(bad!.failure!.message, /never reported "loss".*"accuracy"/)
  assert.equal(said.filter((line) => /had no "loss" but "accuracy"/.test(line)).length, 1)
  verify()
})

test('20 reports without the metric are enough', async () => {
  const { store, verify } = verifiedStore()
  let reports = 0
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 1,
    trainable: async ({ report }) => {
      for (;;) {
        reports += 1
        await (report as (metrics: Record<string, number>) => Promise<void>)({ wrong: 1 })
      }
    },
  })
  const [only] = [...(await tuner.fit())]
  assert.deepEqual([only!.state, only!.failure!.kind, reports], ['failed', 'no_metric', 20])
  verify()
})

test('a metric that is no number is refused by name, and the others of the trial are kept', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 1,
    trainable: async ({ report }) => {
      await report({ loss: 1, right: true })
      await report({ loss: 2, name: 'x' } as never)
    },
  })
  const [only] = [...(await tuner.fit())]
  assert.equal(only!.state, 'failed')
  assert.match(only!.failure!.message, /metric "name".*number.*"x"/)
  assert.deepEqual(only!.history()[0]!.metrics, { loss: 1, right: 1 })
  verify()
})

test('NaN and infinite metrics are kept, rank last and break nothing', async () => {
  for (const mode of ['min', 'max'] as const) {
    const { store, verify } = verifiedStore()
    const odd = [NaN, Infinity, -Infinity]
    const tuner = new Tuner({
      ...quiet,
      mode,
      store,
      trials: 30,
      concurrency: 2,
      searcher: 'tpe',
      scheduler: 'asha',
      trainable: ({ config, trial }) => ({ loss: trial % 4 === 3 ? odd[trial % 3]! : config.x }),
    })
    const results = await tuner.fit()
    assert.ok(Number.isFinite(results.best.score), mode)
    assert.ok(Object.is(results.at(3).score, odd[0]) && results.at(3).metrics.loss !== 0)
    verify()
  }
})

test('a trial that fails is tried again, maxFailures times, and its failure is kept with message and stack', async () => {
  const { store, verify } = verifiedStore()
  const attempts: number[] = []
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 2,
    concurrency: 1,
    maxFailures: 2,
    trainable: async ({ report, trial, attempt }) => {
      attempts.push(trial * 10 + attempt)
      await report({ loss: attempt })
      if (trial === 0 || attempt < 2) throw new RangeError(`attempt ${attempt}`)
    },
  })
  const results = await tuner.fit()
  assert.deepEqual(
    attempts.toSorted((a, b) => a - b),
    [1, 2, 3, 11, 12],
  )
  const [first, second] = [...results]
  assert.deepEqual([first!.state, first!.attempts, first!.failure!.message], ['failed', 3, 'RangeError: attempt 3'])
  assert.match(first!.failure!.stack, /trials\.test\.ts/)
  assert.deepEqual([second!.state, second!.attempts, second!.score, second!.history().length], ['completed', 2, 2, 1])
  assert.deepEqual(
    results.errors.map(({ trial }) => trial),
    [0],
  )
  assert.equal(results.best.trial, 1, 'a failed trial is never the best')
  verify()
})

test('whatever is thrown is a failure of its trial, told as well as it can be', async () => {
  const odd = new Error('odd')
  Object.defineProperty(odd, 'message', {
    get() {
      throw new Error('not told')
    },
  })
  const thrown = ['text', { code: 5 }, Object.create(null), Symbol('x'), undefined, odd]
  const messages = ['Error: text', 'Error: {"code":5}', 'Error: {}', 'Error: Symbol(x)', 'Error: undefined', 'Error: ']
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: thrown.length,
    concurrency: 1,
    trainable: ({ trial }) => {
      throw thrown[trial]
    },
  })
  assert.deepEqual(
    Array.from(await tuner.fit(), ({ failure }) => failure!.message),
    messages,
  )
  verify()
})

test('a step that does not grow is recorded and not judged', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 1,
    trainable: async ({ report }) => {
      await report({ loss: 3 }, { step: 0 })
      await report({ loss: 2 }, { step: 10 })
      await report({ loss: 1 }, { step: 10 })
    },
  })
  const { best } = await tuner.fit()
  assert.deepEqual([best.score, best.step], [2, 10])
  verify()
})

test('score rules, in either direction', async () => {
  for (const [score, mode, expected] of [
    ['last', 'min', 3],
    ['best', 'min', 1],
    ['best', 'max', 5],
    ['mean:2', 'min', 4],
  ] as const) {
    const { store, verify } = verifiedStore()
    const tuner = new Tuner({
      ...quiet,
      mode,
      score,
      store,
      trials: 1,
      trainable: async ({ report }) => {
        for (const loss of [4, 1, 5, 3]) await report({ loss })
      },
    })
    assert.equal((await tuner.fit()).best.score, expected, score)
    verify()
  }
})

test('each attempt has a random stream of its own, the same whenever it runs', async () => {
  const draws = async (seed: number): Promise<number[]> => {
    const { store } = verifiedStore()
    const tuner = new Tuner({
      ...quiet,
      seed,
      store,
      trials: 3,
      trainable: ({ random }) => ({ loss: random.float() }),
    })
    return Array.from(await tuner.fit(), ({ score }) => score)
  }
  assert.deepEqual(await draws(1), await draws(1))
  assert.equal(new Set([...(await draws(1)), ...(await draws(2))]).size, 6)
})

test('configurations are typed, frozen and exactly those of the results', async () => {
  const { store, verify } = verifiedStore()
  const got: unknown[] = []
  const tuner = new Tuner({
    ...quiet,
    store,
    space: { net: choice({ kind: 'a', width: int(1, 5) }, { kind: 'b' }), lr: uniform(0, 1) },
    trials: 10,
    trainable: ({ config }) => {
      assert.throws(() => Object.assign(config, { lr: 1 }), TypeError)
      got.push(config)
      return { loss: config.net.kind === 'a' ? config.net.width : config.lr }
    },
  })
  assert.deepEqual(
    Array.from(await tuner.fit(), ({ config }) => config),
    got,
  )
  verify()
})

test('the automatic scheduler takes the length of a training from the stopper that says it, at a resume too', async () => {
  const { store, verify, events } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 12,
    scheduler: 'auto',
    stop: maxSteps({ steps: 27 }),
    executor: simulated({ workers: 4 }),
    trainable: { steps: 100, metrics: ({ x }, step) => ({ loss: x + 1 / step }) },
  })
  await tuner.fit()
  const results = await tuner.fit({ resume: true, trials: 40 })
  verify()
  const [opened] = events()
  const { scheduler } = (opened as Opened).experiment
  assert.deepEqual(scheduler, { name: 'auto', options: { maxT: 27 } })
  const decided = events().filter((event) => event.type === 'decided')
  const whole = decided.findIndex(({ action }) => action === 'complete')
  assert.ok(whole > 0, 'some were stopped before any training was complete')
  assert.ok(decided.every(({ by }) => by === 'auto'))
  for (const { state, step } of results) assert.equal(state, step === 27 ? 'completed' : 'stopped')
  assert.ok([...results].slice(12).some(({ state }) => state === 'stopped'))
})

test('where a trial has paused, others that fail alike after it are no sign that all will', async () => {
  const { store, verify } = verifiedStore()
  const results = await new Tuner({
    ...quiet,
    store,
    scheduler: asha({ type: 'promotion', maxT: 9 }),
    trials: 8,
    concurrency: 1,
    trainable: async ({ trial, config, report }) => {
      if (trial >= 1 && trial <= 4) throw new Error('broken')
      for (let step = 1; step <= 9; step++) await report({ loss: config.x + 1 / step })
    },
  }).fit()
  assert.deepEqual([results.halted, results.length], [undefined, 8])
  assert.equal(results.errors.length, 4)
  verify()
})
