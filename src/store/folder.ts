import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes a folder and those above it, so that a loss of power does not take them away again; the path is absolute. */
export function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made))
}

/** Brings a file to the disk. No connection may have it open: closing another descriptor drops SQLite's locks. */
export function syncFile(file: string): void {
  const descriptor = openSync(file, 'r+')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Brings a folder's entries to the disk, where it can be opened: what may be written need not be readable. */
export function syncFolder(folder: string): void {
  let descriptor: number | undefined
  try {
    descriptor = openSync(folder, 'r')
    fsyncSync(descriptor)
  } catch {
    // Windows can't open folders and keeps renames in order by itself; some file systems refuse. SQLite lets that pass too.
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}
