import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import { knownOptions, wrongOption } from '../base/check.ts'
import type { StoreFactory } from './factory.ts'
import { storeFault } from './fault.ts'
import { makeFolder } from './folder.ts'
import { checkName, nameTaken, notFound } from './name.ts'
import { holderOf } from './lease.ts'
import { checkPages, hasBatches, readLastSession, readLog, readTrials } from './reader.ts'
import { environment } from './session.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { Durability } from './sqlite-store.ts'
import type { TrialRow } from './store.ts'

export type { Durability } from './sqlite-store.ts'

export interface SqliteOptions {
  /** The folder of all experiments. Default: `.trialist`. */
  readonly root?: string
  /**
   * `process` (default): what was acknowledged survives any death of the engine; after a loss of power at most the last
   * second is missing, never a hole. `power`: nothing acknowledged is ever missing; some ten times slower.
   */
  readonly durability?: Durability
  /** Environment variables that are recorded with each session. Those whose names speak of secrets are masked. Default: none. */
  readonly recordEnv?: readonly string[]
}

/** Experiments in SQLite databases: `ROOT/NAME/log.db`. */
export function sqlite(options: SqliteOptions = {}): StoreFactory {
  knownOptions('sqlite()', options, ['root', 'durability', 'recordEnv'])
  const { root = '.trialist', durability = 'process', recordEnv = [] } = options
  if (durability !== 'process' && durability !== 'power') {
    throw wrongOption('sqlite(): durability', "'process' or 'power'", durability)
  }
  if (typeof root !== 'string' || root === '') throw wrongOption('sqlite(): root', 'the path of a folder', root)
  if (!Array.isArray(recordEnv) || recordEnv.some((variable) => typeof variable !== 'string')) {
    throw wrongOption('sqlite(): recordEnv', 'a list of names of environment variables', recordEnv)
  }
  return {
    durable: true,
    exists: (name) => hasLog(fileOf(root, name)),
    folder: (name) => dirname(fileOf(root, name)),
    create(name, { startedWallMs, facts }) {
      const file = fileOf(root, name)
      if (hasLog(file)) throw nameTaken(name)
      faultsOf(dirname(file), makeFolder)
      const session = { startedWallMs, facts: { ...facts, ...environment(recordEnv) } }
      return SqliteStore.create(file, name, durability, session)
    },
    resume(name, { startedWallMs, facts }) {
      const file = existing(root, name)
      const session = { startedWallMs, facts: { ...facts, ...environment(recordEnv) } }
      return SqliteStore.resume(file, name, durability, session)
    },
    read: (name) => readLog(checked(existing(root, name))),
  }
}

/**
 * An experiment's batches and its table of finished trials, read without the lease. Throws `not_found`, `corrupt_store`
 * or `foreign_store`.
 */
export function readExperiment(root: string, name: string): { bodies: Iterable<string>; trials: TrialRow[] } {
  const file = checked(existing(root, name))
  return { bodies: readLog(file), trials: readTrials(file) }
}

/** The names of the experiments in a folder. */
export function experimentsIn(root: string): string[] {
  if (!existsSync(root)) return []
  return faultsOf(root, (folder) => readdirSync(folder)).filter((name) => isExperiment(join(root, name, 'log.db')))
}

/** A damaged log or another program's database is no experiment that could be resumed. */
function isExperiment(file: string): boolean {
  try {
    return hasLog(file)
  } catch {
    return false
  }
}

/** The facts of an experiment's newest session. Throws `not_found`. */
export function lastSession(root: string, name: string): Readonly<Record<string, unknown>> {
  return readLastSession(existing(root, name))
}

/** The process that runs an experiment now; undefined where none does. */
export function runningEngine(root: string, name: string): number | undefined {
  return holderOf(dirname(fileOf(root, name)))
}

/** Makes the table of trials anew; no engine may run the experiment. Throws `experiment_locked`, `not_found`. */
export function replaceTrials(root: string, name: string, trials: readonly TrialRow[]): void {
  const file = existing(root, name)
  SqliteStore.replaceTrials(file, name, trials)
}

function fileOf(root: string, name: string): string {
  checkName(name)
  return join(resolve(root), name, 'log.db')
}

function existing(root: string, name: string): string {
  const file = fileOf(root, name)
  if (!hasLog(file)) throw notFound(name, root, experimentsIn(root))
  return file
}

/** Some damages only make rows disappear, which is not seen where the last ones do. */
function checked(file: string): string {
  checkPages(file)
  return file
}

function hasLog(file: string): boolean {
  return existsSync(file) && hasBatches(file)
}

/** The answer about a path, or its fault as a user can act on it. */
function faultsOf<T>(path: string, ask: (path: string) => T): T {
  try {
    return ask(path)
  } catch (thrown) {
    throw storeFault(thrown, path)
  }
}
