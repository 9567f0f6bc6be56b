import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'

import { lastLines } from './output.ts'
import type { Exit, WorkerProcess } from './launcher.ts'

export interface SpawnOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd?: string | undefined
  /** A file that takes what it writes. */
  readonly output: string
  readonly spawned: (pid: number) => void
  readonly exited: (exit: Exit) => void
}

/** Starts a program as the leader of a process group of its own. */
export function spawnGroup(options: SpawnOptions): WorkerProcess {
  const { program, args, env, cwd, output, spawned, exited } = options
  const descriptor = openSync(output, 'a')
  try {
    const child = spawn(program, args, { detached: true, env, cwd, stdio: ['ignore', descriptor, descriptor] })
    follow(child, program, spawned, (exit) => exited(exit.code === 0 ? exit : { ...exit, wrote: lastLines(output, 0) }))
    return { kill: (signal) => void killGroup(child.pid, signal) }
  } finally {
    closeSync(descriptor)
  }
}

/** Tells of a child's start and its end, once each. */
export function follow(
  child: ChildProcess,
  program: string,
  spawned: (pid: number) => void,
  exited: (exit: Exit) => void,
): void {
  if (child.pid !== undefined) spawned(child.pid)
  // Without a process there is an error and no exit.
  child.on('error', (fault) => {
    if (child.pid !== undefined) return
    exited({
      code: null,
      signal: null,
      failure: { kind: 'error', message: `${program} could not be started: ${fault.message}` },
    })
  })
  child.on('exit', (code, signal) => exited({ code, signal }))
}

/** Sends a signal to all of a process group; false where there is none. */
export function killGroup(leader: number | undefined, signal: NodeJS.Signals): boolean {
  if (leader === undefined) return false
  try {
    return process.kill(-leader, signal)
  } catch {
    return false
  }
}
