import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits } from '../base/limits.ts'
import type { TrialContext } from '../trainable/trainable.ts'
import { InlineExecutor } from './inline.ts'

/** Runs one attempt of a function; what the executor warned of. */
async function warningsOf(trainable: (context: TrialContext<unknown>) => Promise<void>): Promise<string[]> {
  const warnings: string[] = []
  const executor = new InlineExecutor({ trainable, slots: 1, metric: 'loss', graceMs: 1_000 })
  await new Promise<void>((resolve) => {
    const inbox = {
      reported: (trial: number, attempt: number) => setImmediate(() => executor.answer(trial, attempt, 'continue')),
      ended: () => resolve(),
      warn: (message: string) => void warnings.push(message),
    }
    executor.connect(inbox, [])
    executor.start({ trial: 7, attempt: 1, config: {}, seed: 1, reports: 0, step: 0, sinceMs: 0 })
  })
  await executor.close()
  return warnings
}

function compute(ms: number): void {
  const end = process.hrtime.bigint() + BigInt(ms) * 1_000_000n
  while (process.hrtime.bigint() < end);
}

test('a function that keeps the loop busy for over a second is named, once', async () => {
  const warnings = await warningsOf(async ({ report }) => {
    await report({ loss: 1 })
    compute(limits.blockedLoopMs + 200)
    await report({ loss: 1 })
    compute(limits.blockedLoopMs + 200)
  })
  assert.equal(warnings.length, 1, warnings.join('\n'))
  assert.match(warnings[0]!, /^Trial 7 kept the engine waiting for [1-9]\d*\.\d s/)
})

test('a function that waits for over a second is not', async () => {
  const warnings = await warningsOf(async ({ report }) => {
    await new Promise((resolve) => setTimeout(resolve, limits.blockedLoopMs + 500))
    await report({ loss: 1 })
  })
  assert.deepEqual(warnings, [])
})
