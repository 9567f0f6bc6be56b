import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { TrialistError } from '../base/errors.ts'
import type { StoreFactory } from './factory.ts'
import { checkName, nameTaken, notFound } from './name.ts'
import type { Batch, Store } from './store.ts'

/** Holds the files of all experiments in memory, such as checkpoints; gone with the process. */
let filesFolder: string | undefined
let factories = 0

function filesOf(factory: number, name: string): string {
  if (filesFolder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'trialist-memory-'))
    process.once('exit', () => rmSync(made, { recursive: true, force: true }))
    filesFolder = made
  }
  return join(filesFolder, String(factory), name)
}

/**
 * Experiments kept in this process's memory, for as long as the factory lives; the files of trials and checkpoints lie in a
 * private temporary folder, which is removed when the process ends.
 */
export function memory(): StoreFactory {
  const experiments = new Map<string, MemoryStore>()
  const factory = (factories += 1)
  return {
    durable: false,
    exists: (name) => experiments.has(name),
    folder(name) {
      checkName(name)
      return filesOf(factory, name)
    },
    create(name) {
      checkName(name)
      if (experiments.has(name)) throw nameTaken(name)
      const store = new MemoryStore()
      experiments.set(name, store)
      return store
    },
    resume(name) {
      const store = experiments.get(name)
      if (store === undefined) throw notFound(name, 'this memory', [...experiments.keys()])
      store.open(name)
      return store
    },
    read(name) {
      const store = experiments.get(name)
      if (store === undefined) throw notFound(name, 'this memory', [...experiments.keys()])
      return store.read()
    },
  }
}

class MemoryStore implements Store {
  readonly location: string = 'memory'
  readonly projects: boolean = false
  /** Off the heap, as bytes: the strings come as trees of their parts, which would cost the collector dearly. */
  readonly #bodies: Buffer[] = []
  #held = true

  /** Takes the lease for a further session. */
  open(name: string): void {
    if (this.#held) {
      throw new TrialistError({ code: 'experiment_locked', message: `experiment ${name} is running in this process` })
    }
    this.#held = true
  }

  /** The batches so far; later ones do not appear in an iteration that has begun. */
  *read(): Generator<string> {
    for (const body of this.#bodies.slice()) yield body.toString()
  }

  append({ body }: Batch): void {
    this.#bodies.push(Buffer.from(body))
  }

  close(): void {
    this.#held = false
  }
}
