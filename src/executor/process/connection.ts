import type { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'

import { limits } from '../../base/limits.ts'
import { messageFrom } from '../../trainable/protocol.ts'
import type { EngineMessage } from '../../trainable/protocol.ts'
import type { Channel, Listener } from './channel.ts'

/** The answer to nearly all reports, written as it is. */
const goOn = '{"type":"continue"}\n'

/** A worker's socket: messages, a JSON object a line. */
export class Connection implements Channel {
  listener: Listener | undefined
  readonly #socket: Socket
  readonly #decoder = new StringDecoder('utf8')
  #rest = ''

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    // An error is followed by close.
    socket.on('error', () => {})
    socket.on('close', () => this.listener?.closed())
  }

  send(message: EngineMessage): void {
    if (!this.#socket.writable) return
    if (message.type === 'continue' && message.save === undefined) this.#socket.write(goOn, 'latin1')
    else this.#socket.write(`${JSON.stringify(message)}\n`)
  }

  end(): void {
    this.#socket.end()
  }

  #read(chunk: Buffer): void {
    const text = this.#rest + this.#decoder.write(chunk)
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.#take(text.slice(start, end))
      start = end + 1
    }
    this.#rest = text.slice(start)
    if (this.#rest.length > limits.messageLength)
      this.#fail(new Error(`a line of over ${limits.messageLength} characters`))
  }

  #take(line: string): void {
    let message
    try {
      message = messageFrom(line)
    } catch (thrown) {
      return this.#fail(thrown)
    }
    this.listener?.message(message)
  }

  #fail(why: unknown): void {
    this.#rest = ''
    this.listener?.broken(why)
    this.end()
  }
}
