// Keras on TensorFlow: the example in Ray Tune's words as it stands, and the callback's hooks.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { rootFor } from '../tune.ts'

function printed(context: TestContext, path: string): string {
  const script = fileURLToPath(new URL(path, import.meta.url))
  const packageFolder = fileURLToPath(new URL('../../../python', import.meta.url))
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env
  const options = { cwd: rootFor(context), env: { ...env, PYTHONPATH: packageFolder }, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(process.env['TRIALIST_PYTHON']!, [script], options)
  assert.equal(status, 0, stderr)
  return stdout
}

test('examples/python/ray_tune/keras_digits.py', (context) => {
  const output = printed(context, '../../../examples/python/ray_tune/keras_digits.py')
  const [, best, model] = /ASHA: (0\.\d+).*its model: (0\.\d+).*PBT: 0\.[89]\d+ after 6 epochs/s.exec(output)!
  assert.ok(Number(best) > 0.8, output)
  assert.equal(model, best)
})

test('Keras’s hooks report and save as they are told to, and an unknown one is refused', (context) => {
  const output = printed(context, 'hooks.py')
  const found = JSON.parse(output.trim().split('\n').at(-1)!) as {
    readonly refused: string
    readonly same: boolean
    readonly end: [loss: number, error: number][]
    readonly weights: number[][]
    readonly batches: number
    readonly without: boolean
  }
  assert.match(found.refused, /no hook 'epoch_over'.*epoch_end/)
  assert.ok(found.same)
  // Three epochs and the end of the training, whose report brings the checkpoint.
  assert.equal(found.end.length, 4)
  assert.ok(found.end.flat().every((value) => Number.isFinite(value)))
  assert.ok(found.end[2]![0] < found.end[0]![0])
  assert.deepEqual(found.weights, [[2, 1], [1]])
  assert.equal(found.batches, 3 * 4)
  assert.ok(found.without)
})
