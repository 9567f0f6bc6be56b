import type { Failure } from '../../trial/event.ts'
import type { Exit } from './launcher.ts'
import { lastLines } from './output.ts'

/** What libraries write when there is no memory left. */
const outOfMemory = /\b(MemoryError|std::bad_alloc|out of memory|OutOfMemoryError|Cannot allocate memory)\b/i

/** Why an attempt failed whose process ended by itself: its output's last lines stand for a stack. */
export function failureOfExit({ code, signal, failure }: Exit, output: { file: string; from: number }): Failure {
  if (failure !== undefined)
    return { kind: failure.kind ?? 'error', message: failure.message, stack: failure.stack ?? '' }
  const stack = lastLines(output.file, output.from)
  const memory = outOfMemory.test(stack)
  if (signal === 'SIGKILL') {
    const message = 'the process was killed by SIGKILL: perhaps the machine ran out of memory, or somebody killed it'
    return { kind: memory ? 'memory' : 'killed', message, stack }
  }
  if (signal !== null)
    return { kind: memory ? 'memory' : 'killed', message: `the process was killed by ${signal}`, stack }
  if (code === 0) return { kind: 'error', message: 'the process ended without saying how its trial did', stack }
  return { kind: memory ? 'memory' : 'error', message: `the process exited with code ${code}`, stack }
}

/** A failure that a worker told, as the log keeps it. */
export function toldFailure({ message, stack = '' }: { readonly message: string; readonly stack?: string }): Failure {
  const memory = outOfMemory.test(message) || outOfMemory.test(stack.split('\n').at(-1) ?? '')
  return { kind: memory ? 'memory' : 'error', message, stack }
}
