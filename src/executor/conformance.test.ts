import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

import { FolderCheckpoints } from '../checkpoint/folder.ts'
import { testExecutor } from '../testing/executor.ts'
import { InlineExecutor } from './inline.ts'
import { SimulatedExecutor } from './simulated.ts'

const root = mkdtempSync(join(tmpdir(), 'trialist-test-'))
after(() => rmSync(root, { recursive: true }))

testExecutor('inline', () => ({
  executor: new InlineExecutor({
    trainable: async ({ report, trial, checkpoint }) => {
      const model = join(root, `model-${trial}`)
      const from = checkpoint === undefined ? 0 : Number(readFileSync(join(checkpoint.directory(), 'step'), 'utf8'))
      for (let step = from + 1; step <= 3; step++) {
        mkdirSync(model, { recursive: true })
        writeFileSync(join(model, 'step'), String(step))
        await report({ loss: 1 / step }, { checkpoint: model })
        if (trial === 13) throw new Error('a test')
      }
    },
    slots: 2,
    metric: 'loss',
    graceMs: 1_000,
    timeoutMs: Infinity,
    heartbeatMs: Infinity,
    checkpoints: new FolderCheckpoints(mkdtempSync(join(root, 'checkpoints-'))),
  }),
  reports: 3,
  checkpoints: true,
}))

testExecutor('inline, without checkpoints', () => ({
  executor: new InlineExecutor({
    trainable: async ({ report, trial }) => {
      for (let step = 1; step <= 3; step++) {
        await report({ loss: 1 / step })
        if (trial === 13) throw new Error('a test')
      }
    },
    slots: 2,
    metric: 'loss',
    graceMs: 1_000,
    timeoutMs: Infinity,
    heartbeatMs: Infinity,
  }),
  reports: 3,
}))

testExecutor('simulated', () => ({
  executor: new SimulatedExecutor(
    { steps: 3, metrics: (_config, step) => ({ loss: 1 / step }), seconds: () => 60 },
    {
      workers: 2,
      checkpointEvery: 1,
      faults: ({ trial, step }) => (trial === 13 && step === 2 ? 'failed' : undefined),
    },
  ),
  reports: 3,
  checkpoints: true,
}))
