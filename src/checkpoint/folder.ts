import { constants, readdirSync, renameSync, statSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

import { TrialistError, messageOf, show } from '../base/errors.ts'
import type { Checkpoints } from './checkpoints.ts'

/** Begins the names of what is being written or removed. */
const partial = '.partial-'
const spaceErrors: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])
const idPattern = /^[A-Za-z0-9_][\w.-]*$/

/** Checkpoints as folders `FOLDER/ID`. One is written aside, synced and renamed, and renamed again before its files are removed. */
export class FolderCheckpoints implements Checkpoints {
  readonly folder: string
  readonly #removals = new Set<Promise<void>>()

  /** `folder` is an absolute path; it is made when something is written. */
  constructor(folder: string) {
    this.folder = folder
  }

  async write(id: string, directory: string): Promise<void> {
    const target = this.path(id)
    const aside = join(this.folder, `${partial}${id}`)
    const isDirectory = await stat(directory).then((found) => found.isDirectory(), never)
    if (!isDirectory) throw refused('the path of a directory with the files of the checkpoint', directory)
    try {
      await mkdir(this.folder, { recursive: true })
      await rm(aside, { recursive: true, force: true })
      await copyFolder(directory, aside)
      await rename(aside, target)
      await syncFolder(this.folder)
    } catch (thrown) {
      await rm(aside, { recursive: true, force: true }).catch(never)
      throw fault(thrown, target)
    }
  }

  has(id: string): boolean {
    return idPattern.test(id) && statSync(join(this.folder, id), { throwIfNoEntry: false })?.isDirectory() === true
  }

  path(id: string): string {
    if (!idPattern.test(id)) throw refused('the id of a checkpoint', id)
    return join(this.folder, id)
  }

  remove(id: string): void {
    const aside = `${partial}removed-${id}`
    try {
      renameSync(this.path(id), join(this.folder, aside))
    } catch {
      // It is gone already, or stays until the next session's sweep.
      return
    }
    this.#discard(aside)
  }

  sweep(keep: ReadonlySet<string>): void {
    for (const name of this.#names()) {
      if (name.startsWith(partial)) this.#discard(name)
      else if (idPattern.test(name) && !keep.has(name)) this.remove(name)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#removals)
  }

  /** What can't be removed now is swept by a later session. */
  #discard(name: string): void {
    const removal = rm(join(this.folder, name), { recursive: true, force: true })
      .catch(never)
      .then(() => void this.#removals.delete(removal))
    this.#removals.add(removal)
  }

  #names(): string[] {
    try {
      return readdirSync(this.folder)
    } catch {
      // Nothing was written yet.
      return []
    }
  }
}

/** Copies a folder's files, links followed, and brings all of it to the disk. */
async function copyFolder(source: string, target: string): Promise<void> {
  await mkdir(target)
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const from = join(source, entry.name)
    const to = join(target, entry.name)
    if (entry.isDirectory()) await copyFolder(from, to)
    else if ((await stat(from)).isFile()) await copySynced(from, to)
    else throw refused('files and directories, and links to files', from)
  }
  await syncFolder(target)
}

async function copySynced(from: string, to: string): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  const file = await open(to, process.platform === 'win32' ? 'r+' : 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Windows can't open folders, and keeps their entries in order by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function never(): false {
  return false
}

function refused(expected: string, received: string): TrialistError {
  return new TrialistError({
    code: 'invalid_option',
    message: 'a checkpoint was refused',
    expected,
    received: show(received),
  })
}

function fault(thrown: unknown, target: string): unknown {
  if (thrown instanceof TrialistError) return thrown
  const code = (thrown as NodeJS.ErrnoException).code
  if (code === undefined || !spaceErrors.has(code)) return thrown
  return new TrialistError({
    code: 'disk_full',
    message: `there is no space for the checkpoint ${target}: ${messageOf(thrown)}`,
    remedy: 'Free some space.',
    cause: thrown,
  })
}
