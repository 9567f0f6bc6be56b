// Event files, read back with TensorBoard's own reader.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { Tuner, bool, choice, sqlite, tensorBoard, uniform } from '../../../src/index.ts'
import { rootFor } from '../tune.ts'

interface Read {
  readonly scalars: Record<string, [number, number][]>
  readonly hparams: Record<string, unknown>
  readonly status: number | null
}

function read(folder: string): Read {
  const script = fileURLToPath(new URL('read_events.py', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.env['TRIALIST_PYTHON']!, [script, folder], { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Read
}

test('TensorBoard reads back scalars by step, hyperparameters and how trials ended', async (context) => {
  const root = rootFor(context)
  const results = await new Tuner({
    name: 'drawn',
    space: { lr: uniform(0, 1), big: bool(), model: { kind: choice('cnn', 'mlp') } },
    metric: 'loss',
    trials: 3,
    maxFailures: 1,
    seed: 5,
    trainable: async ({ config, report, trial, attempt }) => {
      for (let i = 1; i <= 200; i++) {
        await report({ loss: config.lr / i, ...(i % 2 === 0 && { 'eval/accuracy': i }) })
        if (trial === 1 && attempt === 1 && i === 150) throw new Error('again')
        if (trial === 2 && i === 20) throw new Error('always')
      }
    },
    callbacks: [tensorBoard()],
    store: sqlite({ root }),
    log: () => {},
  }).fit()
  for (const result of results) {
    const found = read(join(root, 'drawn', 'trials', String(result.trial)))
    const history = result.history()
    const wanted = (name: string): [number, number][] =>
      history.flatMap(({ step, metrics }) => {
        const value = (metrics as Record<string, number>)[name]
        return value === undefined ? [] : [[step, Math.fround(value)]]
      })
    assert.deepEqual(found.scalars, { loss: wanted('loss'), 'eval/accuracy': wanted('eval/accuracy') })
    const { lr, big, model } = result.config
    assert.deepEqual(found.hparams, { lr, big, 'model/kind': model.kind })
    assert.equal(found.status, result.trial === 2 ? 2 : 1)
  }
})
