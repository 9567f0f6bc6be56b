import { join } from 'node:path'

import { FolderCheckpoints } from '../../src/checkpoint/folder.ts'
import type { Executor } from '../../src/executor/executor.ts'
import { createProcessExecutor } from '../../src/executor/process/create.ts'
import { Machine } from '../../src/executor/resources.ts'
import type { ExternalTrainable } from '../../src/trainable/external.ts'
import type { Failure, Outcome } from '../../src/trial/event.ts'

export interface End {
  readonly outcome: Outcome
  readonly failure: Failure | undefined
}

/** Runs one attempt, number 1 of trial 0, to its end; `reported` is called at each report, and may answer or stop it. */
export async function runAttempt(
  trainable: ExternalTrainable,
  folder: string,
  { timeoutMs = Infinity, graceMs = 100 }: { readonly timeoutMs?: number; readonly graceMs?: number },
  reported: (executor: Executor) => void = () => {},
): Promise<End> {
  const job = {
    trainable,
    metric: 'loss',
    metrics: ['loss'],
    concurrency: 1,
    graceMs,
    parameters: [],
    resources: {},
    timeoutMs,
    heartbeatMs: Infinity,
    folder,
    checkpoints: new FolderCheckpoints(join(folder, 'checkpoints')),
  }
  const executor = createProcessExecutor(trainable, job, new Machine({ cpus: 1, memory: 2 ** 30, gpus: [] }))
  const { promise, resolve } = Promise.withResolvers<End>()
  const inbox = {
    reported: () => reported(executor),
    ended: (_trial: number, _attempt: number, outcome: Outcome, failure: Failure | undefined) =>
      resolve({ outcome, failure }),
    warn() {},
  }
  try {
    executor.connect(inbox, [], 0)
    executor.start({ trial: 0, attempt: 1, config: {}, seed: 1, reports: 0, step: 0, sinceMs: 0 })
    return await promise
  } finally {
    await executor.close()
  }
}
