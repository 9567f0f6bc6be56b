import { TrialistError, messageOf } from '../base/errors.ts'

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const sqliteReadOnly = 8
const sqliteCorrupt = 11
const sqliteFull = 13
const sqliteCantOpen = 14
const sqliteNotADatabase = 26
/** Extended ones. SQLite tells a lack of space apart from other failures of a write only where errno is ENOSPC. */
const sqliteWriteFailed = 10 | (3 << 8)
const sqliteSharedMemorySizeFailed = 10 | (19 << 8)

/** A fault of SQLite or of the file system as an error that a person can act on. `path` is the file that it is about. */
export function storeFault(fault: unknown, path: string): TrialistError {
  if (fault instanceof TrialistError) return fault
  if (lacksSpace(fault)) return diskFull(path, fault)
  if (isReadOnly(fault)) return readOnly(path, fault)
  const primary = resultCode(fault) & 0xff
  if (primary === sqliteCorrupt || primary === sqliteNotADatabase) return corrupt(path, messageOf(fault), fault)
  return new TrialistError({ code: 'store', message: `${path}: ${messageOf(fault)}`, cause: fault })
}

export function isCantOpen(fault: unknown): boolean {
  return (resultCode(fault) & 0xff) === sqliteCantOpen
}

/** The file is ours and damaged. */
export function corrupt(path: string, what: string, cause?: unknown): TrialistError {
  return new TrialistError({
    code: 'corrupt_store',
    message: `${path} is damaged (${what})`,
    remedy: 'Nothing was changed. Restore the file from a copy, or choose another name for a new experiment.',
    cause,
  })
}

export function readOnly(path: string, cause?: unknown): TrialistError {
  return new TrialistError({
    code: 'read_only',
    message: `${path} can't be written`,
    remedy: 'Make the folder and the files in it writable, or keep experiments elsewhere by sqlite({ root }).',
    cause,
  })
}

function diskFull(path: string, cause: unknown): TrialistError {
  return new TrialistError({
    code: 'disk_full',
    message: `there is no space to write ${path}`,
    remedy: 'Free space on the disk, or raise the limit on the size of files.',
    cause,
  })
}

function lacksSpace(fault: unknown): boolean {
  const code = resultCode(fault)
  if ((code & 0xff) === sqliteFull || code === sqliteWriteFailed || code === sqliteSharedMemorySizeFailed) return true
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(systemCode(fault))
}

function isReadOnly(fault: unknown): boolean {
  return (resultCode(fault) & 0xff) === sqliteReadOnly || ['EACCES', 'EPERM', 'EROFS'].includes(systemCode(fault))
}

function resultCode(fault: unknown): number {
  return fault instanceof Error && 'errcode' in fault && typeof fault.errcode === 'number' ? fault.errcode : 0
}

function systemCode(fault: unknown): string {
  return fault instanceof Error && 'code' in fault && typeof fault.code === 'string' ? fault.code : ''
}
