// An example in Ray Tune's words, as it stands.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { printedByExample } from '../printed.ts'

test('examples/python/ray_tune/sklearn_svm.py', (context) => {
  const output = printedByExample(context, 'sklearn_svm.py')
  assert.ok(Number(/^accuracy (\S+) with/m.exec(output)?.[1]) > 0.9, output)
})
