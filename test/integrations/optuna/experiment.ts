/** An experiment of 14 trials in this folder, gone on with where it was begun: prints each trial, and all configurations at its end. */
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { Tuner, engine } from '../../../src/index.ts'
import { lossAt, space } from '../engines.ts'

const tuner = new Tuner({
  name: 'killed',
  space,
  metric: 'loss',
  trials: 14,
  concurrency: 1,
  seed: 3,
  searcher: engine('optuna', { options: { n_startup_trials: 4 } }),
  log: () => {},
  trainable: async ({ config, trial }) => {
    process.stdout.write(`trial ${trial}\n`)
    // Time to be killed in.
    await sleep(50)
    return { loss: lossAt(config) }
  },
})
const results = await tuner.fit({ resume: existsSync('.trialist/killed') })
process.stdout.write(`${JSON.stringify([...results].map(({ config }) => config))}\n`)
