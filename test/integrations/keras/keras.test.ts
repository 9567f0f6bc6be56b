// Keras on TensorFlow: the example in Ray Tune's words as it stands, and the callback's hooks.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { printed, printedByExample } from '../printed.ts'

test('examples/python/ray_tune/keras_digits.py', (context) => {
  const output = printedByExample(context, 'keras_digits.py')
  const [, best, model, pbt] = /^ASHA: (\S+) .*^its model: (\S+)$.*^PBT: (\S+) after 6 epochs$/ms.exec(output)!
  assert.ok(Number(best) > 0.8 && Number(pbt) > 0.8, output)
  assert.equal(model, best)
})

test('Keras’s hooks report and save as they are told to, and an unknown one is refused', (context) => {
  const output = printed(context, new URL('hooks.py', import.meta.url))
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
