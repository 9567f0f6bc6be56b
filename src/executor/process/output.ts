import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

import { limits } from '../../base/limits.ts'

/** The last lines of what was written to a file from an offset on; empty where there is nothing. */
export function lastLines(file: string, from: number, lines: number = limits.outputLines): string {
  const text = ending(file, from).replace(/\r+\n/g, '\n').trimEnd()
  // A carriage return begins a line anew, as progress bars do.
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
    readSync(descriptor, bytes, 0, bytes.length, start)
    return bytes.toString('utf8')
  } finally {
    closeSync(descriptor)
  }
}
