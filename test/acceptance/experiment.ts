// A small experiment in a process of its own, for tests of what happens around it.
// Arguments: root folder, then options as JSON: { resume?, trials?, slowMs?, waits?, other?, payload? }.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { int, sqlite, Tuner, TrialistError, uniform } from '../../src/index.ts'

interface ScriptOptions {
  readonly resume?: boolean
  readonly trials?: number
  /** How long a trial takes. */
  readonly slowMs?: number
  /** Trials from this one on wait until there is a file `go` in the root folder. Default: none does. */
  readonly waits?: number
  /** Another space, hence another experiment. */
  readonly other?: boolean
  /** Further metrics a report, to fill the log. */
  readonly payload?: number
}

const [root, text] = process.argv.slice(2) as [string, string]
const options = JSON.parse(text) as ScriptOptions
const { resume = false, trials = 10, slowMs = 0, waits = Infinity, other = false, payload = 0 } = options
const extra = Object.fromEntries(Array.from({ length: payload }, (_, i) => [`metric${i}`, i / 7]))

const tuner = new Tuner({
  name: 'small',
  space: other ? { x: uniform(0, 1), n: int(1, 3) } : { x: uniform(0, 1) },
  metric: 'loss',
  trainable: async ({ config, report, trial, signal }) => {
    await sleep(slowMs)
    const isFree = (): boolean => trial < waits || signal.aborted || existsSync(join(root, 'go'))
    while (!isFree()) await sleep(20)
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
