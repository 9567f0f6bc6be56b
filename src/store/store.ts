import type { TrialState } from '../trial/event.ts'

/**
 * Keeps the log of one experiment. There is one writer, the engine, which holds the store's lease while it is open.
 */
export interface Store {
  /** Where the log lies, for people: a path, or `memory`. */
  readonly location: string
  /** Whether it keeps the projection too; else `Batch.trials` stays empty. */
  readonly projects: boolean
  /** All batches in the order of their commits; each is a JSON array of event tuples. */
  read(): Iterable<string>
  /**
   * Appends one batch and its projection in one transaction. On return it is as durable as the store promises. Where it
   * throws, nothing of the batch is kept: `disk_full` where there was no space (the same batch may succeed later), other
   * codes where it can't.
   */
  append(batch: Batch): void
  /** Releases the lease. The store can't be used afterwards. */
  close(): void
}

export interface Batch {
  /** Number of events. */
  readonly count: number
  /** A JSON array of event tuples. */
  readonly body: string
  /** The trials that ended in this batch. */
  readonly trials: readonly TrialRow[]
  /** It is to be on the disk on return, whatever else the store promises: it names files that are there already. */
  readonly synced?: boolean
}

/** A finished trial, as users query it: derived from the log, kept in the same transaction. */
export interface TrialRow {
  readonly number: number
  readonly state: TrialState
  readonly attempts: number
  /** First objective's score as reported; null where there is none or it is NaN. */
  readonly score: number | null
  /** JSON object: parameter path to value, active parameters only. */
  readonly config: string
  /** JSON object: the last report's metrics. */
  readonly metrics: string
  /** The last report's step, null without a report. */
  readonly step: number | null
  /** Experiment time in milliseconds. */
  readonly startedMs: number
  readonly endedMs: number
  /** The failure's message, null where it did not fail. */
  readonly error: string | null
}
