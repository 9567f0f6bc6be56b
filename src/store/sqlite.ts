import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import { knownOptions, wrongOption } from '../base/check.ts'
import { TrialistError } from '../base/errors.ts'
import type { Session, StoreFactory } from './factory.ts'
import { storeFault } from './fault.ts'
import { makeFolder } from './folder.ts'
import { checkName, nameTaken, notFound } from './name.ts'
import { holderOf } from './lease.ts'
import { checkPages, hasBatches, readLog, readSessions, readTrials } from './reader.ts'
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
  return {
    bodies: readLog(file),
    // Who reads only the log needs no table that follows from it.
    get trials() {
      return readTrials(file)
    },
  }
}

/** The names of the experiments in a folder; those whose logs can't be read are asked for. */
export function experimentsIn(root: string, { unreadable = false }: { readonly unreadable?: boolean } = {}): string[] {
  if (!existsSync(root)) return []
  const names = faultsOf(root, (folder) => readdirSync(folder))
  return names.filter((name) => isExperiment(join(root, name, 'log.db'), unreadable))
}

/** A damaged log or another program's database is no experiment that could be resumed. */
function isExperiment(file: string, unreadable: boolean): boolean {
  try {
    return hasLog(file)
  } catch {
    return unreadable
  }
}

/** An experiment's sessions, the newest last. Throws `not_found`, `corrupt_store` or `foreign_store`. */
export function sessionsOf(root: string, name: string): Session[] {
  return readSessions(existing(root, name))
}

/** The process that runs an experiment now; undefined where none does. */
export function runningEngine(root: string, name: string): number | undefined {
  return holderOf(dirname(fileOf(root, name)))
}

/**
 * Makes the table of trials anew from the rows that `make` answers to the log's batches and the present rows, which are
 * undefined where they can't be read; undefined = the table is right. No engine may run the experiment meanwhile. Throws
 * `experiment_locked`, `not_found`, `corrupt_store`, `foreign_store` or `read_only`.
 */
export function replaceTrials(
  root: string,
  name: string,
  make: (bodies: Iterable<string>, present: readonly TrialRow[] | undefined) => readonly TrialRow[] | undefined,
): void {
  const file = existing(root, name)
  SqliteStore.replaceTrials(file, name, () => make(readLog(checked(file)), tableIn(file)))
}

function tableIn(file: string): TrialRow[] | undefined {
  try {
    return readTrials(file)
  } catch (thrown) {
    if (thrown instanceof TrialistError && thrown.code === 'corrupt_store') return undefined
    throw thrown
  }
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
