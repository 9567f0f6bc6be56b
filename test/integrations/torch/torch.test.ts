import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { join } from 'node:path'

import { Tuner, logint, loguniform, python, sqlite } from 'trialist'
import type { Result } from 'trialist'

import { rootFor } from '../tune.ts'

interface Run {
  readonly results: readonly Result[]
  readonly said: string
}

test('a network is trained in children forked from a process that imported torch once', async (context) => {
  const { results, said } = await tuned(context, 'network.py:train', { trials: 6 })
  assert.deepEqual(
    results.map(({ state }) => state),
    Array(6).fill('completed'),
    said,
  )
  for (const trial of results) {
    const losses = trial.history().map(({ metrics }) => metrics['loss']!)
    assert.equal(losses.length, 40)
    assert.ok(losses.at(-1)! < losses[0]!, `${losses[0]} to ${losses.at(-1)}`)
  }
  assert.equal(new Set(results.map(({ metrics }) => metrics['imported_by'])).size, 1, said)
  assert.equal(new Set(results.map(({ metrics }) => metrics['process'])).size, 6, said)
})

test('tensors of one element are numbers', async (context) => {
  const { results, said } = await tuned(context, 'network.py:scalars', { trials: 1 })
  assert.equal(results[0]!.state, 'completed', said)
  assert.deepEqual({ ...results[0]!.metrics }, { loss: 0.25, half: 0.5, whole: 7, flag: 1 })
})

for (const cpus of [1, 2]) {
  test(`torch uses as many threads as the trial has CPUs: ${cpus}`, async (context) => {
    const { results, said } = await tuned(context, 'network.py:threads', { trials: 1, cpus })
    assert.equal(results[0]!.score, cpus, said)
  })
}

test('after a multi-threaded kernel at import each trial is a process of its own, and the reason is told once', async (context) => {
  const { results, said } = await tuned(context, 'unsafe.py:train', { trials: 4 })
  assert.deepEqual(
    results.map(({ state, score }) => [state, score]),
    Array.from({ length: 4 }, () => ['completed', 1]),
    said,
  )
  for (const { metrics } of results) assert.equal(metrics['imported_by'], metrics['process'])
  assert.equal([...said.matchAll(/^.*\bthreads?\b.*$/gm)].length, 1, said)
})

async function tuned(context: TestContext, target: string, run: { trials: number; cpus?: number }): Promise<Run> {
  const lines: string[] = []
  const tuner = new Tuner({
    space: { lr: loguniform(1e-3, 1e-1), width: logint(4, 64) },
    metric: 'loss',
    trainable: python(join(import.meta.dirname, target)),
    trials: run.trials,
    concurrency: 2,
    seed: 1,
    resources: { cpus: run.cpus ?? 1 },
    log: (line) => lines.push(line),
    store: sqlite({ root: rootFor(context) }),
  })
  const results = [...(await tuner.fit())]
  const failures = results.map(({ failure }) => failure?.message).filter(Boolean)
  return { results, said: [...lines, ...failures].join('\n') }
}
