import type { WireFailure } from '../../trainable/protocol.ts'
import type { Failure } from '../../trial/event.ts'
import type { Exit } from './launcher.ts'
import { lastLines } from './output.ts'

/** What libraries and kernels write when there is no memory left, such as numpy's `_ArrayMemoryError`. */
const outOfMemory =
  /MemoryError\b|\bstd::bad_alloc\b|\bout of memory\b|OutOfMemory|\bcannot allocate (memory|vector)\b|\bmemory allocation of \d+ bytes failed/i

/** The code by which a shell tells that what it ran was killed: 128 and SIGKILL's number. */
const killedInShell = 137

/** Characters of an output's line that a message repeats. */
const reasonLength = 200

/** What is known of an attempt whose process ended, besides how. */
export interface Ending {
  /** The file that has its output, and where that begins; undefined where it had not got so far. */
  readonly output: { readonly file: string; readonly from: number } | undefined
  /** Asked where it was killed by SIGKILL: whether that was the kernel, for want of memory. */
  readonly starved: () => boolean
}

/** Why an attempt failed whose process ended by itself: its output's last lines stand for a stack. */
export function failureOfExit(exit: Exit, { output, starved }: Ending): Failure {
  const { code, signal, failure, wrote = '' } = exit
  if (failure !== undefined) return toldFailure(failure)
  const stack = (output && lastLines(output.file, output.from)) || wrote
  const memory = outOfMemory.test(stack)
  const killed = signal === 'SIGKILL' || code === killedInShell
  const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`
  if (killed && starved()) return { kind: 'memory', message: `the process ${how}: there was no memory left`, stack }
  if (killed) {
    const message = `the process ${how}: perhaps the machine ran out of memory, or somebody killed it`
    return { kind: memory ? 'memory' : 'killed', message, stack }
  }
  if (code === 0) return { kind: 'error', message: 'the process ended without saying how its trial did', stack }
  if (signal !== null) return { kind: memory ? 'memory' : 'killed', message: `the process ${how}`, stack }
  return { kind: memory ? 'memory' : 'error', message: `the process ${how}${reasonIn(stack)}`, stack }
}

/** The line of an output that says why, for a message: the last that speaks of an error, else the last. */
function reasonIn(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const told = lines.findLast((line) => /(error|exception)\b/i.test(line)) ?? lines.at(-1)
  return told === undefined ? '' : `: ${told.trim().slice(0, reasonLength)}`
}

/** A failure that a worker told, as the log keeps it. */
export function toldFailure({ kind = 'error', message, stack = '' }: WireFailure): Failure {
  const last = stack.trimEnd().split('\n').at(-1)!
  const memory = kind === 'error' && (outOfMemory.test(message) || outOfMemory.test(last))
  return { kind: memory ? 'memory' : kind, message, stack }
}
