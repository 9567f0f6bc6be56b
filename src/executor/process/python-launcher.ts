import { constants } from 'node:os'
import { join } from 'node:path'

import type { Exited, Forked, WireFailure } from '../../trainable/protocol.ts'
import type { PythonTrainable } from '../../trainable/external.ts'
import type { Channel } from './channel.ts'
import { failureOfExit } from './failure.ts'
import type { Exit, Launch, Launcher, WorkerProcess } from './launcher.ts'
import type { WorkerServer } from './server.ts'
import { killGroup, spawnGroup } from './spawn.ts'

export interface PythonLauncherOptions {
  readonly trainable: PythonTrainable
  readonly interpreter: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly server: WorkerServer
  /** A private folder for what workers write before they have a trial. */
  readonly folder: string
  /** Told of the parent's process, which is to be gone with the engine. */
  readonly supervise: (pid: number) => void
  readonly warn: (message: string) => void
}

/** Deaths of the parent in a row whose workers start again without that counting as their failure. */
const deathsMax = 3

/** A launch that the parent was asked for, or is to be. */
interface Pending {
  readonly launch: Launch
  pid: number | undefined
  exited: boolean
}

/**
 * Starts Python workers. A warm parent imports the code once and forks a worker for each launch, in milliseconds; where
 * it says that forking is not safe, each worker is a process of its own that imports the code itself.
 */
export class PythonLauncher implements Launcher {
  readonly perAttempt = false
  readonly #options: PythonLauncherOptions
  readonly #workers = new Map<string, Pending>()
  #mode: 'fork' | 'fresh'
  #parent: WorkerProcess | undefined
  #channel: Channel | undefined
  /** The present parent said hello. */
  #heardOf = false
  /** Why the code could not be loaded: it never will be. */
  #failure: WireFailure | undefined
  #count = 0
  /** Times that the parent died since a worker came to its end. */
  #deaths = 0

  constructor(options: PythonLauncherOptions) {
    this.#options = options
    this.#mode = options.trainable.options.fork === false ? 'fresh' : 'fork'
  }

  launch(launch: Launch): WorkerProcess {
    const pending: Pending = { launch, pid: undefined, exited: false }
    this.#options.server.expect(launch.token, launch.connected)
    const process = { kill: (signal: NodeJS.Signals) => kill(pending, signal) }
    if (this.#mode === 'fresh') {
      this.#spawn(pending)
      return process
    }
    this.#workers.set(launch.token, pending)
    if (this.#failure !== undefined) queueMicrotask(() => this.#refuse(pending))
    else if (this.#parent === undefined) this.#startParent()
    else this.#channel?.send({ type: 'fork', token: launch.token })
    return process
  }

  get spares(): number {
    if (this.#options.trainable.options.reuse === true) return 0
    // A process that imported the code by itself takes memory as well as time.
    return this.#mode === 'fork' ? 2 : 1
  }

  close(): void {
    this.#workers.clear()
    this.#channel?.end()
    this.#parent?.kill('SIGKILL')
  }

  #startParent(): void {
    const { server } = this.#options
    const token = crypto.randomUUID()
    server.expect(token, (channel, hello) => {
      this.#channel = channel
      this.#heardOf = true
      if (hello.failure !== undefined) return this.#fail(hello.failure)
      if (hello.parent?.fork !== true) return this.#goFresh(hello.parent?.reason ?? 'it does not say why')
      channel.listener = {
        message: (message) => this.#heard(message as Forked | Exited),
        broken: () => this.#parent?.kill('SIGKILL'),
        closed: () => {
          // By then there may be another parent.
          if (this.#channel === channel) this.#channel = undefined
        },
      }
      for (const waiting of this.#workers.keys()) channel.send({ type: 'fork', token: waiting })
    })
    this.#parent = this.#run('parent', token, {
      spawned: this.#options.supervise,
      exited: (exit) => this.#parentExited(exit),
    })
  }

  #run(mode: 'parent' | 'fresh', token: string, events: { spawned(pid: number): void; exited(exit: Exit): void }) {
    const { trainable, interpreter, env, server, folder } = this.#options
    const reuse = trainable.options.reuse === true ? ['--reuse'] : []
    return spawnGroup({
      program: interpreter,
      args: ['-m', 'trialist.worker', mode, trainable.target, ...reuse],
      env: { ...env, TRIALIST_SOCKET: server.address, TRIALIST_TOKEN: token },
      output: join(folder, `${mode}-${++this.#count}.log`),
      ...events,
    })
  }

  #spawn(pending: Pending): void {
    const { launch } = pending
    this.#run('fresh', launch.token, {
      spawned: (pid) => {
        pending.pid = pid
        launch.spawned(pid)
      },
      exited: (exit) => {
        pending.exited = true
        launch.exited(exit)
      },
    })
  }

  #heard(message: Forked | Exited): void {
    const worker = this.#workers.get(message.token)
    if (worker === undefined) return
    if (message.type === 'forked') {
      worker.pid = message.pid
      worker.launch.spawned(message.pid)
    } else if (message.type === 'exited') {
      this.#workers.delete(message.token)
      worker.exited = true
      if (message.code === 0) this.#deaths = 0
      worker.launch.exited({ code: message.code, signal: signalName(message.signal) })
    }
  }

  /** The code can't be loaded: each worker that is waited for says why. */
  #fail(failure: WireFailure): void {
    this.#failure = failure
    for (const worker of this.#workers.values()) this.#refuse(worker)
  }

  #refuse({ launch }: Pending): void {
    this.#workers.delete(launch.token)
    this.#options.server.forget(launch.token)
    launch.exited({ code: null, signal: null, failure: this.#failure! })
  }

  #goFresh(reason: string): void {
    this.#mode = 'fresh'
    this.#options.warn(`Each trial imports the code anew, as forking is not safe here: ${reason}`)
    const waiting = [...this.#workers.values()]
    this.#workers.clear()
    for (const pending of waiting) this.#spawn(pending)
  }

  /** Its workers die with it. Where it never said hello it can't be had, else the next launch starts another. */
  #parentExited(exit: Exit): void {
    const heard = this.#heardOf
    this.#heardOf = false
    this.#parent = undefined
    this.#channel = undefined
    if (this.#mode === 'fresh' || this.#failure !== undefined) return
    if (!heard) return this.#fail(failureOfExit(exit, { output: undefined, starved: () => false }))
    const workers = [...this.#workers.values()]
    this.#workers.clear()
    this.#deaths += 1
    // A parent that is killed again and again, perhaps for its memory, will be killed again.
    const lost = this.#deaths <= deathsMax
    for (const { launch } of workers) launch.exited({ code: null, signal: 'SIGKILL', lost })
  }
}

/** Kills a worker's group, or the worker alone where it was forked just now and does not lead one yet. */
function kill({ pid, exited }: Pending, signal: NodeJS.Signals): void {
  if (killGroup(pid, signal) || pid === undefined || exited) return
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone.
  }
}

function signalName(signal: number | null): string | null {
  if (signal === null) return null
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`
}
