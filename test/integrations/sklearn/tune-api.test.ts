// The tests of `trialist.tune`, which needs cloudpickle.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const cwd = fileURLToPath(new URL('../../../python', import.meta.url))

// One of them watches for a minute: others go on meanwhile.
describe('experiments from Python', { concurrency: 2 }, () => {
  for (const file of globSync('integration/test_*.py', { cwd }).toSorted()) {
    test(file, async () => {
      const { NODE_TEST_CONTEXT: _context, ...env } = process.env
      const args = ['-m', 'unittest', `integration.${basename(file, '.py')}`]
      const child = spawn(process.env['TRIALIST_PYTHON']!, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
      const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
      assert.equal(code, 0, stderr)
      assert.match(stderr, /Ran [1-9]/)
      assert.doesNotMatch(stderr, /skipped/)
    })
  }
})
