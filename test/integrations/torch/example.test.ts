// An example in Ray Tune's words, as it stands.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { rootFor } from '../tune.ts'

test('examples/python/ray_tune/torch_cnn.py', (context) => {
  const script = fileURLToPath(new URL('../../../examples/python/ray_tune/torch_cnn.py', import.meta.url))
  const packageFolder = fileURLToPath(new URL('../../../python', import.meta.url))
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env
  const options = { cwd: rootFor(context), env: { ...env, PYTHONPATH: packageFolder }, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(process.env['TRIALIST_PYTHON']!, [script], options)
  assert.equal(status, 0, stderr)
  assert.match(stdout, /ASHA: 0\.[89].*PBT: 0\.[89]/s)
})
