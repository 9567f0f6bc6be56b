/**
 * What runs beside a user's module, in a worker thread or a process of its own: loads it, then runs the attempts that the
 * engine hands over.
 */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { parentPort, workerData } from 'node:worker_threads'

import { FolderCheckpoints } from './checkpoint/folder.ts'
import { failureOf } from './trainable/failure.ts'
import { fromClass } from './trainable/from-class.ts'
import { messageFrom, protocolVersion } from './trainable/protocol.ts'
import type { EngineMessage, WorkerMessage } from './trainable/protocol.ts'
import { isTrainableClass } from './trainable/trainable.ts'
import type { AnyTrainable, TrainableFunction } from './trainable/trainable.ts'
import { AttemptRunner } from './trainable/attempt-runner.ts'

/** What a worker is started with: in its environment, or a thread's data. */
export interface WorkerStart {
  readonly token: string
  readonly url: string
  readonly export: string
  /** Of a process: where the engine listens. */
  readonly socket?: string
}

/** Ends what the trainable keeps between attempts; a thread is ended without. */
let closing = async (): Promise<void> => {}

type Send = (message: WorkerMessage) => void

const start = (parentPort === null ? startOfProcess() : workerData) as WorkerStart
if (parentPort !== null) {
  const port = parentPort
  const receive = await ready((message) => port.postMessage(message))
  port.on('message', receive)
} else {
  const socket = connect(start.socket!)
  const receive = await ready((message) => void socket.write(`${JSON.stringify(message)}\n`))
  createInterface({ input: socket, crlfDelay: Infinity }).on('line', (line) =>
    receive(messageFrom(line) as EngineMessage),
  )
  // Without its engine nobody hears it.
  socket.on('error', () => {}).on('close', () => void closing().finally(() => process.exit()))
}

function startOfProcess(): WorkerStart {
  const { TRIALIST_SOCKET: socket = '', TRIALIST_TOKEN: token = '', TRIALIST_TARGET: target = '' } = process.env
  delete process.env['TRIALIST_TOKEN']
  return { socket, token, ...(JSON.parse(target) as { url: string; export: string }) }
}

/** Loads the module and says hello; answers what takes the engine's messages. */
async function ready(send: Send): Promise<(message: EngineMessage) => void> {
  const hello = {
    type: 'hello',
    token: start.token,
    protocol: [protocolVersion, protocolVersion],
    sdk: `node ${process.version}`,
    reusable: true,
  } as const
  try {
    const runner = new AttemptRunner(await load(start), send, (folder) => new FolderCheckpoints(folder))
    send(hello)
    return (message) => runner.receive(message)
  } catch (thrown) {
    const { message, stack } = failureOf(thrown)
    send({ ...hello, failure: { kind: 'error', message, stack } })
    return () => {}
  }
}

async function load({ url, export: name }: WorkerStart): Promise<TrainableFunction<unknown>> {
  const loaded = (await import(url)) as Readonly<Record<string, unknown>>
  const trainable = loaded[name]
  if (typeof trainable !== 'function') {
    const names = Object.keys(loaded).join(', ') || 'nothing'
    throw new TypeError(`${url} exports no function or class ${JSON.stringify(name)}: it exports ${names}`)
  }
  const known = trainable as AnyTrainable
  if (!isTrainableClass(known)) return known as TrainableFunction<unknown>
  const { run, close } = fromClass(known)
  closing = close
  return run
}
