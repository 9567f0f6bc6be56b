import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

import { rootFor } from './tune.ts'

const packageFolder = fileURLToPath(new URL('../../python', import.meta.url))
const examples = new URL('../../examples/python/ray_tune/', import.meta.url)

/** What a Python script prints, run to its end in a folder of its own with this checkout's package. */
export function printed(context: TestContext, script: URL): string {
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env
  const options = { cwd: rootFor(context), env: { ...env, PYTHONPATH: packageFolder }, encoding: 'utf8' } as const
  const { status, stdout, stderr } = spawnSync(process.env['TRIALIST_PYTHON']!, [fileURLToPath(script)], options)
  assert.equal(status, 0, stderr)
  return stdout
}

/** What an example in Ray Tune's words prints, as it stands. */
export function printedByExample(context: TestContext, name: string): string {
  return printed(context, new URL(name, examples))
}
