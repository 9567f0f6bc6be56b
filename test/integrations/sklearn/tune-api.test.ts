// The tests of `trialist.tune`, which needs cloudpickle.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('experiments from Python', () => {
  const interpreter = process.env['TRIALIST_PYTHON']!
  const args = ['-m', 'unittest', 'discover', '-s', 'python/integration', '-t', 'python']
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env
  const cwd = fileURLToPath(new URL('../../..', import.meta.url))
  const { status, stderr } = spawnSync(interpreter, args, { cwd, env, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.doesNotMatch(stderr, /skipped/)
})
