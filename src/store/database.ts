import { DatabaseSync } from 'node:sqlite'
import type { StatementSync } from 'node:sqlite'

/** The only door to the platform's SQLite. */
export type Database = DatabaseSync
export type Statement = StatementSync

export interface OpenOptions {
  readonly readOnly?: boolean
  /** How long a statement waits for the lock of another connection, in milliseconds. Default: 0. */
  readonly waitMs?: number
}

/** Opens a database; `target` is a path, or a `file:` URL with SQLite's own parameters. */
export function openDatabase(target: string | URL, { readOnly = false, waitMs = 0 }: OpenOptions = {}): Database {
  return new DatabaseSync(target, { readOnly, timeout: waitMs })
}
