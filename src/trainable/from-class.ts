import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { wholeFrom } from '../base/check.ts'
import type { TrainableClass, TrainableFunction, TrainableInstance, ReportedMetrics } from './trainable.ts'

/** A class trainable as a function: set up, loaded, a report a step, cleaned up whatever happens. */
export function fromClass<C, R extends ReportedMetrics>(Class: TrainableClass<C, R>): TrainableFunction<C, R> {
  return async (context) => {
    const instance = new Class()
    try {
      await instance.setup?.(context.config, context)
      if (context.checkpoint !== undefined) await instance.load?.(context.checkpoint.directory())
      const every = wholeFrom('checkpointEvery', instance.checkpointEvery ?? 1, 1)
      for (let steps = 1; ; steps++) {
        const metrics = await instance.step()
        if (metrics === undefined) return
        const due = steps % every === 0 || context.checkpointWanted
        if (instance.save === undefined || !due) await context.report(metrics)
        else await withSaved(instance, (checkpoint) => context.report(metrics, { checkpoint }))
      }
    } finally {
      await instance.cleanup?.()
    }
  }
}

/** Calls `use` with a directory that the instance was saved to, which is gone afterwards. */
async function withSaved<C, R extends ReportedMetrics>(
  instance: TrainableInstance<C, R>,
  use: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'trialist-save-'))
  try {
    await instance.save!(directory)
    await use(directory)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
