import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

import { messageOf } from '../../base/errors.ts'
import type { ModuleTrainable } from '../../trainable/external.ts'
import { failureOf } from '../../trainable/failure.ts'
import type { EngineMessage, Hello, WireFailure } from '../../trainable/protocol.ts'
import type { Channel, Listener } from './channel.ts'
import type { Launch, Launcher, WorkerProcess } from './launcher.ts'
import type { WorkerServer } from './server.ts'
import { killGroup, spawnGroup } from './spawn.ts'

export interface ModuleLauncherOptions {
  readonly trainable: ModuleTrainable
  /** What runs beside the module. */
  readonly entry: URL
  readonly env: Readonly<Record<string, string | undefined>>
  readonly server: WorkerServer
  /** A private folder for what workers write before they have a trial. */
  readonly folder: string
}

/** Starts workers for what a module exports: threads, or processes. */
export class ModuleLauncher implements Launcher {
  readonly perAttempt = false
  readonly spares = 0
  readonly #options: ModuleLauncherOptions
  #count = 0

  constructor(options: ModuleLauncherOptions) {
    this.#options = options
  }

  launch(launch: Launch): WorkerProcess {
    return this.#options.trainable.options.isolation === 'process' ? this.#spawn(launch) : this.#thread(launch)
  }

  close(): void {}

  get #target(): { readonly url: string; readonly export: string } {
    const { url, options } = this.#options.trainable
    return { url, export: options.export ?? 'default' }
  }

  #spawn(launch: Launch): WorkerProcess {
    const { entry, env, server, folder } = this.#options
    server.expect(launch.token, launch.connected)
    let leader: number | undefined
    spawnGroup({
      program: process.execPath,
      args: [entry.pathname],
      env: {
        ...env,
        TRIALIST_SOCKET: server.address,
        TRIALIST_TOKEN: launch.token,
        TRIALIST_TARGET: JSON.stringify(this.#target),
      },
      output: join(folder, `module-${++this.#count}.log`),
      spawned: (pid) => {
        leader = pid
        launch.spawned(pid)
      },
      exited: (exit) => launch.exited(exit),
    })
    return { kill: (signal) => void killGroup(leader, signal) }
  }

  #thread(launch: Launch): WorkerProcess {
    const { entry, env } = this.#options
    const worker = new Worker(entry, {
      env: env as NodeJS.ProcessEnv,
      workerData: { token: launch.token, ...this.#target },
      // What the engine itself was started with is no business of the module's.
      execArgv: [],
    })
    const channel = new ThreadChannel(worker)
    let failure: WireFailure | undefined
    channel.listener = {
      message: (message) => launch.connected(channel, message as Hello),
      broken: (why) => (failure = { message: messageOf(why) }),
      closed: () => {},
    }
    worker.on('error', (fault) => (failure = failureOf(fault)))
    worker.on('exit', (code) => {
      channel.listener?.closed()
      launch.exited({ code, signal: null, ...(failure && { failure }) })
    })
    return { kill: (signal) => void (signal === 'SIGKILL' && worker.terminate()) }
  }
}

/** A worker thread's port. */
class ThreadChannel implements Channel {
  listener: Listener | undefined
  readonly #worker: Worker

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (message: { readonly type: string }) => this.listener?.message(message))
    worker.on('messageerror', (fault) => this.listener?.broken(fault))
  }

  send(message: EngineMessage): void {
    // A port's second argument is a list of what is handed over, no origin.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#worker.postMessage(message)
  }

  end(): void {
    void this.#worker.terminate()
  }
}
