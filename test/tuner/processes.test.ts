// What an experiment promises to whoever starts, stops and resumes its process.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

import { inFolder, runTrialist, until } from '../acceptance/run.ts'

const script = fileURLToPath(new URL('child.ts', import.meta.url))
const { NODE_TEST_CONTEXT: _context, npm_lifecycle_event: _script, ...inherited } = process.env

interface Child {
  readonly pid: number
  readonly said: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  /** The exit code, or the signal that ended it. */
  readonly end: Promise<number | string>
}

function start(root: string, options: object, env: Record<string, string> = {}, shell: string = ''): Child {
  const words = [process.execPath, script, root, JSON.stringify(options)]
  const child = spawn('bash', ['-c', `${shell} exec "$@"`, 'bash', ...words], { env: { ...inherited, ...env } })
  let text = ''
  child.stdout.on('data', (chunk) => (text += String(chunk)))
  child.stderr.on('data', (chunk) => (text += String(chunk)))
  const end = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | string)
  return { pid: child.pid!, said: () => text, kill: (signal) => void child.kill(signal), end }
}

/** Goes on with the experiment to its end, and checks that its log follows from itself. */
async function resumesAndVerifies(root: string, options: object, trials: number): Promise<void> {
  const again = start(root, options, { TRIALIST_RESUME: 'small' })
  assert.equal(await again.end, 0, again.said())
  assert.match(again.said(), new RegExp(`done ${trials} finished`))
  const verified = runTrialist('verify', 'small', '--root', root)
  assert.equal(verified.status, 0, verified.output + verified.notes)
}

test('TRIALIST_RESUME goes on with an experiment, TRIALIST_TRIALS sets its total', async () => {
  await inFolder(async (root) => {
    const first = start(root, { trials: 3 })
    assert.equal(await first.end, 0, first.said())
    assert.match(first.said(), /done 3 finished/)
    const more = start(root, { trials: 3 }, { TRIALIST_RESUME: 'small', TRIALIST_TRIALS: '5' })
    assert.equal(await more.end, 0, more.said())
    assert.match(more.said(), /Resuming small[\s\S]*trial 3 starts[\s\S]*trial 4 starts[\s\S]*done 5 finished/)
    assert.doesNotMatch(more.said(), /trial [0-2] starts/)
    const wrong = start(root, {}, { TRIALIST_RESUME: 'small', TRIALIST_TRIALS: 'many' })
    assert.equal(await wrong.end, 1)
    assert.match(wrong.said(), /TRIALIST_TRIALS: expected a whole number of at least 1, received NaN/)
    await resumesAndVerifies(root, { trials: 7 }, 7)
  })
})

test('a second signal ends the process at once, whatever its trials do', { timeout: 60_000 }, async () => {
  await inFolder(async (root) => {
    const first = start(root, { trials: 4, slowMs: 600_000 })
    await until(() => first.said().includes('trial 1 starts'), first.said)
    first.kill('SIGINT')
    await until(() => first.said().includes('Once more to stop at once'), first.said)
    first.kill('SIGINT')
    assert.equal(await first.end, 130, first.said())
    assert.match(first.said(), /Resume with: TRIALIST_RESUME=small[\s\S]*done 2 interrupted/)
    await resumesAndVerifies(root, { trials: 4 }, 4)
  })
})

test('trials that do not stop within the grace are abandoned', { timeout: 60_000 }, async () => {
  await inFolder(async (root) => {
    const first = start(root, { trials: 4, slowMs: 600_000, grace: 0.2 })
    await until(() => first.said().includes('trial 1 starts'), first.said)
    first.kill('SIGTERM')
    assert.equal(await first.end, 143, first.said())
    assert.match(first.said(), /SIGTERM: stopping small[\s\S]*done 2 interrupted/)
    await resumesAndVerifies(root, { trials: 4 }, 4)
  })
})

test('interrupted while the disk is full, it stops as soon as there is space', { timeout: 120_000 }, async () => {
  await inFolder(async (root) => {
    const options = { trials: 400, payload: 200, slowMs: 1 }
    const first = start(root, options, {}, 'ulimit -S -f 700;')
    await until(() => first.said().includes('no space'), first.said)
    first.kill('SIGINT')
    await until(() => first.said().includes('Once more to stop at once'), first.said)
    execFileSync('prlimit', ['--pid', String(first.pid), '--fsize=unlimited'])
    assert.equal(await first.end, 130, first.said())
    const done = Number(/done (\d+) interrupted/.exec(first.said())![1])
    assert.ok(done < 400, String(done))
    await resumesAndVerifies(root, options, 400)
  })
})
