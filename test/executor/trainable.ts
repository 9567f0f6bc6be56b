import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { TrialContext } from '../../src/index.ts'

/** Three reports, each with a checkpoint; trial 13 fails after its first. */
export async function train({ report, trial, checkpoint }: TrialContext<unknown>): Promise<void> {
  const model = mkdtempSync(join(tmpdir(), 'trialist-model-'))
  const from = checkpoint === undefined ? 0 : Number(readFileSync(join(checkpoint.directory(), 'step'), 'utf8'))
  for (let step = from + 1; step <= 3; step++) {
    mkdirSync(model, { recursive: true })
    writeFileSync(join(model, 'step'), String(step))
    await report({ loss: 1 / step }, { checkpoint: model })
    if (trial === 13) throw new Error('a test')
  }
}
