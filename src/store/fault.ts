import { TrialistError, messageOf } from '../base/errors.ts'

/** SQLite's result codes (https://sqlite.org/rescode.html), the extended ones where they matter. */
const error = 1
const busy = 5
const readOnly = 8
const ioError = 10
const corrupt = 11
const full = 13
const cantOpen = 14
const notADatabase = 26
/**
 * A write, or the growth of the shared memory, failed. SQLite says `full` only for ENOSPC, and this for EDQUOT and EFBIG
 * too.
 */
const writeErrors: ReadonlySet<number> = new Set([ioError | (3 << 8), ioError | (19 << 8)])
const spaceErrors: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const permissionErrors: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS'])

/** A fault of SQLite or the file system as a user can act on it; `file` is what was being read or written. */
export function storeFault(thrown: unknown, file: string): TrialistError {
  if (thrown instanceof TrialistError) return thrown
  const extended = resultOf(thrown)
  const primary = extended & 0xff
  const system = systemCodeOf(thrown)
  if (primary === full || writeErrors.has(extended) || spaceErrors.has(system)) {
    return fault(
      'disk_full',
      `there is no space to write ${file}`,
      'Free some space, or raise the limit on files.',
      thrown,
    )
  }
  if (primary === readOnly || permissionErrors.has(system)) return readOnlyStore(file, thrown)
  if (primary === corrupt || primary === notADatabase) return corruptStore(file, messageOf(thrown), thrown)
  if (primary === busy) {
    return fault(
      'store',
      `${file} is in use by another program`,
      'Close the program that has it open, and try again.',
      thrown,
    )
  }
  if (primary === cantOpen) {
    return fault('store', `${file} can't be opened`, 'Is its folder there, and may you write to it?', thrown)
  }
  return fault('store', `${file}: ${messageOf(thrown)}`, 'Nothing was kept of what was being written.', thrown)
}

/** Whether SQLite was kept from a file by the lock of another connection. */
export function isBusy(thrown: unknown): boolean {
  return (resultOf(thrown) & 0xff) === busy
}

/** Whether SQLite found a statement wrong, or one that does not fit the tables. */
export function isStatementError(thrown: unknown): boolean {
  return resultOf(thrown) === error
}

/**
 * Whether SQLite could not open a file, or not make one that belongs to it; it says `readOnly` where permissions forbid
 * that, and `cantOpen` where the file system does.
 */
export function isCantOpen(thrown: unknown): boolean {
  const primary = resultOf(thrown) & 0xff
  return primary === cantOpen || primary === readOnly
}

export function corruptStore(file: string, what: string, cause?: unknown): TrialistError {
  const remedy = 'Restore it from a copy, or start a new experiment under another name; nothing was changed.'
  return fault('corrupt_store', `${file} is damaged: ${what}`, remedy, cause)
}

export function foreignStore(file: string, expected: string, received: string): TrialistError {
  return new TrialistError({
    code: 'foreign_store',
    message: `${file} is not a log that this version of trialist can read`,
    expected,
    received,
    remedy: 'Choose another name or folder, or upgrade trialist; nothing was changed.',
  })
}

export function readOnlyStore(file: string, cause?: unknown): TrialistError {
  const remedy = 'Make the folder and its files writable, or keep experiments elsewhere: sqlite({ root }).'
  return fault('read_only', `${file} can't be written: it, or its folder, is read-only`, remedy, cause)
}

function fault(code: TrialistError['code'], message: string, remedy: string, cause: unknown): TrialistError {
  return new TrialistError({ code, message, remedy, cause })
}

function resultOf(thrown: unknown): number {
  return thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number' ? thrown.errcode : 0
}

function systemCodeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : ''
}
