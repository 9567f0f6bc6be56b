import type { Attempt } from '../executor.ts'
import type { Metrics } from '../../trial/event.ts'
import type { WireFailure } from '../../trainable/protocol.ts'
import type { Welcomer } from './channel.ts'

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: string | null
  /** What it wrote before it had a trial, where that is kept. */
  readonly wrote?: string
  /** Where it never got to the trial's code: why. */
  readonly failure?: WireFailure
  /** It went with what it ran on, through no fault of its own. */
  readonly lost?: boolean
}

/** A worker that is to be started, and who wants to know of it. */
export interface Launch {
  /** Admits the worker's connection. */
  readonly token: string
  /** The attempt it is started for; undefined where it learns that by `welcome`. */
  readonly attempt: LaunchedAttempt | undefined
  /** It showed its token. */
  readonly connected: Welcomer
  /** It has a process, which leads a group of its own. */
  spawned(pid: number): void
  /** It reported by other means than the protocol. */
  reported(metrics: Metrics, step: number | undefined): void
  /** It is gone, and all it wrote has been read. Called once, last. `seen`: names and numbers that it wrote. */
  exited(exit: Exit, seen?: readonly string[]): void
}

/** What a worker that is started for one attempt needs to know of it. */
export interface LaunchedAttempt {
  readonly attempt: Attempt
  readonly token: string
  readonly directory: string
  /** A file that takes its output. */
  readonly output: string
  readonly env: Readonly<Record<string, string>>
}

/** Kills one started worker, with all that it started. */
export interface WorkerProcess {
  kill(signal: 'SIGTERM' | 'SIGKILL'): void
}

/** Starts workers of one kind. */
export interface Launcher {
  /** Whether each worker is started for one attempt, whose configuration is in its arguments: a command. */
  readonly perAttempt: boolean
  /** Workers that are to be ready beyond those that run: each is for one attempt and takes a while to start. */
  readonly spares: number
  launch(launch: Launch): WorkerProcess
  /** Gives back what it holds; its workers have been killed. */
  close(): void
}
