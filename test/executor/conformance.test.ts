// What every executor promises, by trials in threads and processes of their own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'

import { FolderCheckpoints } from '../../src/checkpoint/folder.ts'
import { createProcessExecutor } from '../../src/executor/process/create.ts'
import { Machine } from '../../src/executor/resources.ts'
import { testExecutor } from '../../src/testing/executor.ts'
import type { ExecutorUnderTest } from '../../src/testing/executor.ts'
import { command, module, python } from '../../src/trainable/external.ts'
import type { ExternalTrainable } from '../../src/trainable/external.ts'

const root = mkdtempSync(join(tmpdir(), 'trialist-executors-'))
after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))

const script = new URL('trainable.ts', import.meta.url)
const file = join(import.meta.dirname, 'trainable.py')
const kinds: Readonly<Record<string, ExternalTrainable>> = {
  'modules in threads': module(script, { export: 'train' }),
  'modules in processes': module(script, { export: 'train', isolation: 'process' }),
  'Python, forked': python(`${file}:train`),
  'Python, reused': python(`${file}:train`, { reuse: true }),
  'Python, fresh processes': python(`${file}:train`, { fork: false }),
  'a command that uses the Python package': command(
    ['python3', '-c', 'import trainable; trainable.train({})', '{config}'],
    {
      cwd: import.meta.dirname,
    },
  ),
}

for (const [name, trainable] of Object.entries(kinds)) testExecutor(name, () => underTest(trainable))

function underTest(trainable: ExternalTrainable): ExecutorUnderTest {
  const folder = mkdtempSync(join(root, 'experiment-'))
  const job = {
    trainable,
    metric: 'loss',
    metrics: ['loss'],
    concurrency: 2,
    graceMs: 5_000,
    parameters: [],
    resources: {},
    timeoutMs: Infinity,
    heartbeatMs: Infinity,
    folder,
    checkpoints: new FolderCheckpoints(join(folder, 'checkpoints')),
  }
  const machine = new Machine({ cpus: 2, memory: 2 ** 30, gpus: [] })
  return { executor: createProcessExecutor(trainable, job, machine), reports: 3, checkpoints: true }
}
