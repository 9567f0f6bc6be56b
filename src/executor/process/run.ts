import type { Failure, Outcome } from '../../trial/event.ts'
import type { Attempt } from '../executor.ts'
import type { Allocation } from '../resources.ts'
import type { Worker } from './worker.ts'

/** Where an attempt's files lie. */
export interface Place {
  readonly directory: string
  /** Takes its standard output and error. */
  readonly output: string
  readonly isNew: boolean
}

/** One attempt of a trial, from its start to its end. */
export class Run {
  readonly attempt: Attempt
  /** Fences its messages: those of an earlier attempt carry another. */
  readonly token: string
  /** What it was given, once for each of its slots. */
  allocations: readonly Allocation[]
  readonly directory: string
  /** The file that takes its output, and where this attempt's begins in it. */
  readonly output: string
  outputFrom = 0
  /** The folder was made for it, so there is no output of earlier attempts. */
  isNew: boolean
  worker: Worker | undefined
  /** Reports that came. */
  reports = 0
  /** Reports that wait for an answer. */
  waiting = 0
  /** How it is to end, once it is to end early. */
  stopping: 'stopped' | 'interrupted' | undefined
  /** How its worker is told so. */
  word: 'stop' | 'pause' = 'stop'
  /** It waits in its newest report, and what it was given is free. */
  held = false
  /** The worker was answered that it is to stop. */
  toldStop = false
  saidLate = false
  /** The time-out or heartbeat that it missed, for people. */
  overdue: string | undefined
  /** Engine's running time at its start and at its last sign of life. Milliseconds. */
  startedMs = 0
  seenMs = 0
  cancelGrace: (() => void) | undefined
  /** Its end as the worker told it, while its process still holds devices. */
  told: { readonly outcome: Outcome; readonly failure: Failure | undefined } | undefined

  constructor(attempt: Attempt, token: string, allocations: readonly Allocation[], place: Place) {
    this.attempt = attempt
    this.token = token
    this.allocations = allocations
    this.directory = place.directory
    this.output = place.output
    this.isNew = place.isNew
  }

  /** Ids of its devices, each once. */
  get gpus(): readonly string[] {
    return [...new Set(this.allocations.flatMap(({ gpus }) => gpus))]
  }
}
