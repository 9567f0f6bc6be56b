import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

import { TrialistError } from '../base/errors.ts'
import type { ExperimentStart } from './callback.ts'

/** Items that wait to be written by a logger: then reports wait until there is room. */
export const queueLimit = 20_000

/** The folder of an experiment. Throws `unsupported` where it lies in none. */
export function folderOf({ location, name }: ExperimentStart): string {
  const folder = resolve(dirname(location))
  if (basename(location) === 'log.db') return folder
  throw new TrialistError({
    code: 'unsupported',
    message: `the log of ${name} lies in no folder that files could be written to`,
    expected: 'the store sqlite()',
    received: location,
  })
}

/** The own folder of a trial, which is made. */
export function trialFolder(folder: string, trial: number): string {
  const path = join(folder, 'trials', String(trial))
  mkdirSync(path, { recursive: true })
  return path
}

/** Names a trial beyond its experiment; the Python package makes the same ids. */
export function trialId(experiment: string, trial: number): string {
  const hash = createHash('sha1').update(experiment).digest('hex').slice(0, 5)
  return `${hash}_${String(trial).padStart(5, '0')}`
}

/** A configuration as flat names and scalars: `model/lr`. Lists are texts. */
export function flatConfig(config: Readonly<Record<string, unknown>>, under = ''): Record<string, Scalar> {
  const flat: Record<string, Scalar> = {}
  for (const [name, value] of Object.entries(config)) {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (isObject && 'label' in value && 'opaque' in value) flat[under + name] = String(value.label)
    else if (isObject) Object.assign(flat, flatConfig(value as Record<string, unknown>, `${under}${name}/`))
    else flat[under + name] = isScalar(value) ? value : JSON.stringify(value)
  }
  return flat
}

export type Scalar = string | number | boolean

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
