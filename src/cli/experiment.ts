import { basename } from 'node:path'

import { wrongOption } from '../base/check.ts'
import { engineFrom } from '../bridge/engines/engine.ts'
import { clientExplored, clientScheduler, clientSearcher, clientStopper } from '../bridge/client.ts'
import { loggerFrom } from '../logger/registry.ts'
import { schedulers } from '../schedule/registry.ts'
import { searchers } from '../search/registry.ts'
import type { SearcherFactory } from '../search/searcher.ts'
import { stopperFrom } from '../stop/registry.ts'
import type { SchedulerFactory } from '../schedule/scheduler.ts'
import type { StopperFactory } from '../stop/stopper.ts'
import { clientName } from '../trial/event.ts'
import { sqlite } from '../store/sqlite.ts'
import { Tuner } from '../tune.ts'
import type { ResultGrid } from '../tuner/results.ts'
import { defaultRoot } from './arguments.ts'
import { clientPipe } from './client-pipe.ts'
import type { Overrides } from './run.ts'

/** An experiment as data: what a Tuner takes, algorithms by name and options. */
export interface ExperimentOptions {
  readonly space: unknown
  readonly metric: string
  readonly trainable: unknown
  readonly searcher?: AlgorithmOptions
  readonly scheduler?: AlgorithmOptions
  readonly stop?: readonly AlgorithmOptions[]
  readonly loggers?: readonly AlgorithmOptions[]
  readonly name?: string
  readonly root?: string
  readonly [option: string]: unknown
}

/** An algorithm by name and options. */
export interface AlgorithmOptions {
  readonly name: string
  readonly options?: object
}

/** Runs an experiment that was put together from data; what it is named after is `file`. */
export async function runExperiment(given: ExperimentOptions, file: string, overrides: Overrides): Promise<number> {
  const { root: ownRoot, searcher, scheduler, stop, loggers, ...options } = given
  const { progress, trials, time, name = options.name ?? process.env['TRIALIST_RESUME'] ?? nameAfter(file) } = overrides
  const root = overrides.root ?? ownRoot ?? defaultRoot
  const tuner = new Tuner({
    ...options,
    ...(searcher && { searcher: searcherBy(searcher) }),
    ...(scheduler && { scheduler: schedulerBy(scheduler) }),
    ...(stop && { stop: stop.map(stopperBy) }),
    ...(loggers && { callbacks: loggers.map(loggerFrom) }),
    // Of a new experiment; to a resumed one more is added by name.
    ...(trials !== undefined && { trials }),
    ...(time !== undefined && { time }),
    name,
    store: sqlite({ root }),
  } as never) as unknown as Tuner<Record<string, unknown>, string>
  const where = root === defaultRoot ? '' : ` --root ${root}`
  const client = clientPipe()
  return exitCodeOf(await tuner.fit({ progress, client, resumeCommand: `trialist resume ${name}${where}` }))
}

/** 0 where a trial has a score, else 1. */
export function exitCodeOf(results: Pick<ResultGrid, 'best' | 'end'>): number {
  try {
    void results.best
    return 0
  } catch (thrown) {
    const code = (thrown as { code?: string }).code
    // With several objectives there is no one best.
    return code === 'unsupported' || results.end === 'interrupted' ? 0 : 1
  }
}

export function madeBy<F>(
  registry: {
    from(record: { name: string; options: Record<string, unknown> }): F | undefined
    resolve(name: string): F
  },
  { name, options = {} }: AlgorithmOptions,
): F {
  return registry.from({ name, options: options as Record<string, unknown> }) ?? registry.resolve(name)
}

function searcherBy(described: AlgorithmOptions): SearcherFactory {
  if (described.name === clientName) return clientSearcher(ownName(described))
  const { name, options = {} } = described
  return engineFrom({ name, options: options as Record<string, unknown> }) ?? madeBy(searchers, described)
}

function schedulerBy(described: AlgorithmOptions): SchedulerFactory {
  if (described.name === clientName) return clientScheduler(ownName(described))
  const { explore, ...options }: { explore?: unknown } = described.options ?? {}
  const scheduler = madeBy(schedulers, { ...described, options })
  return explore === clientName ? clientExplored(scheduler) : scheduler
}

/** The name that the program which started this one gives to an algorithm of its own. */
function ownName({ options = {} }: AlgorithmOptions): string {
  const { name }: { name?: string } = options
  return name ?? clientName
}

function stopperBy({ name, options = {} }: AlgorithmOptions): StopperFactory {
  if (name === clientName) return clientStopper(ownName({ name, options }))
  const made = stopperFrom({ name, options: options as Record<string, unknown> })
  if (made !== undefined) return made
  throw wrongOption('stop', 'a list of { "name": STOPPER, "options": { … } } with stoppers of ours', name)
}

function nameAfter(file: string): string {
  const stem = basename(file)
    .replace(/\.\w+$/, '')
    .replaceAll(/[^\w.-]+/g, '-')
    .replace(/^\.+/, '')
  return `${(stem || 'experiment').slice(0, 80)}-${crypto.randomUUID().slice(0, 8)}`
}
