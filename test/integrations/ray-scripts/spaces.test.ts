import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('spaces in the words of Optuna and HyperOpt', () => {
  const { NODE_TEST_CONTEXT: _context, ...rest } = process.env
  const env = { ...rest, PYTHONPATH: fileURLToPath(new URL('../../../python', import.meta.url)) }
  const script = join(import.meta.dirname, 'test_spaces.py')
  const { status, stderr } = spawnSync(process.env['TRIALIST_PYTHON']!, [script], { env, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
})
