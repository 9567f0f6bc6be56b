import assert from 'node:assert/strict'
import { test } from 'node:test'

import { memory } from '../store/memory.ts'
import { Tuner } from '../tune.ts'

test('a metric that is called as a column of a report stands beside it', async () => {
  const tuner = new Tuner({
    space: {},
    metric: 'loss',
    trials: 1,
    store: memory(),
    log: () => {},
    trainable: async ({ report }) => {
      await report({ loss: 1, step: 20, trial: 30 })
    },
  })
  const results = await tuner.fit()
  const row = { trial: 0, attempt: 1, step: 1, loss: 1, 'metrics.step': 20, 'metrics.trial': 30 }
  assert.deepEqual(JSON.parse(results.toJSONLines({ reports: true })), row)
  assert.equal(results.toCSV({ reports: true }).split('\r\n')[0], 'trial,attempt,step,loss,metrics.step,metrics.trial')
})
