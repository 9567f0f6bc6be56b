import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { crc32 } from 'node:zlib'

import { corruptStore, foreignStore, storeFault } from './fault.ts'
import { applicationId, formatVersion } from './schema.ts'
import type { TrialRow } from './store.ts'

/** Rows a page: an open cursor would keep the write-ahead log from being reset. */
const pageLength = 256

/** Opens a log for reading, beside an engine that may be writing it. */
export function openForReading(file: string): DatabaseSync {
  try {
    return new DatabaseSync(isFolderWritable(file) ? file : immutable(file), { readOnly: true })
  } catch (thrown) {
    throw storeFault(thrown, file)
  }
}

function isFolderWritable(file: string): boolean {
  try {
    accessSync(dirname(file), constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Without this a write-ahead log can't be read where its index can't be written. */
function immutable(file: string): URL {
  const url = pathToFileURL(file)
  url.searchParams.set('immutable', '1')
  return url
}

/** Throws `foreign_store` or `corrupt_store` where the database is not a log of ours in a format that we know. */
export function checkFormat(database: DatabaseSync, file: string): void {
  let id: number
  let version: number
  let tables: number
  try {
    id = pragma(database, 'application_id')
    version = pragma(database, 'user_version')
    tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()!['n'])
  } catch (thrown) {
    throw storeFault(thrown, file)
  }
  if (tables === 0) throw corruptStore(file, 'it is empty')
  if (id !== applicationId) throw foreignStore(file, 'a trialist log', 'another SQLite database')
  if (version > formatVersion) throw foreignStore(file, `format ${formatVersion} or older`, `format ${version}`)
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0])
}

/** All batches in order, their checksums compared. Throws `corrupt_store` at the first row that was changed or is missing. */
export function* readBodies(database: DatabaseSync, file: string): Generator<string, { seq: number; crc: number }> {
  const page = database.prepare('SELECT seq, body, crc FROM log WHERE seq > ? ORDER BY seq LIMIT ?')
  page.setReturnArrays(true)
  let seq = 0
  let crc = 0
  for (;;) {
    let rows: (readonly [number, string, number])[]
    try {
      rows = page.all(seq, pageLength) as unknown as (readonly [number, string, number])[]
    } catch (thrown) {
      throw storeFault(thrown, file)
    }
    for (const [next, body, recorded] of rows) {
      crc = crc32(body, crc)
      if (next !== seq + 1) throw corruptStore(file, `row ${seq + 1} of its log is missing`)
      if (crc !== recorded) throw corruptStore(file, `row ${next} of its log is not what was written`)
      seq = next
      yield body
    }
    if (rows.length < pageLength) return { seq, crc }
  }
}

/** The rows of the `trials` table, in order. */
export function readTrials(database: DatabaseSync, file: string): TrialRow[] {
  try {
    return database
      .prepare(
        `SELECT number, state, attempts, score, config, metrics, step, started_ms AS startedMs, ended_ms AS endedMs, error
         FROM trials ORDER BY number`,
      )
      .all() as unknown as TrialRow[]
  } catch (thrown) {
    throw storeFault(thrown, file)
  }
}
