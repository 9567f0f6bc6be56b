// The Python process that an engine searches with dies; the engine itself dies: the experiment goes on as if neither had.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { engine, memory } from '../../../src/index.ts'
import { configsOf } from '../engines.ts'
import { engineProcesses, signalEngines } from '../processes.ts'
import { rootFor } from '../tune.ts'

const searcher = (): ReturnType<typeof engine> => engine('optuna', { options: { n_startup_trials: 4 } })
const trials = 14

test('a Python process that is killed while nobody asks it is started anew and told all', async () => {
  const whole = await configsOf({ searcher: searcher(), trials, store: memory() })
  let killed = 0
  const during = (trial: number): void => {
    if (trial === 6 || trial === 9) killed += signalEngines(process.pid, 'SIGKILL')
  }
  assert.deepEqual(await configsOf({ searcher: searcher(), trials, store: memory(), during }), whole)
  assert.ok(killed >= 2, `${killed} processes were killed`)
})

test('one that is killed while it is asked is asked once more', async () => {
  const whole = await configsOf({ searcher: searcher(), trials, store: memory() })
  const killed: Promise<number>[] = []
  const during = (trial: number): void => {
    if (trial !== 6 && trial !== 9) return
    // Held, it can't answer what it is asked next.
    signalEngines(process.pid, 'SIGSTOP')
    killed.push(sleep(300).then(() => signalEngines(process.pid, 'SIGKILL')))
  }
  assert.deepEqual(await configsOf({ searcher: searcher(), trials, store: memory(), during }), whole)
  for (const count of await Promise.all(killed)) assert.ok(count >= 1, 'there was no process to kill')
})

test('one that is killed each time is one clear error, and the experiment can be resumed', async (context) => {
  const whole = await configsOf({ searcher: searcher(), trials, store: memory() })
  const store = memory()
  let timer: NodeJS.Timeout | undefined
  context.after(() => clearInterval(timer))
  const during = (trial: number): void => {
    if (trial === 6) timer = setInterval(() => signalEngines(process.pid, 'SIGKILL'), 20)
  }
  await assert.rejects(configsOf({ searcher: searcher(), trials, store, during }), {
    code: 'plugin',
    message: /the engine optuna: its Python process ended \(SIGKILL\)/,
  })
  clearInterval(timer)
  assert.deepEqual(await configsOf({ searcher: searcher(), trials, store, resume: true }), whole)
})

/** Runs the experiment in a process of its own, which is killed when trial `killAt` begins; answers its configurations, if it ends. */
async function runIn(root: string, killAt: number = Infinity): Promise<string | undefined> {
  const script = fileURLToPath(new URL('experiment.ts', import.meta.url))
  const child = spawn(process.execPath, [script], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let found: string | undefined
  for await (const line of createInterface(child.stdout)) {
    if (line === `trial ${killAt}`) {
      const left = engineProcesses(child.pid!)
      child.kill('SIGKILL')
      await gone(left)
    }
    if (line.startsWith('[')) found = line
  }
  await closed
  return found
}

/** Processes whose engine is dead end by themselves. */
async function gone(pids: readonly number[]): Promise<void> {
  assert.ok(pids.length > 0, 'no Python process was there')
  for (const pid of pids) {
    while (isThere(pid)) await sleep(20)
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('an engine that is killed and resumed tries what one does that lived on, and leaves no process behind', async (context: TestContext) => {
  const whole = await runIn(rootFor(context))
  const root = rootFor(context)
  assert.equal(await runIn(root, 5), undefined)
  assert.equal(await runIn(root, 11), undefined)
  assert.equal(await runIn(root), whole)
  assert.equal(JSON.parse(whole!).length, 14)
})
