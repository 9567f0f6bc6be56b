import type { EngineMessage, Hello } from '../../trainable/protocol.ts'

/** What a channel tells; it has one listener at a time. */
export interface Listener {
  message(message: { readonly type: string }): void
  /** What came is no message; the channel is closed after it. */
  broken(why: unknown): void
  closed(): void
}

/** The engine's end of the trial protocol with one worker: a socket, or a worker thread's port. */
export interface Channel {
  listener: Listener | undefined
  send(message: EngineMessage): void
  /** Closes it once what was sent has gone out. */
  end(): void
}

/** Called with a worker that showed its token. */
export type Welcomer = (channel: Channel, hello: Hello) => void
