import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { Tuner, int, loguniform, python, sqlite, uniform } from 'trialist'

import { rootFor } from '../tune.ts'

const file = fileURLToPath(new URL('pipeline.py', import.meta.url))

test('a pipeline is tuned in children forked from a process that imported scikit-learn once', async (context) => {
  const warnings: string[] = []
  const tuner = new Tuner({
    space: { C: loguniform(1e-2, 1e3), gamma: loguniform(1e-5, 1), components: int(5, 40) },
    metric: 'accuracy',
    mode: 'max',
    trainable: python(`${file}:train`),
    trials: 12,
    concurrency: 2,
    seed: 1,
    log: (line) => warnings.push(line),
    store: sqlite({ root: rootFor(context) }),
  })
  const results = [...(await tuner.fit())]
  const said = `${warnings.join('\n')}\n${results.map(({ failure }) => failure?.message ?? '').join('\n')}`
  assert.ok(
    results.every(({ state }) => state === 'completed'),
    said,
  )
  assert.ok(Math.max(...results.map(({ score }) => score)) > 0.87, said)
  assert.equal(new Set(results.map(({ metrics }) => metrics['imported_by'])).size, 1, said)
  assert.equal(new Set(results.map(({ metrics }) => metrics['process'])).size, 12, said)
})

test('NumPy scalars are numbers', async (context) => {
  const tuner = new Tuner({
    space: { x: uniform(0, 1) },
    metric: 'double',
    trainable: python(`${file}:scalars`),
    trials: 1,
    log: () => undefined,
    store: sqlite({ root: rootFor(context) }),
  })
  const { state, metrics, failure } = (await tuner.fit()).best
  assert.equal(state, 'completed', failure?.message)
  assert.deepEqual(
    { ...metrics },
    { double: 0.25, single: 0.5, half: 0.125, whole: 2 ** 40, byte: 200, flag: 1, array: 3.5, missing: Number.NaN },
  )
})

test('an array of several numbers is refused by the name of its metric', async (context) => {
  const tuner = new Tuner({
    space: { x: uniform(0, 1) },
    metric: 'accuracy',
    trainable: python(`${file}:vector`),
    trials: 1,
    log: () => undefined,
    store: sqlite({ root: rootFor(context) }),
  })
  const [trial] = [...(await tuner.fit())]
  assert.equal(trial!.state, 'failed')
  assert.match(trial!.failure!.message, /accuracy/)
})

for (const cpus of [1, 2]) {
  test(`numeric libraries use as many threads as the trial has CPUs: ${cpus}`, async (context) => {
    const tuner = new Tuner({
      space: { x: uniform(0, 1) },
      metric: 'threads',
      trainable: python(`${file}:threads`),
      trials: 1,
      resources: { cpus },
      log: () => undefined,
      store: sqlite({ root: rootFor(context) }),
    })
    const { score, failure } = (await tuner.fit()).at(0)
    assert.equal(score, cpus, failure?.message)
  })
}
