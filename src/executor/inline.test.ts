import assert from 'node:assert/strict'
import { test } from 'node:test'

import { limits } from '../base/limits.ts'
import type { TrialContext } from '../trainable/trainable.ts'
import type { Failure, Outcome } from '../trial/event.ts'
import { InlineExecutor } from './inline.ts'

interface Ended {
  readonly warnings: readonly string[]
  readonly outcome: Outcome
  readonly failure: Failure | undefined
}

/** Runs one attempt of a function; `heldMs` is how long each report is held before it is answered. */
async function run(
  trainable: (context: TrialContext<unknown>) => Promise<void>,
  { timeoutMs = Infinity, heartbeatMs = Infinity, graceMs = 1_000, heldMs = 0 } = {},
): Promise<Ended> {
  const warnings: string[] = []
  const executor = new InlineExecutor({ trainable, slots: 1, metric: 'loss', graceMs, timeoutMs, heartbeatMs })
  const [outcome, failure] = await new Promise<[Outcome, Failure | undefined]>((resolve) => {
    const inbox = {
      reported: (trial: number, attempt: number) => {
        if (heldMs > 0) executor.hold(trial, attempt)
        setTimeout(() => executor.answer(trial, attempt, 'continue'), heldMs)
      },
      ended: (_: number, __: number, how: Outcome, why: Failure | undefined) => resolve([how, why]),
      warn: (message: string) => void warnings.push(message),
    }
    executor.connect(inbox, [])
    executor.start({ trial: 7, attempt: 1, config: {}, seed: 1, reports: 0, step: 0, sinceMs: 0 })
  })
  await executor.close()
  return { warnings, outcome, failure }
}

function compute(ms: number): void {
  const end = process.hrtime.bigint() + BigInt(ms) * 1_000_000n
  while (process.hrtime.bigint() < end);
}

test('a function that keeps the loop busy for over a second is named, once', async () => {
  const { warnings } = await run(async ({ report }) => {
    await report({ loss: 1 })
    compute(limits.blockedLoopMs + 200)
    await report({ loss: 1 })
    compute(limits.blockedLoopMs + 200)
  })
  assert.equal(warnings.length, 1, warnings.join('\n'))
  assert.match(warnings[0]!, /^Trial 7 kept the engine waiting for [1-9]\d*\.\d s/)
})

test('a function that waits for over a second is not', async () => {
  const { warnings } = await run(async ({ report }) => {
    await new Promise((resolve) => setTimeout(resolve, limits.blockedLoopMs + 500))
    await report({ loss: 1 })
  })
  assert.deepEqual(warnings, [])
})

test('a function that is overdue is told to stop, and counts as failed', async () => {
  const waits = ({ signal }: TrialContext<unknown>): Promise<never> =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  const late = await run(waits, { timeoutMs: 20 })
  assert.deepEqual([late.outcome, late.failure?.kind, late.warnings], ['failed', 'timeout', []])
  assert.match(late.failure!.message, /trial 7 ran longer than its timeout of 0.02 s/)
  const silent = await run(waits, { heartbeatMs: 20 })
  assert.match(silent.failure!.message, /trial 7 reported nothing for 0.02 s/)
})

test('one that does not listen is left behind after the grace', async () => {
  const { outcome, failure, warnings } = await run(() => new Promise(() => {}), { timeoutMs: 20, graceMs: 20 })
  assert.deepEqual([outcome, failure?.kind, warnings.length], ['failed', 'timeout', 1], warnings.join('\n'))
})

test('time stands still for a report that is held', async () => {
  const { outcome } = await run(({ report }) => report({ loss: 1 }), { timeoutMs: 100, heldMs: 700 })
  assert.equal(outcome, 'completed')
})

test('reports that are refused are said once of an attempt that does not await them', async () => {
  const { outcome, warnings } = await run(async ({ report }) => {
    for (let step = 0; step < 5; step++) void report({ loss: 'low' } as never)
  })
  assert.deepEqual([outcome, warnings.length], ['completed', 1], warnings.join('\n'))
})
