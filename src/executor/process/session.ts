import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import type { Launcher } from './launcher.ts'
import { WorkerServer } from './server.ts'
import { Supervisor } from './supervisor.ts'
import { makePrivateFolder, sweep } from './sweep.ts'

/** What launchers work with while a session is open. */
export interface Surroundings {
  readonly server: WorkerServer
  /** A private folder, which is gone after the session. */
  readonly folder: string
  /** Told of a process group that is to be gone with the engine. */
  readonly supervise: (leader: number) => void
  readonly warn: (message: string) => void
}

/** What an executor of processes holds from the beginning of a session to its end. */
export class Session {
  /** The experiment's folder. */
  readonly folder: string
  readonly supervisor: Supervisor
  readonly launcher: Launcher
  readonly #server: WorkerServer

  constructor(options: SessionOptions, warn: (message: string) => void) {
    sweep()
    const own = makePrivateFolder()
    this.folder = options.folder
    for (const inside of ['trials', 'checkpoints']) mkdirSync(join(this.folder, inside), { recursive: true })
    this.supervisor = new Supervisor(own)
    this.#server = new WorkerServer(socketIn(own), (fault) => warn(`Workers can't connect: ${fault.message}`))
    const supervise = (leader: number): void => this.supervisor.add(leader)
    this.launcher = options.launcher({ server: this.#server, folder: own, supervise, warn })
  }

  async close(): Promise<void> {
    this.launcher.close()
    this.#server.close()
    await this.supervisor.close()
  }
}

interface SessionOptions {
  readonly folder: string
  readonly launcher: (surroundings: Surroundings) => Launcher
}

function socketIn(folder: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\trialist-${crypto.randomUUID()}` : join(folder, 'socket')
}
