import type { JudgeCommand, ExploreCommand } from '../bridge/judge.ts'
import type { Attempt } from '../executor/executor.ts'

/** What the engine is to do once the events that led to it are in the log. */
export type Command =
  | { readonly type: 'start'; readonly attempt: Attempt }
  | {
      readonly type: 'answer'
      readonly trial: number
      readonly attempt: number
      readonly answer: 'continue' | 'stop' | 'pause'
      /** The report that is answered brought a checkpoint. */
      readonly saved: boolean
    }
  /** The newest report is not answered until its trial goes on or ends; its slot is free. */
  | { readonly type: 'hold'; readonly trial: number; readonly attempt: number }
  | { readonly type: 'stop'; readonly trial: number; readonly attempt: number }
  /** The checkpoint is kept no longer. */
  | { readonly type: 'remove'; readonly checkpoint: string }
  | Ask
  | JudgeCommand
  | ExploreCommand
  | { readonly type: 'warn'; readonly message: string }

/** A slow searcher is to suggest the next `n` trials, for the log up to the position `asOf`; the answer is an input. */
export interface Ask {
  readonly type: 'suggest'
  readonly n: number
  readonly asOf: number
}
