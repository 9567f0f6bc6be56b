import type { EngineMessage } from '../../trainable/protocol.ts'
import type { Channel } from './channel.ts'
import type { Exit, WorkerProcess } from './launcher.ts'
import type { Run } from './run.ts'

/** A process or thread that runs attempts: one, or one after another. */
export class Worker {
  readonly token: string
  process: WorkerProcess | undefined
  /** Leads a process group of its own, which is to be gone with it. */
  pid: number | undefined
  channel: Channel | undefined
  reusable = false
  /** It said hello, or it can't any more, or nobody waits for that. */
  came = false
  run: Run | undefined
  exit: Exit | undefined
  /** Names and numbers that it wrote, where its output is read. */
  seen: readonly string[] = []
  /** No further attempt is given to it. */
  retired = false
  cancelKill: (() => void) | undefined

  constructor(token: string) {
    this.token = token
  }

  send(message: EngineMessage): void {
    this.channel?.send(message)
  }
}
