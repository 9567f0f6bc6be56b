import { TrialistError, messageOf } from '../base/errors.ts'

/** SQLite's result codes (https://sqlite.org/rescode.html), the extended ones where they matter. */
const busy = 5
const readOnly = 8
const ioError = 10
const corrupt = 11
const full = 13
const cantOpen = 14
const notADatabase = 26
/** Writing, syncing, truncating or growing a file failed: on a full disk it may be any of these. */
const writeErrors = new Set([ioError | (3 << 8), ioError | (4 << 8), ioError | (6 << 8), ioError | (19 << 8)])

/** A fault of SQLite or the file system as a user can act on it; `file` is what was being read or written. */
export function storeFault(thrown: unknown, file: string): TrialistError {
  if (thrown instanceof TrialistError) return thrown
  const { errcode, code } = thrown as { errcode?: number; code?: string }
  if (
    errcode === full ||
    (errcode !== undefined && writeErrors.has(errcode)) ||
    code === 'ENOSPC' ||
    code === 'EFBIG'
  ) {
    return fault('disk_full', `there is no space to write ${file}`, 'Free some space.', thrown)
  }
  const primary = errcode === undefined ? undefined : errcode & 0xff
  if (primary === readOnly || code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return fault(
      'read_only',
      `${file} can't be written: it, or its folder, is read-only`,
      'Choose a folder that you may write to.',
      thrown,
    )
  }
  if (primary === corrupt || primary === notADatabase) return corruptStore(file, messageOf(thrown), thrown)
  if (primary === busy) {
    return fault(
      'store',
      `${file} is in use by another program`,
      'Close the program that has it open, and try again.',
      thrown,
    )
  }
  if (primary === cantOpen)
    return fault('store', `${file} can't be opened`, 'Is its folder there, and may you write to it?', thrown)
  return fault('store', `${file}: ${messageOf(thrown)}`, undefined, thrown)
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

function fault(
  code: TrialistError['code'],
  message: string,
  remedy: string | undefined,
  cause: unknown,
): TrialistError {
  return new TrialistError({ code, message, cause, ...(remedy === undefined ? {} : { remedy }) })
}
