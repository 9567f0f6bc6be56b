// Configurations that run several times.
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import {
  asha,
  auto,
  bool,
  gridSearch,
  int,
  memory,
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

test('each configuration runs so often, with random numbers of its own, and the best mean is the best', async () => {
  await inFolder(async (root) => {
    const { store, verify } = verifiedFolder(root)
    const draws = new Set<number>()
    const scores = [5, 0, 4, /**/ 2, 2, 2.5, /**/ 9, 1, 9, /**/ 0.5]
    const tuner = new Tuner({
      ...quiet,
      space: { x: uniform(0, 1, { default: 0.1 }) },
      initialConfigs: [{ x: 0.7 }],
      store,
      repeats: 3,
      trials: 10,
      concurrency: 2,
      trainable: async ({ trial, random: source }) => {
        draws.add(source.float())
        return { loss: scores[trial]! }
      },
    })
    const results = await tuner.fit()
    const xs = [...results].map(({ config }) => config.x)
    assert.deepEqual(xs.slice(0, 6), [0.7, 0.7, 0.7, 0.1, 0.1, 0.1])
    assert.equal(new Set(xs.slice(6, 9)).size, 1)
    assert.equal(draws.size, 10)
    const { best } = results
    assert.deepEqual([best.trial, best.config.x, best.repeats!.trials], [3, 0.1, [3, 4, 5]])
    assert.ok(Math.abs(best.repeats!.mean - 6.5 / 3) < 1e-12)
    assert.ok(Math.abs(best.repeats!.standardError - 1 / 6) < 1e-12)
    assert.deepEqual(results.at(9).repeats!.trials, [9])
    assert.ok(Number.isNaN(results.at(9).repeats!.standardError))
    verify()
  })
})

test('every searcher tries out a finite space, each configuration so often; what failed is left out of its mean', async () => {
  for (const searcher of [random(), sobol(), tpe(), gridSearch(), auto()]) {
    const { store, verify } = verifiedStore()
    const tuner = new Tuner({
      ...quiet,
      space: { n: int(1, 5), b: bool() },
      searcher,
      store,
      repeats: 2,
      concurrency: 3,
      trials: 50,
      knownResults: [{ config: { n: 3, b: true }, metrics: { loss: 9 } }],
      trainable: async ({ config: { n }, trial }) => {
        if (trial % 4 === 1) throw new Error(`a test ${String.fromCharCode(97 + trial)}`)
        return { loss: n + trial / 100 }
      },
    })
    const results = await tuner.fit()
    const counts = new Map<string, number>()
    for (const { config } of results) counts.set(JSON.stringify(config), (counts.get(JSON.stringify(config)) ?? 0) + 1)
    assert.equal(counts.size, 10, searcher.name)
    assert.deepEqual(
      [...counts.values()].toSorted((a, b) => a - b),
      [1, ...Array<number>(9).fill(2)],
    )
    assert.equal(results.best.config.n, 1)
    assert.equal(results.best.repeats!.trials.length, 1)
    verify()
  }
})

test('a noisy search finds what is best on average, with trials stopped early and many at once', async () => {
  const tuner = new Tuner({
    ...quiet,
    space: { x: uniform(0, 1) },
    store: memory(),
    searcher: tpe(),
    scheduler: asha({ maxT: 4, graceT: 1 }),
    noisy: true,
    repeats: 4,
    trials: 160,
    concurrency: 8,
    trainable: async ({ config: { x }, report, random: source }) => {
      for (let step = 1; step <= 4; step++) await report({ loss: (x - 0.6) ** 2 + 0.2 * source.normal() + 1 / step })
    },
  })
  const { best } = await tuner.fit()
  assert.ok(Math.abs(best.config.x - 0.6) < 0.2, String(best.config.x))
})

test('ask and tell: repetitions are asked for one by one', () => {
  const study = new Study({ space: { x: uniform(0, 1) }, metric: 'loss', seed: 3, repeats: 2, searcher: tpe() })
  const [a, b, c] = study.ask(3)
  assert.deepEqual(a!.config, b!.config)
  assert.notDeepEqual(b!.config, c!.config)
  const d = study.ask()
  assert.deepEqual(c!.config, d.config)
  for (const [trial, loss] of [
    [a!, 1],
    [b!, 9],
    [c!, 4],
    [d, 4],
  ] as const)
    study.tell(trial, { loss })
  assert.equal(study.best.repeats?.mean, 4)
  assert.throws(() => new Study({ space: {}, metric: 'loss', repeats: 0 }), /repeats/)
})

test('the best checkpoint of the best trial of the best mean is kept', async () => {
  await inFolder(async (root) => {
    const best = [5, 1, /**/ 3, 2, /**/ 0.5, 9]
    const results = await new Tuner({
      ...quiet,
      space: { n: int(1, 3) },
      store: sqlite({ root }),
      searcher: gridSearch(),
      repeats: 2,
      concurrency: 1,
      trainable: async ({ trial, report }) => {
        const checkpoint = mkdtempSync(join(root, 'saved-'))
        for (const more of [1, 0, 2]) await report({ loss: best[trial]! + more }, { checkpoint })
      },
      score: 'best',
    }).fit()
    assert.deepEqual([results.best.trial, results.best.repeats!.mean], [3, 2.5])
    assert.deepEqual([results.best.bestCheckpoint()?.step, results.best.checkpoint?.step], [2, 3])
    assert.equal(results.at(5).bestCheckpoint()?.step, 3, 'of one that can not lead the newest alone is kept')
  })
})

test('one configuration that fails each time does not stop the experiment; three do', async () => {
  const options = {
    ...quiet,
    space: { n: int(1, 9) },
    repeats: 3,
    concurrency: 1,
    trials: 30,
    searcher: gridSearch(),
  } as const
  const one = await new Tuner({
    ...options,
    store: memory(),
    trainable: async ({ trial, config }) => {
      if (trial < 3) throw new Error('the first one')
      return { loss: config.n }
    },
  }).fit()
  assert.deepEqual([one.errors.length, one.halted], [3, undefined])
  const fails = async (): Promise<{ loss: number }> => {
    throw new Error('all')
  }
  const all = await new Tuner({ ...options, store: memory(), trainable: fails }).fit()
  assert.deepEqual([all.length, all.halted?.by], [9, 'failures'])
})
