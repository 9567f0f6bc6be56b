import { existsSync, statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { crc32 } from 'node:zlib'

import { messageOf } from '../base/errors.ts'
import type { TrialistError } from '../base/errors.ts'
import { openDatabase } from './database.ts'
import type { Database } from './database.ts'
import type { Session } from './factory.ts'
import { corruptStore, foreignStore, isCantOpen, isStatementError, readOnlyStore, storeFault } from './fault.ts'
import { applicationId, formatVersion } from './schema.ts'
import type { TrialRow } from './store.ts'

/** Rows a page: an open cursor would keep the write-ahead log from being reset. */
const pageLength = 128
/** How long a reader waits while an engine recovers or resets the write-ahead log. */
const waitMs = 5_000

/**
 * The batches of a log, read beside an engine that may be writing it; those that come after the iteration began are not
 * in it. Throws `foreign_store`, or `corrupt_store` at the first row that was changed or is missing.
 */
export function* readLog(file: string): Generator<string> {
  const database = openForReading(file)
  try {
    yield* readBodies(database, file)
  } finally {
    database.close()
  }
}

/** The rows of the `trials` table, in order. */
export function readTrials(file: string): TrialRow[] {
  return reading(file, (database) => database.prepare(trialRows).all() as unknown as TrialRow[])
}

/** The sessions of the engine, the newest last. */
export function readSessions(file: string): Session[] {
  return reading(file, (database) => {
    const rows = database.prepare('SELECT started_wall_ms AS startedWallMs, facts FROM sessions ORDER BY id').all()
    return rows.map(({ startedWallMs, facts }) => ({
      startedWallMs: Number(startedWallMs),
      facts: JSON.parse(String(facts)) as Session['facts'],
    }))
  })
}

/** Whether a log holds a batch. Without one the experiment never began: its engine died before the first commit. */
export function hasBatches(file: string): boolean {
  return reading(file, (database) => database.prepare('SELECT 1 FROM log LIMIT 1').get() !== undefined)
}

/** Throws `corrupt_store` where the database's pages do not fit together. Reads all of the file and changes nothing. */
export function checkPages(file: string): void {
  reading(file, (database) => {
    const [finding] = Object.values(database.prepare('PRAGMA quick_check(1)').get()!)
    if (finding !== 'ok') throw corruptStore(file, String(finding))
  })
}

const trialRows = `
SELECT number, state, attempts, score, config, metrics, step, started_ms AS startedMs, ended_ms AS endedMs, error
FROM trials ORDER BY number`

function reading<T>(file: string, read: (database: Database) => T): T {
  const database = openForReading(file)
  try {
    return read(database)
  } catch (thrown) {
    throw readFault(thrown, file)
  } finally {
    database.close()
  }
}

/** Our statements are right: where one does not fit the database, its schema is not what was written. */
function readFault(thrown: unknown, file: string): TrialistError {
  return isStatementError(thrown) ? corruptStore(file, messageOf(thrown), thrown) : storeFault(thrown, file)
}

/** Opens a log of ours for reading; the file is known to exist. */
function openForReading(file: string): Database {
  if (statSync(file).size === 0) throw corruptStore(file, 'it is empty')
  try {
    return openChecked(file, file)
  } catch (thrown) {
    if (!isCantOpen(thrown)) throw storeFault(thrown, file)
    return openWhereReadOnly(file, thrown)
  }
}

/**
 * Where the folder is read-only and no engine runs, the index of the write-ahead log can be neither found nor made. Then
 * nothing changes the file, which can be read as it is, unless a dead engine's last commits wait in the write-ahead log.
 */
function openWhereReadOnly(file: string, cause: unknown): Database {
  const waiting = `${file}-wal`
  if (existsSync(waiting) && statSync(waiting).size > 0) throw readOnlyStore(file, cause)
  const url = pathToFileURL(file)
  url.searchParams.set('immutable', '1')
  try {
    return openChecked(url, file)
  } catch (thrown) {
    throw storeFault(thrown, file)
  }
}

function openChecked(target: string | URL, file: string): Database {
  const database = openDatabase(target, { readOnly: true, waitMs })
  try {
    checkFormat(database, file)
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

/** Throws `foreign_store` where the database is not a log of ours in a format that we know. */
function checkFormat(database: Database, file: string): void {
  const id = pragma(database, 'application_id')
  const version = pragma(database, 'user_version')
  if (id !== applicationId) throw foreignStore(file, 'a trialist log', 'another SQLite database')
  if (version !== formatVersion) throw foreignStore(file, `format ${formatVersion}`, `format ${version}`)
}

function pragma(database: Database, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0])
}

function* readBodies(database: Database, file: string): Generator<string> {
  const read = pageReader(database, file)
  let seq = 0
  let crc = 0
  for (;;) {
    const rows = read(seq)
    for (const [next, body, recorded] of rows) {
      if (next !== seq + 1) throw corruptStore(file, `row ${seq + 1} of its log is missing`)
      if (typeof body !== 'string') throw corruptStore(file, `row ${next} of its log is not text`)
      crc = crc32(body, crc)
      if (crc !== recorded) throw corruptStore(file, `row ${next} of its log is not what was written`)
      seq = next
      yield body
    }
    if (rows.length < pageLength) return
  }
}

type LogRow = readonly [seq: number, body: unknown, crc: number]

/** Answers the rows after a given one, up to the one that is the last now. */
function pageReader(database: Database, file: string): (after: number) => LogRow[] {
  try {
    const last = Number(database.prepare('SELECT max(seq) AS last FROM log').get()!['last'] ?? 0)
    const page = database.prepare('SELECT seq, body, crc FROM log WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?')
    page.setReturnArrays(true)
    return (after) => {
      try {
        return page.all(after, last, pageLength) as unknown as LogRow[]
      } catch (thrown) {
        throw readFault(thrown, file)
      }
    }
  } catch (thrown) {
    throw readFault(thrown, file)
  }
}
