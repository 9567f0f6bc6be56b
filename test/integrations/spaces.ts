import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import type { EngineName } from '../../src/index.ts'

/** All parameters of `tune` through Python, by the searcher of a library. */
export function testSpaces(name: EngineName): void {
  test(`${name}: spaces of Python`, () => {
    const { NODE_TEST_CONTEXT: _context, ...rest } = process.env
    const env = { ...rest, PYTHONPATH: fileURLToPath(new URL('../../python', import.meta.url)) }
    const script = join(import.meta.dirname, 'spaces.py')
    const { status, stderr } = spawnSync(process.env['TRIALIST_PYTHON']!, [script, name], { env, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.match(stderr, /Ran [1-9]/)
  })
}
