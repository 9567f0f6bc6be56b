import type { LogValue } from '../space/encoded.ts'
import type { Decided, Exploit } from '../trial/event.ts'

/** Somebody elsewhere is to decide on a trial's newest report, which waits for its answer. */
export interface JudgeCommand {
  readonly type: 'judge'
  readonly trial: number
  readonly attempt: number
  /** The report brought a checkpoint. */
  readonly saved: boolean
}

/** Somebody elsewhere has the last word on the configuration with which a trial goes on; its report, if any, waits for the answer. */
export interface ExploreCommand {
  readonly type: 'explore'
  readonly trial: number
  readonly attempt: number
  /** The report brought a checkpoint. */
  readonly saved: boolean
  readonly why: Decided['why']
  /** With the values that the scheduler proposes. */
  readonly exploit: Exploit
}

/** What was decided. */
export interface Judgement {
  readonly action: 'continue' | 'stop' | 'pause'
  readonly why: Readonly<Record<string, string>>
  /** Why the whole experiment is to end; undefined where it goes on. */
  readonly halt: string | undefined
}

/** What is to happen by somebody's will. */
export interface Wish {
  /** Paused trials that go on. */
  readonly resume: readonly number[]
  /** Why the whole experiment is to end; undefined where it goes on. */
  readonly halt: string | undefined
  /** The searcher has no further trial before a paused one is over. */
  readonly stalled?: boolean
}

/** Decides on reports elsewhere, such as in the program that started the engine. */
export interface Judge {
  /** A batch of the log, as it was committed: all of them, in order. */
  observe(body: string): void
  /** Whether it is to be asked about reports. */
  readonly judges: boolean
  /** Rejects where it fails. */
  judge(command: JudgeCommand): Promise<Judgement>
  /** The values in place of those proposed. Rejects where it fails, or answers none of the space. */
  explore(command: ExploreCommand): Promise<readonly LogValue[]>
  /** Set by the engine: takes what it wishes without having been asked. */
  wished: ((wish: Wish) => void) | undefined
}
