// Examples in Ray Tune's words, as they stand: XGBoost and LightGBM.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { printedByExample } from '../printed.ts'

test('examples/python/ray_tune/xgboost_digits.py', (context) => {
  const output = printedByExample(context, 'xgboost_digits.py')
  assert.ok(Number(/^error (\S+) with/m.exec(output)?.[1]) < 0.2, output)
})

test('examples/python/ray_tune/lightgbm_cancer.py', (context) => {
  const output = printedByExample(context, 'lightgbm_cancer.py')
  const [, error, rounds] = /^error (\S+) of 8 trials, (\d+) rounds/m.exec(output)!.map(Number)
  assert.ok(error! < 0.1 && [5, 10, 15, 20].includes(rounds!), output)
})
