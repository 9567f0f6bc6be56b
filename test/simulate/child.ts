// Runs a scenario's experiment through the SQLite store and kills its own process at a store call drawn by the test.
// Arguments: root folder, scenario seed, number of the call to die at (0: none), and whether before, within or after it.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

import { sqlite } from '../../src/store/sqlite.ts'
import type { Batch, Store } from '../../src/store/store.ts'
import { open, scenario } from './scenario.ts'
import { stateHash } from './state-hash.ts'

const [root, seedText, callText, moment] = process.argv.slice(2) as [string, string, string, string]
const fatalCall = Number(callText)
const journal = join(root, 'journal.txt')
const chosen = scenario(Number(seedText))
const { name } = chosen.experiment
const stores = sqlite({ root })
const session = { startedWallMs: 0, facts: {} }
const store = stores.exists(name) ? stores.resume(name, session) : stores.create(name, session)

let calls = 0
const fatal: Store = {
  location: store.location,
  projects: store.projects,
  read: () => store.read(),
  append(batch) {
    calls += 1
    const now = calls === fatalCall
    if (now && moment === 'before') die()
    store.append(now && moment === 'within' ? deadly(batch) : batch)
    if (now && moment === 'after') die()
  },
  close: () => store.close(),
}

const { engine } = open(
  chosen,
  fatal,
  (executor) => {
    const answer = executor.answer.bind(executor)
    const reports = new Map<string, number>()
    executor.answer = (trial, attempt, verdict) => {
      const key = `${trial} ${attempt}`
      reports.set(key, (reports.get(key) ?? 0) + 1)
      appendFileSync(journal, `answered ${trial} ${attempt}\n`)
      answer(trial, attempt, verdict)
    }
  },
  (core) => appendFileSync(journal, `state ${core.state.position} ${stateHash(core.state)}\n`),
)
await engine.run()
store.close()

function die(): never {
  process.kill(process.pid, 'SIGKILL')
  throw new Error('unreachable')
}

/** A batch whose rows kill the process when the store comes to them, in the middle of its transaction. */
function deadly(batch: Batch): Batch {
  const rows = {
    [Symbol.iterator]: die,
  }
  return { ...batch, trials: rows as unknown as Batch['trials'] }
}
