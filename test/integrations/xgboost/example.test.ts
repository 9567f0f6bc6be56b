// Examples in Ray Tune's words, as they stand: XGBoost and LightGBM.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { rootFor } from '../tune.ts'

function printed(context: TestContext, example: string): string {
  const script = fileURLToPath(new URL(`../../../examples/python/ray_tune/${example}`, import.meta.url))
  const packageFolder = fileURLToPath(new URL('../../../python', import.meta.url))
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env
  const options = { cwd: rootFor(context), env: { ...env, PYTHONPATH: packageFolder }, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(process.env['TRIALIST_PYTHON']!, [script], options)
  assert.equal(status, 0, stderr)
  return stdout
}

test('examples/python/ray_tune/xgboost_digits.py', (context) => {
  assert.match(printed(context, 'xgboost_digits.py'), /error 0\.[01]/s)
})

test('examples/python/ray_tune/lightgbm_cancer.py', (context) => {
  assert.match(printed(context, 'lightgbm_cancer.py'), /error 0\.0\d+ of 8 trials, (5|10|15|20) rounds/s)
})
