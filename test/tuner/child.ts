// An experiment in a process of its own that leaves resuming to the environment.
// Arguments: root folder, then options as JSON: { trials?, slowMs?, grace?, payload? }.
import { setTimeout as sleep } from 'node:timers/promises'

import { sqlite, Tuner, uniform } from '../../src/index.ts'

interface ChildOptions {
  readonly trials?: number
  /** How long a trial takes; it listens to nothing meanwhile. */
  readonly slowMs?: number
  /** Seconds. */
  readonly grace?: number
  /** Further metrics a report, to fill the log. */
  readonly payload?: number
}

const [root, text] = process.argv.slice(2) as [string, string]
const { trials = 10, slowMs = 0, grace = 25, payload = 0 } = JSON.parse(text) as ChildOptions
const extra = Object.fromEntries(Array.from({ length: payload }, (_, i) => [`metric${i}`, i / 7]))

const tuner = new Tuner({
  name: 'small',
  space: { x: uniform(0, 1) },
  metric: 'loss',
  trainable: async ({ config, report, trial }) => {
    process.stdout.write(`trial ${trial} starts\n`)
    await sleep(slowMs)
    await report({ loss: config.x, ...extra })
  },
  trials,
  concurrency: 2,
  seed: 1,
  terminationGrace: grace,
  store: sqlite({ root }),
})
const results = await tuner.fit()
process.stdout.write(`done ${results.length} ${results.end}\n`)
