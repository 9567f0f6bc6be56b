import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

import { limits } from '../../base/limits.ts'

/**
 * The last lines of what was written to a file from an offset on, as a terminal would show them: what follows a line's
 * last carriage return. Whole lines, unless the last one alone is longer than the log keeps; empty where there is nothing.
 */
export function lastLines(file: string, from: number, lines: number = limits.outputLines): string {
  const text = ending(file, from).replace(/\r+\n/g, '\n').trimEnd()
  const shown = text.split('\n').map((line) => line.slice(line.lastIndexOf('\r') + 1))
  return shown.slice(-lines).join('\n')
}

function ending(file: string, from: number): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(descriptor)
    const start = Math.max(from, size - limits.errorStackLength)
    const bytes = Buffer.alloc(Math.max(0, size - start))
    const read = readSync(descriptor, bytes, 0, bytes.length, start)
    return textOf(start > from ? fromLineOn(bytes.subarray(0, read)) : bytes.subarray(0, read))
  } finally {
    closeSync(descriptor)
  }
}

/** Leaves out a line whose beginning is missing, or of a single one the character that is cut. */
function fromLineOn(bytes: Buffer): Buffer {
  const newline = bytes.indexOf('\n')
  if (newline >= 0 && newline < bytes.length - 1) return bytes.subarray(newline + 1)
  let at = 0
  while ((bytes[at]! & 0xc0) === 0x80) at += 1
  return bytes.subarray(at)
}

/** Leaves out a character at the end that is not there as a whole. */
function textOf(bytes: Buffer): string {
  return new StringDecoder('utf8').write(bytes)
}

/** Makes a folder; false where it is there already. */
export function makeNew(folder: string): boolean {
  try {
    mkdirSync(folder)
    return true
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw fault
  }
}

/** Bytes of a file; 0 where there is none. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}
