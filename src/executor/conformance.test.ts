import { testExecutor } from '../testing/executor.ts'
import { InlineExecutor } from './inline.ts'
import { SimulatedExecutor } from './simulated.ts'

testExecutor('inline', () => ({
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
  }),
  reports: 3,
}))

testExecutor('simulated', () => ({
  executor: new SimulatedExecutor(
    { steps: 3, metrics: (_config, step) => ({ loss: 1 / step }), seconds: () => 60 },
    { workers: 2, faults: ({ trial, step }) => (trial === 13 && step === 2 ? 'failed' : undefined) },
  ),
  reports: 3,
}))
