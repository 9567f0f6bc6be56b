import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

import { messageOf, TrialistError } from '../../base/errors.ts'

/** Begins the names of private folders, which six random characters end. */
const prefix = 'trialist-'
const nameLength = prefix.length + 6
/** A socket's path has at most 103 bytes on macOS, 107 on Linux. */
const folderBytesMax = 103 - '/socket'.length

/**
 * Makes a folder that only this user can enter, for the engine's socket and what workers write before they have a trial.
 * It lies in the system's temporary folder, or in /tmp where the path of that is too long for a socket. Throws
 * `unsupported` or `read_only` where there can be none.
 */
export function makePrivateFolder(): string {
  const root = roots().find((candidate) => Buffer.byteLength(candidate) + 1 + nameLength <= folderBytesMax)
  if (root === undefined) {
    throw new TrialistError({
      code: 'unsupported',
      message: 'the path of the temporary folder is too long for a socket',
      expected: `at most ${folderBytesMax - nameLength - 1} bytes`,
      received: tmpdir(),
      remedy: 'Set TMPDIR to a shorter path.',
    })
  }
  try {
    const folder = mkdtempSync(join(root, prefix))
    writeFileSync(join(folder, 'owner'), `${process.pid} ${startOf(process.pid)} ${place()}\n`)
    return folder
  } catch (fault) {
    throw new TrialistError({
      code: 'read_only',
      message: `a folder for the engine's socket can't be made in ${root}`,
      expected: 'a temporary folder that can be written to',
      received: messageOf(fault),
      remedy: 'Set TMPDIR to one.',
      cause: fault,
    })
  }
}

/**
 * Removes what engines of this user left that are dead, and kills the processes that still belong to them: those whose
 * environment names a dead engine's socket. Where there is no /proc processes are left alone. What can't be swept stays.
 */
export function sweep(): void {
  const dead = roots().flatMap(foldersIn).filter(isDead)
  if (dead.length === 0) return
  for (const pid of processes()) {
    const environment = readProc(pid, 'environ')
    if (dead.some((folder) => environment.includes(`TRIALIST_SOCKET=${folder}/`))) kill(pid)
  }
  for (const folder of dead) remove(folder)
}

function roots(): string[] {
  return process.platform === 'win32' ? [tmpdir()] : [...new Set([tmpdir(), '/tmp'])]
}

function foldersIn(root: string): string[] {
  return namesIn(root)
    .filter((name) => name.startsWith(prefix) && name.length === nameLength)
    .map((name) => join(root, name))
    .filter((folder) => {
      const stat = lstatSync(folder, { throwIfNoEntry: false })
      return stat?.isDirectory() === true && stat.uid === (process.getuid?.() ?? 0)
    })
}

/** Whether its engine is gone: there is no such process here, or another one has its number now. */
function isDead(folder: string): boolean {
  let owner: string
  try {
    owner = readFileSync(join(folder, 'owner'), 'utf8')
  } catch {
    // Being made, or somebody else's.
    return false
  }
  const [pid = '', start = '', where = ''] = owner.trim().split(' ')
  if (where !== place()) return false
  try {
    process.kill(Number(pid), 0)
  } catch (fault) {
    return (fault as NodeJS.ErrnoException).code === 'ESRCH'
  }
  return startOf(Number(pid)) !== start
}

/**
 * Where a process number means something: a machine, and on Linux a container. Temporary folders may be shared by several,
 * and an engine over there is not dead because its number is free here.
 */
function place(): string {
  let space = ''
  try {
    space = readlinkSync('/proc/self/ns/pid')
  } catch {
    // Not Linux: one numbering for the whole machine.
  }
  return `${hostname()}/${space}`
}

/** When a process began, in the system's ticks; empty where that can't be told. */
function startOf(pid: number): string {
  // The name, in parentheses, may hold spaces; the start is the 20th field after it.
  const stat = readProc(pid, 'stat')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function processes(): number[] {
  return namesIn('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
}

/** Nothing where there is no such folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
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

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // Somebody still writes there; the next sweep finds it again.
  }
}
