import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'

import { findPython, withPackage } from '../../executor/process/interpreter.ts'

/** How the Python process is started. */
export interface ServerSetting {
  readonly interpreter: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface ServerRequest {
  /** The process that is meant: another one does not know what these lines go on from. */
  readonly session: number
  readonly lines: readonly string[]
  /** Whether the last line is a question. */
  readonly asks: boolean
}

export type ServerAnswer =
  | { readonly type: 'line'; readonly line: string }
  | { readonly type: 'gone'; readonly how: string; readonly said: string }

/** Libraries that compute with threads of their own may not be forked, and the number of threads decides on last digits. */
const oneThread: Readonly<Record<string, string>> = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
  VECLIB_MAXIMUM_THREADS: '1',
  NUMEXPR_NUM_THREADS: '1',
}

/** The servers of this thread, by interpreter: all searchers that need it share one. */
const servers = new Map<string, EngineServer>()

/** The server for the Python that `TRIALIST_PYTHON` names, or the environment's. Throws `not_found` where there is none. */
export function engineServer(): EngineServer {
  const interpreter = findPython(undefined)
  const known = servers.get(interpreter)
  if (known !== undefined) return known
  const made = new EngineServer(interpreter)
  servers.set(interpreter, made)
  return made
}

/**
 * A Python process that holds the state of engines and answers questions about them, one at a time. Whoever asks waits
 * without an event loop, for searchers are synchronous. The process starts with the first question and is gone with this
 * thread, or after a minute without a question.
 */
export class EngineServer {
  readonly interpreter: string
  readonly #rings = new Int32Array(new SharedArrayBuffer(4))
  readonly #port: MessagePort
  /** Counts processes: what an earlier one was told is lost. */
  session = 1
  #ids = 0

  constructor(interpreter: string) {
    this.interpreter = interpreter
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const env = withPackage({ ...process.env, ...oneThread, PYTHONHASHSEED: '0' })
    const setting: ServerSetting = { interpreter, args: ['-m', 'trialist._engines'], env }
    const base = import.meta.url
    const entry = new URL(`server-thread${base.slice(base.lastIndexOf('.'))}`, base)
    const workerData = { port: port2, bell: this.#rings.buffer, setting }
    new Worker(entry, { workerData, transferList: [port2], execArgv: [], stderr: false }).unref()
    port1.unref()
  }

  /** A number for one more searcher. */
  newId(): number {
    return ++this.#ids
  }

  /** Notices whether the process is gone. Called before the session is looked at. */
  refresh(): void {
    for (;;) {
      const received = this.#received()
      if (received === undefined) return
      if (received.type === 'gone') this.session += 1
    }
  }

  tell(lines: readonly string[]): void {
    this.#send(lines, false)
  }

  /** The answer to a question; or that the process is gone, and that the next one is to be told all and asked again. */
  ask(question: string): ServerAnswer {
    this.#send([question], true)
    for (;;) {
      const rings = Atomics.load(this.#rings, 0)
      const received = this.#received()
      if (received === undefined) Atomics.wait(this.#rings, 0, rings)
      else {
        if (received.type === 'gone') this.session += 1
        return received
      }
    }
  }

  #received(): ServerAnswer | undefined {
    return receiveMessageOnPort(this.#port)?.message as ServerAnswer | undefined
  }

  #send(lines: readonly string[], asks: boolean): void {
    const request: ServerRequest = { session: this.session, lines, asks }
    // A port's second argument is a list of what is handed over, no origin.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#port.postMessage(request)
  }
}
