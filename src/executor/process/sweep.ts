import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { TrialistError } from '../../base/errors.ts'

/** Begins the names of private folders; short, as a socket's path holds at most 104 bytes on macOS. */
const prefix = 'trialist-'
const pathBytesMax = 104 - '/socket'.length

/** A folder that only this user can enter, for the engine's socket and what workers write before they have a trial. */
export function makePrivateFolder(): string {
  const roots = [tmpdir(), '/tmp'].filter((root) => Buffer.byteLength(root) + prefix.length + 7 <= pathBytesMax)
  if (roots[0] === undefined) {
    throw new TrialistError({
      code: 'unsupported',
      message: 'the path of the temporary folder is too long for a socket',
      expected: `at most ${pathBytesMax - prefix.length - 7} bytes`,
      received: tmpdir(),
      remedy: 'Set TMPDIR to a shorter path.',
    })
  }
  const folder = mkdtempSync(join(roots[0], prefix))
  writeFileSync(join(folder, 'owner'), `${process.pid} ${startOf(process.pid)}\n`)
  return folder
}

/**
 * Removes what engines of this user left that are dead, and kills the processes that still belong to them: those whose
 * environment names a dead engine's socket. Where there is no /proc processes are left alone.
 */
export function sweep(): void {
  const dead = foldersIn(tmpdir()).filter(isDead)
  if (dead.length === 0) return
  for (const pid of processes()) {
    const environment = readProc(pid, 'environ')
    if (dead.some((folder) => environment.includes(`TRIALIST_SOCKET=${folder}/`))) kill(pid)
  }
  for (const folder of dead) rmSync(folder, { recursive: true, force: true })
}

function foldersIn(root: string): string[] {
  return readdirSync(root)
    .filter((name) => name.startsWith(prefix) && name.length === prefix.length + 6)
    .map((name) => join(root, name))
    .filter((folder) => statSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.())
}

/** Whether its engine is gone: there is no such process, or another one has its number now. */
function isDead(folder: string): boolean {
  let owner: string[]
  try {
    owner = readFileSync(join(folder, 'owner'), 'utf8').trim().split(' ')
  } catch {
    // Being made, or somebody else's.
    return false
  }
  const pid = Number(owner[0])
  try {
    process.kill(pid, 0)
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'ESRCH'
  }
  return startOf(pid) !== (owner[1] ?? '')
}

/** When a process began, in the system's ticks; empty where that can't be told. */
function startOf(pid: number): string {
  // The name, in parentheses, may hold spaces; the start is the 20th field after it.
  const stat = readProc(pid, 'stat')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function processes(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && pid !== process.pid)
  } catch {
    return []
  }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended meanwhile.
  }
}
