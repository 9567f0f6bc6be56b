// An example in Ray Tune's words, as it stands.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { printedByExample } from '../printed.ts'

test('examples/python/ray_tune/torch_cnn.py', (context) => {
  const output = printedByExample(context, 'torch_cnn.py')
  const [asha, pbt] = [...output.matchAll(/^(?:ASHA|PBT): (\S+)/gm)].map(([, accuracy]) => Number(accuracy))
  assert.ok(asha! > 0.8 && pbt! > 0.8, output)
})
