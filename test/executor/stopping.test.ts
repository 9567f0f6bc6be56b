// A trial is stopped in steps, and what it started goes with it.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { command } from '../../src/trainable/external.ts'
import type { Executor } from '../../src/executor/executor.ts'
import { runAttempt } from './attempt.ts'
import type { End } from './attempt.ts'
import { isGone, until } from './processes.ts'

const options = { skip: process.platform === 'win32' && 'processes there have no signals', timeout: 60_000 }

/** The end of a shell's script, what it wrote, and the processes whose numbers are among that. */
async function endOf(script: string, graceMs: number, reported?: (executor: Executor) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'stopping-'))
  try {
    const end: End = await runAttempt(command(['sh', '-c', script]), folder, { graceMs }, reported)
    const output = readFileSync(join(folder, 'trials', '0', 'output.log'), 'utf8')
    return { ...end, output, pids: [...output.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid)) }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Waits for what a script has started. */
const untilThere = `until [ -e "$TRIALIST_DIRECTORY/there" ]; do sleep 0.01; done`

const stop = (executor: Executor): void => executor.stop(0, 1, 'stopped')

test('what is asked to stop may end in order', options, async () => {
  const script = `trap 'echo tidy; exit 0' TERM; echo pid $$; echo loss=1; while :; do sleep 0.05; done`
  const { outcome, output, pids } = await endOf(script, 30_000, stop)
  assert.equal(outcome, 'stopped')
  assert.match(output, /tidy/)
  assert.ok(pids.length === 1 && pids.every(isGone))
})

test('what does not stop when it is asked is killed after the grace, with all that it started', options, async () => {
  const started = `(echo pid $(sh -c 'echo $PPID'); : > "$TRIALIST_DIRECTORY/there"; sleep 1000; sleep 1000) &`
  const script = `trap '' TERM; ${started} echo pid $$; ${untilThere}; echo loss=1; wait`
  const { outcome, failure, pids } = await endOf(script, 100, stop)
  assert.deepEqual([outcome, failure], ['stopped', undefined])
  assert.equal(pids.length, 2)
  await until(() => pids.every(isGone), pids.join(' '))
})

for (const [how, code, outcome] of [
  ['came to its end', 0, 'completed'],
  ['failed', 1, 'failed'],
] as const) {
  test(`what a command leaves behind that ${how} goes with it`, options, async () => {
    const left = `trap "" TERM HUP; echo pid $$; : > "$TRIALIST_DIRECTORY/there"; sleep 1000; sleep 1000`
    const script = `sh -c '${left}' & ${untilThere}; echo loss=1; exit ${code}`
    const end = await endOf(script, 30_000)
    assert.equal(end.outcome, outcome)
    assert.equal(end.pids.length, 1)
    await until(() => end.pids.every(isGone), end.pids.join(' '))
  })
}
