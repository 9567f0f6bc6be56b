/** Somebody elsewhere is to decide on a trial's newest report, which waits for its answer. */
export interface JudgeCommand {
  readonly type: 'judge'
  readonly trial: number
  readonly attempt: number
  /** The report brought a checkpoint. */
  readonly saved: boolean
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
}

/** Decides on reports elsewhere, such as in the program that started the engine. */
export interface Judge {
  /** A batch of the log, as it was committed: all of them, in order. */
  observe(body: string): void
  /** Whether it is to be asked about reports. */
  readonly judges: boolean
  /** Rejects where it fails. */
  judge(command: JudgeCommand): Promise<Judgement>
  /** Set by the engine: takes what it wishes without having been asked. */
  wished: ((wish: Wish) => void) | undefined
}
