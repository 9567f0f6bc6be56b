// A small experiment in a process of its own, for tests of what happens around it.
// Arguments: root folder, then options as JSON: { resume?, trials?, slowMs?, dimensions?, payload? }.
import { setTimeout as sleep } from 'node:timers/promises'

import { int, sqlite, Tuner, TrialistError, uniform } from '../../src/index.ts'

interface ScriptOptions {
  readonly resume?: boolean
  readonly trials?: number
  /** How long a trial takes. */
  readonly slowMs?: number
  /** Another space, hence another experiment. */
  readonly other?: boolean
  /** Further metrics a report, to fill the log. */
  readonly payload?: number
}

const [root, text] = process.argv.slice(2) as [string, string]
const { resume = false, trials = 10, slowMs = 0, other = false, payload = 0 } = JSON.parse(text) as ScriptOptions
const extra = Object.fromEntries(Array.from({ length: payload }, (_, i) => [`metric${i}`, i / 7]))

const tuner = new Tuner({
  name: 'small',
  space: other ? { x: uniform(0, 1), n: int(1, 3) } : { x: uniform(0, 1) },
  metric: 'loss',
  trainable: async ({ config, report }) => {
    await sleep(slowMs)
    await report({ loss: config.x, ...extra })
  },
  trials,
  concurrency: 2,
  seed: 1,
  store: sqlite({ root }),
})
try {
  const results = await tuner.fit({ resume })
  process.stdout.write(`done ${results.length} ${results.end}\n`)
} catch (fault) {
  if (!(fault instanceof TrialistError)) throw fault
  process.stdout.write(`${fault.code}: ${fault.message}\n`)
  process.exitCode = 2
}
