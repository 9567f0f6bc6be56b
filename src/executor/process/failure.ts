import type { WireFailure } from '../../trainable/protocol.ts'
import type { Failure } from '../../trial/event.ts'
import type { Exit } from './launcher.ts'
import { lastLines } from './output.ts'

/** What libraries and kernels write when there is no memory left, such as numpy's `_ArrayMemoryError`. */
const outOfMemory =
  /MemoryError\b|\bstd::bad_alloc\b|\bout of memory\b|OutOfMemory|\bcannot allocate (memory|vector)\b|\bmemory allocation of \d+ bytes failed/i

/** The code by which a shell tells that what it ran was killed: 128 and SIGKILL's number. */
const killedInShell = 137

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
  return { kind: memory ? 'memory' : signal === null ? 'error' : 'killed', message: `the process ${how}`, stack }
}

/** A failure that a worker told, as the log keeps it. */
export function toldFailure({ kind = 'error', message, stack = '' }: WireFailure): Failure {
  const last = stack.trimEnd().split('\n').at(-1)!
  const memory = kind === 'error' && (outOfMemory.test(message) || outOfMemory.test(last))
  return { kind: memory ? 'memory' : kind, message, stack }
}
