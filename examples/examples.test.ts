// Every example runs as its reader would run it, against the built package.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('a conditional space', () => {
  const { output } = run('conditional-space.ts')
  const error = Number(/^error (\S+) with/m.exec(output)?.[1])
  assert.ok(error < 0.25, output)
})

test('a noisy objective: near the optimum with less than all measurements', () => {
  const { output } = run('noisy-objective.ts')
  const [, x, y] = /x = (\S+), y = (\S+),/.exec(output)!.map(Number)
  assert.ok(Math.hypot(x! - 1, y! + 2) < 1.5, output)
  const [, measured, all] = /^(\d+) measurements instead of (\d+)/m.exec(output)!.map(Number)
  assert.ok(measured! < 0.8 * all!, output)
})

test('the digits: tuned beats the defaults on images that the tuner never saw', () => {
  const { output, notes } = run('digits.ts')
  const [, defaults] = /defaults\s+(\S+) %/.exec(output)!.map(Number)
  const [, tuned] = /tuned\s+(\S+) %/.exec(output)!.map(Number)
  assert.ok(tuned! > 95 && tuned! > defaults! + 5, output)
  assert.match(notes, /Resume with: TRIALIST_RESUME=digits-\w+ node .*digits\.ts/)
  assert.match(output, /the log: \.trialist\/digits-\w+\/log\.db/)
})

function run(example: string): { output: string; notes: string } {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-example-'))
  const { NODE_TEST_CONTEXT: _context, npm_lifecycle_event: _script, ...env } = process.env
  try {
    const script = fileURLToPath(new URL(example, import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd: folder, env, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    return { output: stdout, notes: stderr }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
