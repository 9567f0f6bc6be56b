import { existsSync, renameSync, rmSync } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { crc32 } from 'node:zlib'

import { assert } from '../base/assert.ts'
import { openDatabase } from './database.ts'
import type { Database, Statement } from './database.ts'
import type { Session } from './factory.ts'
import { storeFault } from './fault.ts'
import { syncFile, syncFolder } from './folder.ts'
import { checkWritable, Lease } from './lease.ts'
import { nameTaken } from './name.ts'
import { checkPages, hasBatches, readLog } from './reader.ts'
import { schema, trialsTable } from './schema.ts'
import type { Batch, Store, TrialRow } from './store.ts'
import { WalSync } from './wal-sync.ts'

/** What is never lost: with `process` whatever was acknowledged when the engine dies, with `power` also when power is lost. */
export type Durability = 'process' | 'power'

/** How long a commit waits for another program that writes to the database, in milliseconds. */
const waitMs = 5_000

/** One experiment's log in a SQLite database. It is opened for writing at the first append: reading changes nothing. */
export class SqliteStore implements Store {
  readonly location: string
  readonly projects: boolean = true
  readonly #file: string
  readonly #durability: Durability
  readonly #session: Session
  readonly #lease: Lease
  #writer: Writer | undefined
  #open = true

  private constructor(file: string, durability: Durability, session: Session, lease: Lease) {
    this.location = shown(file)
    this.#file = file
    this.#durability = durability
    this.#session = session
    this.#lease = lease
  }

  /** Begins an experiment in a folder that exists. */
  static create(file: string, name: string, durability: Durability, session: Session): SqliteStore {
    return SqliteStore.#openWith(file, name, durability, session, () => {
      if (existsSync(file) && hasBatches(file)) throw nameTaken(name)
      createDatabase(file)
    })
  }

  /** Goes on with an experiment whose log exists. */
  static resume(file: string, name: string, durability: Durability, session: Session): SqliteStore {
    return SqliteStore.#openWith(file, name, durability, session, () => {
      checkWritable(file)
      checkPages(file)
    })
  }

  /**
   * Makes the table of trials anew, which follows from the log, unless `make` answers that it is right. Nobody writes
   * meanwhile.
   */
  static replaceTrials(file: string, name: string, make: () => readonly TrialRow[] | undefined): void {
    const lease = new Lease(dirname(file), name)
    try {
      const trials = make()
      if (trials === undefined) return
      checkWritable(file)
      const database = openDatabase(file, { waitMs })
      try {
        database.exec(`BEGIN IMMEDIATE; DROP TABLE IF EXISTS trials; ${trialsTable}`)
        const insert = database.prepare(insertTrial)
        for (const row of trials) insert.run(...valuesOf(row))
        database.exec('COMMIT')
      } finally {
        database.close()
      }
    } catch (thrown) {
      throw storeFault(thrown, file)
    } finally {
      lease.close()
    }
  }

  static #openWith(
    file: string,
    name: string,
    durability: Durability,
    session: Session,
    prepare: () => void,
  ): SqliteStore {
    const lease = new Lease(dirname(file), name)
    try {
      prepare()
      return new SqliteStore(file, durability, session, lease)
    } catch (thrown) {
      lease.close()
      throw storeFault(thrown, file)
    }
  }

  read(): Iterable<string> {
    return readLog(this.#file)
  }

  append(batch: Batch): void {
    assert(this.#open, 'append to a store that was closed')
    try {
      this.#writer ??= new Writer(this.#file, this.#durability, this.#session)
      this.#writer.append(batch)
    } catch (thrown) {
      throw storeFault(thrown, this.#file)
    }
  }

  /** For tests: lets the database grow to this many pages and no further; 0 or less lifts it. */
  limitPages(pages: number): void {
    this.#writer?.limitPages(pages)
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    try {
      this.#writer?.close()
    } finally {
      this.#lease.close()
    }
  }
}

/** The one connection that writes. */
class Writer {
  readonly #database: Database
  readonly #begin: Statement
  readonly #commit: Statement
  readonly #insertBatch: Statement
  readonly #insertTrial: Statement
  readonly #sync: WalSync | undefined
  #seq: number
  #crc: number
  /** Recorded with its first batch, so that a session that appends nothing changes nothing. */
  #session: Session | undefined

  constructor(file: string, durability: Durability, session: Session) {
    const database = openDatabase(file, { waitMs })
    try {
      database.exec(durability === 'power' ? syncedAtCommits : syncedAtCheckpoints)
      const last = database.prepare('SELECT seq, crc FROM log ORDER BY seq DESC LIMIT 1').get()
      this.#seq = Number(last?.['seq'] ?? 0)
      this.#crc = Number(last?.['crc'] ?? 0)
      this.#begin = database.prepare('BEGIN IMMEDIATE')
      this.#commit = database.prepare('COMMIT')
      this.#insertBatch = database.prepare('INSERT INTO log (seq, n, body, crc) VALUES (?, ?, ?, ?)')
      this.#insertTrial = database.prepare(insertTrial)
    } catch (thrown) {
      database.close()
      throw thrown
    }
    this.#database = database
    this.#session = session
    this.#sync = durability === 'process' ? new WalSync(`${file}-wal`) : undefined
  }

  append({ count, body, trials, synced }: Batch): void {
    const seq = this.#seq + 1
    const crc = crc32(body, this.#crc)
    try {
      this.#begin.run()
      if (this.#session !== undefined) this.#insertSession(this.#session, seq)
      this.#insertBatch.run(seq, count, body, crc)
      for (let i = 0; i < trials.length; i++) this.#insertRow(trials[i]!)
      this.#commit.run()
    } catch (thrown) {
      // SQLite itself has rolled back after some faults, and not after others.
      this.#rollBack()
      throw thrown
    }
    this.#seq = seq
    this.#crc = crc
    this.#session = undefined
    if (synced) this.#sync?.now()
    else this.#sync?.committed()
  }

  /** The fault that led here is the one to tell; a failure to roll back shows again at the next append. */
  #rollBack(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
    } catch {
      // SQLite rolls back by itself when the connection is closed.
    }
  }

  limitPages(pages: number): void {
    this.#database.exec(`PRAGMA max_page_count = ${pages > 0 ? pages : 2 ** 32 - 2}`)
  }

  close(): void {
    this.#sync?.close()
    this.#database.close()
  }

  #insertSession({ startedWallMs, facts }: Session, seq: number): void {
    const insert = this.#database.prepare('INSERT INTO sessions (started_wall_ms, first_seq, facts) VALUES (?, ?, ?)')
    insert.run(startedWallMs, seq, JSON.stringify(facts))
  }

  #insertRow(row: TrialRow): void {
    this.#insertTrial.run(...valuesOf(row))
  }
}

/** A row's values in the order of `insertTrial`. */
function valuesOf(row: TrialRow): (string | number | null)[] {
  const { number, state, attempts, score, config, metrics, step, startedMs, endedMs, error } = row
  return [number, state, attempts, score, config, metrics, step, startedMs, endedMs, error]
}

/** What SQLite waits for. macOS reports a sync as done while the drive still caches it, unless asked for a full one. */
const syncedAtCheckpoints = 'PRAGMA synchronous = NORMAL; PRAGMA checkpoint_fullfsync = ON'
const syncedAtCommits = 'PRAGMA synchronous = FULL; PRAGMA fullfsync = ON'

const insertTrial = `
INSERT OR REPLACE INTO trials (number, state, attempts, score, config, metrics, step, started_ms, ended_ms, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/**
 * The database is made aside and renamed, so that `log.db` is whole or not there, whenever the engine dies. It is synced
 * once, where SQLite would do so ten times.
 */
function createDatabase(file: string): void {
  const aside = join(dirname(file), 'new.db')
  remove(aside)
  let database: Database | undefined
  try {
    database = openDatabase(aside)
    database.exec(`PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; BEGIN; ${schema} COMMIT`)
    database.close()
    syncFile(aside)
    remove(file)
    renameSync(aside, file)
    syncFolder(dirname(file))
  } catch (thrown) {
    if (database?.isOpen) database.close()
    remove(aside)
    throw thrown
  }
}

/** With what belongs to it: the write-ahead log of an earlier database must not be taken for that of a new one. */
function remove(file: string): void {
  for (const suffix of ['-wal', '-shm', '-journal', '']) rmSync(`${file}${suffix}`, { force: true })
}

/** Relative to the current folder where it lies inside. */
function shown(file: string): string {
  const path = relative('', file)
  return path.startsWith('..') || isAbsolute(path) ? file : path
}
