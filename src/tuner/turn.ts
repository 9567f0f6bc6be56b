import type { Batch, TrialRow } from '../store/store.ts'
import { BatchEncoder } from '../trial/encoder.ts'
import type { Event } from '../trial/event.ts'
import type { TrialColumns } from '../trial/columns.ts'
import type { Command } from './command.ts'
import type { Projection } from './projection.ts'

/** What a turn writes, and the effects that wait until it is written. */
export interface Commit {
  readonly batch: Batch
  readonly events: readonly Event[]
  /** In order, in portions. */
  readonly commands: readonly (readonly Command[])[]
}

/**
 * Gathers what a turn of the loop leads to. Events are written out as they come and kept only where somebody is to be told of them, so
 * that a turn of many thousands needs little memory.
 */
export class Turn {
  readonly #encoder = new BatchEncoder()
  readonly #projection: Projection | undefined
  #events: Event[] = []
  #commands: (readonly Command[])[] = []
  #trials: TrialRow[] = []
  #synced = false

  /** `projection` where the store keeps rows of finished trials. */
  constructor(projection: Projection | undefined) {
    this.#projection = projection
  }

  /** The newest events and commands of the core; the events are kept where `told`. `columns` have seen them. */
  add(events: readonly Event[], commands: readonly Command[], told: boolean, columns: TrialColumns): void {
    for (let i = 0; i < events.length; i++) {
      const event = events[i]!
      this.#encoder.add(event)
      if (event.type === 'reported' && event.checkpoint !== undefined) this.#synced = true
      const row = this.#projection?.apply(event, columns)
      if (row !== undefined) this.#trials.push(row)
      if (told) this.#events.push(event)
    }
    if (commands.length > 0) this.#commands.push(commands)
  }

  /** What was gathered; the next turn begins. */
  take(): Commit {
    const [count, events, commands] = [this.#encoder.count, this.#events, this.#commands]
    const batch = { count, body: this.#encoder.take(), trials: this.#trials, synced: this.#synced }
    this.#events = []
    this.#commands = []
    this.#trials = []
    this.#synced = false
    return { batch, events, commands }
  }
}
