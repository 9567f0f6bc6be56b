import { systemClock } from '../base/clock.ts'
import { TrialistError } from '../base/errors.ts'

/** Where an attempt's checkpoints are written to. */
export interface CheckpointTarget {
  write(id: string, directory: string): Promise<void>
  /** The directory that holds a checkpoint's files. */
  path(id: string): string
}

/** Time between tries to write a checkpoint for which there was no space. */
const retryMs = 1_000

/** Writes the checkpoints of one attempt, and keeps its reports in order while it does. */
export class Saving {
  readonly #target: CheckpointTarget | undefined
  readonly #prefix: string
  readonly #warn: (message: string) => void
  readonly #stopped: () => boolean
  #count = 0
  #last: Promise<unknown> | undefined

  constructor(
    target: CheckpointTarget | undefined,
    { trial, attempt }: { readonly trial: number; readonly attempt: number },
    warn: (message: string) => void,
    stopped: () => boolean,
  ) {
    this.#target = target
    this.#prefix = `${trial}-${attempt}`
    this.#warn = warn
    this.#stopped = stopped
  }

  /**
   * The id of the next report's checkpoint, once it and those of earlier reports are written; undefined where the report
   * need not wait at all.
   */
  next(directory: string | undefined): Promise<string | undefined> | undefined {
    if (directory === undefined && this.#last === undefined) return undefined
    const written = this.#after(this.#last, directory)
    const settled = written.then(ignore, ignore)
    this.#last = settled
    void settled.then(() => {
      if (this.#last === settled) this.#last = undefined
    })
    return written
  }

  /** Waits for reports that nobody waited for. */
  async settled(): Promise<void> {
    while (this.#last !== undefined) await this.#last
  }

  async #after(earlier: Promise<unknown> | undefined, directory: string | undefined): Promise<string | undefined> {
    await earlier
    return directory === undefined ? undefined : this.#write(directory)
  }

  async #write(directory: string): Promise<string> {
    if (this.#target === undefined) throw nowhere()
    this.#count += 1
    const id = `${this.#prefix}-${this.#count}`
    for (let tries = 1; ; tries++) {
      try {
        await this.#target.write(id, directory)
        return id
      } catch (thrown) {
        const full = thrown instanceof TrialistError && thrown.code === 'disk_full'
        if (!full || this.#stopped()) throw thrown
        if (tries === 1) this.#warn(`${thrown.message} The trial waits and goes on as soon as there is space.`)
        await new Promise<void>((resolve) => systemClock.after(retryMs, resolve))
      }
    }
  }
}

function nowhere(): TrialistError {
  return new TrialistError({
    code: 'unsupported',
    message: 'there is no place for checkpoints',
    expected: 'a store that keeps files, such as sqlite() or memory()',
  })
}

function ignore(): void {}
