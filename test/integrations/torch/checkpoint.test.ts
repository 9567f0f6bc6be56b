import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { rootFor } from '../tune.ts'

const engine = fileURLToPath(new URL('engine.ts', import.meta.url))

interface Trial {
  readonly state: string
  readonly attempts: number
  readonly history: readonly Readonly<Record<'step' | 'attempt' | 'weights' | 'loaded' | 'first', number>>[]
}

test('a network saved by torch.save goes on from its newest checkpoint after the engine was killed', async (context) => {
  const root = rootFor(context)
  const killed = await run(root, 'new', 'step 4')
  assert.equal(killed.at(-1), 'step 4')
  const trial = JSON.parse((await run(root, 'resume')).at(-1)!) as Trial
  assert.equal(trial.state, 'completed')
  assert.equal(trial.attempts, 2)
  assert.deepEqual(
    trial.history.map(({ step }) => step),
    [1, 2, 3, 4, 5, 6, 7, 8],
  )
  const [before] = trial.history.filter(({ attempt }) => attempt === 1).slice(-1)
  const [after] = trial.history.filter(({ attempt }) => attempt === 2)
  assert.equal(after!.first, before!.step + 1)
  assert.equal(after!.loaded, before!.weights)
})

/** Lines of output; the engine is killed by SIGKILL after the line `until`. */
async function run(root: string, how: string, until?: string): Promise<string[]> {
  const child = spawn(process.execPath, [engine, root, how], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (lines.at(-1) !== until || until === undefined) lines.push(line)
    if (line === until) child.kill('SIGKILL')
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  assert.equal(until === undefined ? code : signal, until === undefined ? 0 : 'SIGKILL')
  return lines
}
