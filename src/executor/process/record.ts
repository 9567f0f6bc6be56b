import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { ExternalTrainable } from '../../trainable/external.ts'
import type { TrainableRecord } from '../../trial/event.ts'
import { pythonFile } from './create.ts'

/** What the log keeps of code outside of the engine: enough to know it again, and a hash of its source. */
export function recordOfExternal(trainable: ExternalTrainable): TrainableRecord {
  const { kind } = trainable
  if (trainable.kind === 'command') {
    const { template } = trainable
    return { kind, file: typeof template === 'string' ? template : JSON.stringify(template) }
  }
  if (trainable.kind === 'module') {
    const path = trainable.url.startsWith('file:') ? fileURLToPath(trainable.url) : trainable.url
    return { kind, file: shown(path), export: trainable.options.export ?? 'default', ...hashOf(path) }
  }
  const { target, options } = trainable
  const file = pythonFile(trainable)
  const { sourceHash } = options
  const hash = sourceHash !== undefined ? { sourceHash } : file !== undefined ? hashOf(file) : {}
  // A pickle's path is a new one each time.
  if (target.startsWith('pickle:')) return { kind, file: 'pickle', ...hash }
  const colon = target.lastIndexOf(':')
  const source = file === undefined ? target.slice(0, colon) : shown(file)
  return { kind, file: source, export: target.slice(colon + 1), ...hash }
}

/** Relative to the current folder, so that a project may be moved. */
function shown(path: string): string {
  return relative('', path)
}

/** Nothing where it can't be read, which is told elsewhere. */
function hashOf(path: string): { readonly sourceHash?: string } {
  try {
    return { sourceHash: createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16) }
  } catch {
    return {}
  }
}
