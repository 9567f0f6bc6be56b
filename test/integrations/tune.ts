import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

/** A folder for the logs of one test, gone after it. */
export function rootFor(context: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'trialist-integration-'))
  context.after(() => rmSync(root, { recursive: true, force: true }))
  return root
}
