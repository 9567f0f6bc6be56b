import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { Task } from './numbered.ts'

const script = fileURLToPath(new URL('child.ts', import.meta.url))
const { NODE_TEST_CONTEXT: _context, ...env } = process.env

export interface Started {
  readonly child: ChildProcessWithoutNullStreams
  /** What it wrote so far, to either stream. */
  said(): string
  /** Resolves when it has said something that matches; rejects where it ends first. */
  until(what: RegExp): Promise<void>
  /** Resolves to its exit code, or to the signal that ended it. */
  readonly end: Promise<number | string | null>
}

/** Starts `child.ts`. `prefix` is a line for bash to run it under, with `"$@"` for the command. */
export function start(task: Task, prefix = 'exec "$@"'): Started {
  const child = spawn('bash', ['-c', prefix, 'bash', process.execPath, script, JSON.stringify(task)], { env })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const end = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | string | null)
  let isOver = false
  void end.then(() => (isOver = true))
  const until = async (what: RegExp): Promise<void> => {
    while (!what.test(text)) {
      if (isOver) throw new Error(`it ended before it said ${what}: ${text}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return { child, said: () => text, until, end }
}
