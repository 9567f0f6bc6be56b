import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

import { wallTimeMs } from '../base/clock.ts'
import { TrialistError } from '../base/errors.ts'
import { openDatabase } from './database.ts'
import type { Database } from './database.ts'
import { isBusy, readOnlyStore, storeFault } from './fault.ts'

/** Who holds a lease, as its text file says. */
interface Holder {
  readonly pid: number
  readonly host: string
  readonly since: string
}

/**
 * The right to write an experiment: an exclusive lock on `lease.db`, which the operating system frees with the process,
 * however it ends. The file is never opened by other means, as closing such a descriptor would drop the lock.
 */
export class Lease {
  readonly #database: Database
  readonly #holderPath: string

  /** Throws `experiment_locked` where another engine holds it, `read_only` where the folder can't be written. */
  constructor(folder: string, name: string) {
    const path = join(folder, 'lease.db')
    this.#holderPath = join(folder, 'lease.json')
    checkWritable(folder)
    if (existsSync(path)) checkWritable(path)
    this.#database = lock(path, () => locked(name, this.#holderPath))
    writeHolder(this.#holderPath)
  }

  close(): void {
    try {
      rmSync(this.#holderPath, { force: true })
    } finally {
      this.#database.close()
    }
  }
}

/** Throws `read_only`. SQLite opens what it can't write without a word, and answers only at the first write. */
export function checkWritable(path: string): void {
  try {
    accessSync(path, constants.W_OK)
  } catch (fault) {
    throw readOnlyStore(path, fault)
  }
}

/** The process that holds a folder's lease; undefined where none does. Taking the lease for a moment shows it. */
export function holderOf(folder: string): number | undefined {
  if (!existsSync(join(folder, 'lease.json'))) return undefined
  let database: Database | undefined
  try {
    database = openDatabase(join(folder, 'lease.db'), { readOnly: true })
    // Where an engine holds it nothing can be read.
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
    return undefined
  } catch (fault) {
    return isBusy(fault) ? (JSON.parse(readFileSync(join(folder, 'lease.json'), 'utf8')) as Holder).pid : undefined
  } finally {
    database?.close()
  }
}

function lock(path: string, taken: () => TrialistError): Database {
  let database: Database | undefined
  try {
    database = openDatabase(path)
    // Without a journal in memory each engine that is killed would leave one beside the file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return database
  } catch (fault) {
    database?.close()
    throw isBusy(fault) ? taken() : storeFault(fault, path)
  }
}

/** Only for the message of a second engine: without it the lease holds all the same. */
function writeHolder(path: string): void {
  const holder: Holder = { pid: process.pid, host: hostname(), since: new Date(wallTimeMs()).toISOString() }
  try {
    writeFileSync(path, `${JSON.stringify(holder)}\n`)
  } catch {
    rmSync(path, { force: true })
  }
}

function locked(name: string, holderPath: string): TrialistError {
  return new TrialistError({
    code: 'experiment_locked',
    message: `experiment ${name} is being run by ${holderIn(holderPath)}`,
    remedy: 'Wait until it ends, or stop it; the experiment can be resumed as soon as that process is gone.',
  })
}

function holderIn(path: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(path, 'utf8')) as Holder
    return `the process ${pid} on ${host} since ${since}`
  } catch {
    return 'another process'
  }
}
