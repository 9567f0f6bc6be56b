import { closeSync, existsSync, fdatasync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'

import { knownOptions, wrongOption } from '../base/check.ts'
import type { Session, StoreFactory } from './factory.ts'
import { storeFault } from './fault.ts'
import { Lease } from './lease.ts'
import { checkName, nameTaken, notFound } from './name.ts'
import { checkFormat, openForReading, readBodies, readTrials } from './reader.ts'
import { schema } from './schema.ts'
import type { Batch, Store, TrialRow } from './store.ts'

export interface SqliteOptions {
  /** The folder of all experiments. Default: `.trialist`. */
  readonly root?: string
  /**
   * `process` (default): what was acknowledged survives any death of the engine; after a loss of power at most the last
   * second is missing, never a hole. `power`: nothing acknowledged is ever missing; some ten times slower.
   */
  readonly durability?: Durability
}

export type Durability = 'process' | 'power'

/** Time between syncs under `process` durability. */
const syncMs = 1_000

/** Experiments in SQLite databases: `ROOT/NAME/log.db`. */
export function sqlite(options: SqliteOptions = {}): StoreFactory {
  knownOptions('sqlite()', options, ['root', 'durability'])
  const { root = '.trialist', durability = 'process' } = options
  if (durability !== 'process' && durability !== 'power') {
    throw wrongOption('sqlite(): durability', "'process' or 'power'", durability)
  }
  const fileOf = (name: string): string => {
    checkName(name)
    return join(resolve(root), name, 'log.db')
  }
  return {
    durable: true,
    exists: (name) => hasLog(fileOf(name)),
    create(name, session) {
      const file = fileOf(name)
      if (hasLog(file)) throw nameTaken(name)
      makeFolder(join(file, '..'))
      return new SqliteStore(file, durability, session, 'create')
    },
    resume(name, session) {
      const file = fileOf(name)
      if (!existsSync(file)) throw notFound(name, root, experimentsIn(root))
      return new SqliteStore(file, durability, session, 'resume')
    },
    *read(name) {
      yield* readLog(fileOf(name))
    },
  }
}

/** The batches of a log, read beside an engine that may be writing it. */
export function* readLog(file: string): Generator<string> {
  const database = openForReading(file)
  try {
    checkFormat(database, file)
    yield* readBodies(database, file)
  } finally {
    database.close()
  }
}

/** An experiment's batches and its table of finished trials. */
export function readExperiment(root: string, name: string): { bodies: Iterable<string>; trials: TrialRow[] } {
  checkName(name)
  const file = join(resolve(root), name, 'log.db')
  if (!existsSync(file)) throw notFound(name, root, experimentsIn(root))
  const database = openForReading(file)
  try {
    checkFormat(database, file)
    return { bodies: readLog(file), trials: readTrials(database, file) }
  } finally {
    database.close()
  }
}

/** The names of the experiments in a folder. */
export function experimentsIn(root: string): string[] {
  if (!existsSync(root)) return []
  return readdirSync(root).filter((name) => existsSync(join(root, name, 'log.db')))
}

/** Whether an experiment has begun: a file without its first commit is what a death at the creation left behind. */
function hasLog(file: string): boolean {
  if (!existsSync(file) || statSync(file).size === 0) return false
  const database = openForReading(file)
  try {
    checkFormat(database, file)
    return database.prepare('SELECT 1 FROM log LIMIT 1').get() !== undefined
  } finally {
    database.close()
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (thrown) {
    throw storeFault(thrown, folder)
  }
}

class SqliteStore implements Store {
  readonly location: string
  readonly projects: boolean = true
  readonly #file: string
  readonly #lease: Lease
  readonly #database: DatabaseSync
  readonly #insertBatch: StatementSync
  readonly #insertTrial: StatementSync
  readonly #sync: WalSync | undefined
  /** The last row and its checksum; undefined until the log was read or written. */
  #end: { readonly seq: number; readonly crc: number } | undefined

  constructor(file: string, durability: Durability, session: Session, mode: 'create' | 'resume') {
    this.#file = file
    this.location = relative('', file).startsWith('..') ? file : relative('', file)
    this.#lease = new Lease(join(file, '..'), basename(join(file, '..')))
    let database: DatabaseSync | undefined
    try {
      database = new DatabaseSync(file)
      prepare(database, file, durability, mode)
      recordSession(database, session)
      this.#insertBatch = database.prepare('INSERT INTO log VALUES (?, ?, ?, ?)')
      this.#insertTrial = database.prepare('INSERT OR REPLACE INTO trials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    } catch (thrown) {
      database?.close()
      this.#lease.close()
      throw storeFault(thrown, file)
    }
    this.#database = database
    this.#sync = durability === 'process' ? new WalSync(`${file}-wal`) : undefined
  }

  *read(): Generator<string> {
    this.#end = yield* readBodies(this.#database, this.#file)
  }

  append({ count, body, trials }: Batch): void {
    const { seq, crc } = this.#end ?? this.#findEnd()
    const end = { seq: seq + 1, crc: crc32(body, crc) }
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      this.#insertBatch.run(end.seq, count, body, end.crc)
      for (const row of trials) {
        const { number, state, attempts, score, config, metrics, step, startedMs, endedMs, error } = row
        this.#insertTrial.run(number, state, attempts, score, config, metrics, step, startedMs, endedMs, error)
      }
      this.#database.exec('COMMIT')
    } catch (thrown) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw storeFault(thrown, this.#file)
    }
    this.#end = end
    this.#sync?.written()
  }

  close(): void {
    this.#sync?.close()
    this.#database.close()
    this.#lease.close()
  }

  #findEnd(): { readonly seq: number; readonly crc: number } {
    const last = this.#database.prepare('SELECT seq, crc FROM log ORDER BY seq DESC LIMIT 1').get()
    return { seq: Number(last?.['seq'] ?? 0), crc: Number(last?.['crc'] ?? 0) }
  }
}

function prepare(database: DatabaseSync, file: string, durability: Durability, mode: 'create' | 'resume'): void {
  const empty = database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined
  if (mode === 'resume' || !empty) checkFormat(database, file)
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`)
  if (empty) database.exec(schema)
}

function recordSession(database: DatabaseSync, { startedWallMs, facts }: Session): void {
  const insert = database.prepare('INSERT INTO sessions (started_wall_ms, first_seq, facts) VALUES (?, 0, ?)')
  insert.run(startedWallMs, JSON.stringify(facts))
}

/** Brings the write-ahead log to the disk at least once a second while there are commits, off the engine's thread. */
class WalSync {
  readonly #file: string
  #descriptor: number | undefined
  #timer: NodeJS.Timeout | undefined
  #syncing = false
  #closed = false

  constructor(file: string) {
    this.#file = file
  }

  written(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#run(), syncMs)
    this.#timer.unref()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#closed = true
    this.#release()
  }

  #run(): void {
    this.#timer = undefined
    // A failing sync loses nothing that `process` durability promises; a failing disk shows at the next commit.
    this.#descriptor ??= openSync(this.#file, 'r')
    this.#syncing = true
    fdatasync(this.#descriptor, () => {
      this.#syncing = false
      if (this.#closed) this.#release()
    })
  }

  /** Not while a sync is under way: its descriptor's number might then be another file's. */
  #release(): void {
    if (this.#syncing || this.#descriptor === undefined) return
    closeSync(this.#descriptor)
    this.#descriptor = undefined
  }
}
