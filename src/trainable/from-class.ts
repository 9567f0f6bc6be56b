import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { wholeFrom } from '../base/check.ts'
import { TrialStopped } from './stopped.ts'
import type {
  TrainableClass,
  TrainableFunction,
  TrainableInstance,
  TrialContext,
  ReportedMetrics,
} from './trainable.ts'

/** A class trainable as a function, and what ends the instances that it kept. */
export interface ClassRunner<C, R extends ReportedMetrics> {
  readonly run: TrainableFunction<C, R>
  /** No further attempt comes. */
  readonly close: () => Promise<void>
}

/**
 * Set up or reset, loaded, a report a step, cleaned up whatever happens. An instance that has `reset` is kept for the next
 * attempt, unless its own failed.
 */
export function fromClass<C, R extends ReportedMetrics>(Class: TrainableClass<C, R>): ClassRunner<C, R> {
  const kept: TrainableInstance<C, R>[] = []
  const run = async (context: TrialContext<C, R>): Promise<void> => {
    const instance = await ready(kept.pop(), Class, context)
    let isThrough = false
    try {
      if (context.checkpoint !== undefined) await instance.load?.(context.checkpoint.directory())
      await steps(instance, context)
      isThrough = true
    } catch (thrown) {
      isThrough = thrown instanceof TrialStopped
      throw thrown
    } finally {
      if (isThrough && instance.reset !== undefined) kept.push(instance)
      else await instance.cleanup?.()
    }
  }
  const close = async (): Promise<void> => {
    for (const instance of kept.splice(0)) await instance.cleanup?.()
  }
  return { run, close }
}

async function ready<C, R extends ReportedMetrics>(
  kept: TrainableInstance<C, R> | undefined,
  Class: TrainableClass<C, R>,
  context: TrialContext<C, R>,
): Promise<TrainableInstance<C, R>> {
  if (kept !== undefined) {
    try {
      if (await kept.reset!(context.config, context)) return kept
    } catch (thrown) {
      await kept.cleanup?.()
      throw thrown
    }
    await kept.cleanup?.()
  }
  const instance = new Class()
  try {
    await instance.setup?.(context.config, context)
  } catch (thrown) {
    await instance.cleanup?.()
    throw thrown
  }
  return instance
}

async function steps<C, R extends ReportedMetrics>(
  instance: TrainableInstance<C, R>,
  context: TrialContext<C, R>,
): Promise<void> {
  const every = wholeFrom('checkpointEvery', instance.checkpointEvery ?? 1, 1)
  for (let step = 1; ; step++) {
    const metrics = await instance.step()
    if (metrics === undefined) return
    const due = step % every === 0 || context.checkpointWanted
    if (instance.save === undefined || !due) await context.report(metrics)
    else await withSaved(instance, (checkpoint) => context.report(metrics, { checkpoint }))
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
