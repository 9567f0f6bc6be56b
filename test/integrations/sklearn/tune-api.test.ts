// The tests of `trialist.tune`, which needs cloudpickle.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const cwd = fileURLToPath(new URL('../../../python', import.meta.url))

for (const file of globSync('integration/test_*.py', { cwd }).toSorted()) {
  test(`experiments from Python: ${file}`, () => {
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env
    const args = ['-m', 'unittest', `integration.${basename(file, '.py')}`]
    const { status, stderr } = spawnSync(process.env['TRIALIST_PYTHON']!, args, { cwd, env, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.match(stderr, /Ran [1-9]/)
    assert.doesNotMatch(stderr, /skipped/)
  })
}
