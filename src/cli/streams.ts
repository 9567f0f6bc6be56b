import { messageOf } from '../base/errors.ts'

/**
 * Whoever reads what is said may go away, as `head` does: that is no reason to fall, and an experiment goes on without. What
 * can't be written for another reason, such as a full disk, is said once; the exit code is 2 then.
 */
export function holdStreams(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', onFault)
}

let told = false

function onFault(fault: NodeJS.ErrnoException): void {
  if (fault.code === 'EPIPE' || told) return
  told = true
  process.exitCode = 2
  process.stderr.write(`trialist: what it says can't be written: ${messageOf(fault)}.\n`)
}
