import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('experiment.ts', import.meta.url))
const binary = fileURLToPath(new URL('../../bin/trialist.cjs', import.meta.url))
const { NODE_TEST_CONTEXT: _context, TRIALIST_RESUME: _resume, npm_lifecycle_event: _script, ...env } = process.env

export interface Finished {
  readonly status: number | null
  readonly output: string
  readonly notes: string
}

/** A folder that lives as long as the callback runs. */
export async function inFolder<T>(body: (root: string) => Promise<T> | T): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'trialist-acceptance-'))
  try {
    return await body(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Runs the small experiment to its end. `prefix` is a shell command to run it under, with `"$@"` for the command. */
export function runExperiment(root: string, options: object, prefix?: string): Finished {
  const words = [process.execPath, script, root, JSON.stringify(options)]
  const [program, ...args] = prefix === undefined ? words : ['bash', '-c', prefix, 'bash', ...words]
  return finished(program!, args)
}

/** Starts the small experiment; its output and notes gather in the answer. */
export function startExperiment(
  root: string,
  options: object,
  prefix?: string,
): { child: ChildProcessWithoutNullStreams; said: () => string; end: Promise<number | string | null> } {
  const words = [process.execPath, script, root, JSON.stringify(options)]
  const [program, ...args] = prefix === undefined ? words : ['bash', '-c', prefix, 'bash', ...words]
  const child = spawn(program!, args, { env })
  let text = ''
  child.stdout.on('data', (chunk) => (text += String(chunk)))
  child.stderr.on('data', (chunk) => (text += String(chunk)))
  const end = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | string | null)
  return { child, said: () => text, end }
}

/** Runs the `trialist` binary. */
export function runTrialist(...args: readonly string[]): Finished {
  return finished(process.execPath, [binary, ...args])
}

/** Waits until a condition holds; fails after a minute. */
export async function until(condition: () => boolean, what: () => string): Promise<void> {
  for (let i = 0; i < 1_200; i++) {
    if (condition()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`did not happen: ${what()}`)
}

function finished(program: string, args: readonly string[]): Finished {
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' })
  return { status, output: stdout, notes: stderr }
}
