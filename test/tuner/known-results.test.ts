// Results from elsewhere: trials that are complete without having run.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  asha,
  auto,
  experimentPlateau,
  gridSearch,
  int,
  random,
  sobol,
  sqlite,
  Study,
  tpe,
  Tuner,
  uniform,
} from '../../src/index.ts'
import { inFolder } from '../acceptance/run.ts'
import { verifiedFolder, verifiedStore } from './verified.ts'

const quiet = { name: 'test', metric: 'loss', seed: 1, log: () => {} } as const

test('known results are the first trials: never run, not counted in the total, marked, and the best may be one', async () => {
  await inFolder(async (root) => {
    const { store, verify } = verifiedFolder(root)
    const space = { x: uniform(0, 1, { default: 0.5 }) }
    const knownResults = [
      { config: { x: 0.3 }, metrics: { loss: 0.01, ms: 7 } },
      { config: { x: 0.5 }, metrics: { loss: 3 } },
    ]
    const ran: number[] = []
    const told: [number, boolean][] = []
    const started: number[] = []
    const options = {
      ...quiet,
      space,
      knownResults,
      trials: 4,
      concurrency: 1,
      callbacks: [
        {
          onTrialEnd: ({ trial, known }) => void told.push([trial, known]),
          onTrialStart: ({ trial }) => void started.push(trial),
        },
      ],
      trainable: async ({ config: { x } }) => {
        ran.push(x)
        return { loss: 1 + x }
      },
    } satisfies Omit<ConstructorParameters<typeof Tuner<typeof space, 'loss'>>[0], 'store'>
    const results = await new Tuner({ ...options, store }).fit()
    assert.equal(results.length, 6)
    assert.equal(ran.length, 4)
    assert.ok(!ran.includes(0.5), 'the default is known')
    assert.deepEqual(
      told,
      [0, 1, 2, 3, 4, 5].map((trial) => [trial, trial < 2]),
    )
    assert.deepEqual(started, [2, 3, 4, 5])
    const [first] = results
    assert.deepEqual([first!.known, first!.state, first!.config.x, first!.score], [true, 'completed', 0.3, 0.01])
    assert.deepEqual(first!.metrics, { loss: 0.01, ms: 7 })
    assert.deepEqual([results.best.trial, results.at(2).known, results.table()[2]!['known']], [0, false, false])
    verify()
    const more = await new Tuner({ ...options, store: sqlite({ root }) }).fit({ resume: true, trials: 6 })
    assert.deepEqual([more.length, ran.length], [8, 6])
    verify()
  })
})

test('no searcher proposes a known configuration of a finite space again, and all learn that it is there', async () => {
  for (const searcher of [random(), sobol(), tpe(), gridSearch(), auto()]) {
    const { store, verify, events } = verifiedStore()
    const tuner = new Tuner({
      ...quiet,
      space: { n: int(1, 6) },
      searcher,
      store,
      knownResults: [
        { config: { n: 2 }, metrics: { loss: 4 } },
        { config: { n: 5 }, metrics: { loss: 5 } },
      ],
      trials: 50,
      trainable: async ({ config: { n } }) => ({ loss: n }),
    })
    const results = await tuner.fit()
    assert.deepEqual(
      [...results].map(({ config }) => config.n).toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6],
      searcher.name,
    )
    verify()
    assert.ok(events().some(({ type }) => type === 'exhausted'))
  }
})

test('a study has its known results before anything is asked for', () => {
  const knownResults = [{ config: { x: 0.25 }, metrics: { loss: 2 } }]
  const study = new Study({ space: { x: uniform(0, 1) }, metric: 'loss', seed: 1, knownResults })
  assert.equal(study.best.config.x, 0.25)
  const asked = study.ask()
  assert.equal(asked.trial, 1)
  study.tell(asked, { loss: 3 })
  assert.equal(study.best.trial, 0)
})

test('failures at the start are seen in spite of known results', async () => {
  const { store } = verifiedStore()
  const results = await new Tuner({
    ...quiet,
    space: { x: uniform(0, 1) },
    store,
    concurrency: 1,
    knownResults: [{ config: { x: 0.25 }, metrics: { loss: 2 } }],
    trainable: async () => {
      throw new Error('always')
    },
  }).fit()
  assert.equal(results.halted?.by, 'failures')
  assert.equal(results.best.known, true)
})

test('wrong known results are refused by name', () => {
  const study = (known: object) => () =>
    new Study({
      space: { x: uniform(0, 1) },
      metric: 'loss',
      outcomeConstraints: [{ metric: 'ms', max: 1 }],
      searcher: 'random',
      knownResults: [known as never],
    })
  assert.throws(study({ config: { x: 2 }, metrics: { loss: 1, ms: 1 } }), { code: 'invalid_config' })
  assert.throws(study({ config: { x: 1 }, metrics: { loss: 1 } }), /knownResults\[0\]: ms/)
  assert.throws(study({ config: { x: 1 }, metrics: { ms: 1 } }), /knownResults\[0\]: loss/)
  assert.throws(study({ config: { x: 1 }, metrics: { loss: NaN, ms: 1 } }), /a finite number/)
  assert.throws(study({ config: { x: 1 }, metrics: { loss: 1, ms: 1 }, score: 1 }), { code: 'unknown_option' })
})

test('schedulers and stoppers do not take a known result for a training that ran', async () => {
  const { store, verify } = verifiedStore()
  const knownResults = Array.from({ length: 6 }, (_, i) => ({ config: { x: i / 10 }, metrics: { loss: i / 1_000 } }))
  const results = await new Tuner({
    ...quiet,
    space: { x: uniform(0, 1) },
    store,
    knownResults,
    scheduler: asha({ maxT: 3, graceT: 1, eta: 3 }),
    stop: experimentPlateau({ top: 2, patience: 1, deviation: 0.1 }),
    trials: 2,
    concurrency: 1,
    trainable: async ({ report }) => {
      for (let step = 1; step <= 3; step++) await report({ loss: 1 / step })
    },
  }).fit()
  assert.deepEqual(
    [...results].slice(6).map(({ state, step }) => [state, step]),
    [
      ['completed', 3],
      ['completed', 3],
    ],
  )
  verify()
})
