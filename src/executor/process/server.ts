import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

import { messageOf } from '../../base/errors.ts'
import { protocolVersion } from '../../trainable/protocol.ts'
import type { Hello } from '../../trainable/protocol.ts'
import type { Channel, Welcomer } from './channel.ts'
import { Connection } from './connection.ts'

/** How to mend a difference of versions. */
const mend = 'Upgrade the older one: `pip install --upgrade trialist` or `npm install trialist@latest`.'

/** Listens for workers and hands each, once it has shown a token, to whoever expects that token. */
export class WorkerServer {
  /** For `TRIALIST_SOCKET`. */
  readonly address: string
  readonly #server: Server
  readonly #expected = new Map<string, Welcomer>()
  readonly #sockets = new Set<Socket>()

  /** Listens on a Unix socket (Windows: a pipe) of that path, from now on. */
  constructor(address: string, failed: (fault: Error) => void) {
    this.address = address
    this.#server = createServer((socket) => this.#accept(socket))
    this.#server.on('error', failed)
    this.#server.listen(address)
  }

  /** Admits one connection with this token. */
  expect(token: string, welcomer: Welcomer): void {
    this.#expected.set(token, welcomer)
  }

  /** Admits none with this token any more. */
  forget(token: string): void {
    this.#expected.delete(token)
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    const channel = new Connection(socket)
    channel.listener = {
      message: (message) => this.#greet(channel, message),
      broken: (why) => refuse(channel, 'message', messageOf(why)),
      closed: () => {},
    }
  }

  #greet(channel: Channel, message: { readonly type: string }): void {
    if (message.type !== 'hello') return refuse(channel, 'message', 'The first message of a worker is hello.')
    const hello = message as Hello
    const welcomer = this.#expected.get(hello.token)
    if (welcomer === undefined) {
      return refuse(channel, 'token', 'No worker is expected with this token: each admits one connection, once.')
    }
    this.#expected.delete(hello.token)
    const wrong = versionError(hello)
    if (wrong !== undefined) refuse(channel, 'version', wrong)
    welcomer(channel, wrong === undefined ? hello : { ...hello, failure: { kind: 'error', message: wrong } })
  }
}

function refuse(channel: Channel, code: 'token' | 'version' | 'message', message: string): void {
  channel.listener = undefined
  channel.send({ type: 'error', code, message })
  channel.end()
}

function versionError({ protocol, sdk }: Hello): string | undefined {
  const [lowest, highest] = Array.isArray(protocol) ? protocol : [NaN, NaN]
  if (lowest <= protocolVersion && highest >= protocolVersion) return undefined
  const theirs = `${sdk ?? 'The worker'} speaks version ${lowest === highest ? lowest : `${lowest} to ${highest}`}`
  return `${theirs} of the trial protocol, the engine version ${protocolVersion}. ${mend}`
}
