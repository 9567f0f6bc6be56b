import { closeSync, fdatasync, fdatasyncSync, openSync } from 'node:fs'

/** Half a second, so that what is at risk stays below a second with the sync's own time. */
const syncMs = 500

/**
 * Brings a write-ahead log to the disk soon after each commit, off the engine's thread. It opens that file and no other:
 * closing a descriptor of the database would drop SQLite's locks on it.
 */
export class WalSync {
  readonly #file: string
  #descriptor: number | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(file: string) {
    this.#file = file
  }

  committed(): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#run(), syncMs)
    this.#timer.unref()
  }

  /** Syncs at once what was committed, before the engine goes on. */
  now(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#open()
    if (this.#descriptor !== undefined) softly(fdatasyncSync, this.#descriptor)
  }

  /** Syncs what still waits. */
  close(): void {
    if (this.#timer !== undefined) this.now()
    // A sync that still waits for a thread may then meet another file under this number, which it does no harm.
    if (this.#descriptor !== undefined) closeSync(this.#descriptor)
    this.#descriptor = undefined
  }

  #run(): void {
    this.#timer = undefined
    this.#open()
    if (this.#descriptor !== undefined) fdatasync(this.#descriptor, () => {})
  }

  /** Windows syncs only what is open for writing. */
  #open(): void {
    this.#descriptor ??= softly((file) => openSync(file, 'r+'), this.#file)
  }
}

/** A sync that fails takes nothing from what `process` durability promises; a failing disk shows at the next commit. */
function softly<A, R>(call: (argument: A) => R, argument: A): R | undefined {
  try {
    return call(argument)
  } catch {
    return undefined
  }
}
