import type { Checkpoints } from '../checkpoint/checkpoints.ts'
import { CheckpointSources } from './checkpoint-sources.ts'
import { systemClock } from '../base/clock.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { failureOf } from '../trainable/failure.ts'
import { checkDirectory, checkMetrics, checkStep } from '../trainable/metrics.ts'
import { Saving } from '../trainable/saving.ts'
import { TrialStopped } from '../trainable/stopped.ts'
import type {
  ReportedMetrics,
  ReportOptions,
  TrainableFunction,
  TrialCheckpoint,
  TrialContext,
} from '../trainable/trainable.ts'
import type { Failure, Metrics, Outcome } from '../trial/event.ts'
import type { Attempt, Executor, Inbox } from './executor.ts'
import { Watch } from './watch.ts'
import type { TimeLimits } from './watch.ts'

export interface InlineOptions extends TimeLimits {
  readonly trainable: TrainableFunction<unknown>
  /** Attempts at the same time. */
  readonly slots: number
  /** A returned number is a report of this metric. */
  readonly metric: string
  /** How long a stopped function may take to end before its slot is given to another trial. Milliseconds. */
  readonly graceMs: number
  /** Ends what the trainable keeps between attempts. */
  readonly close?: () => Promise<void>
  /** Where checkpoints lie; without it a report that brings one is refused. */
  readonly checkpoints?: Checkpoints | undefined
}

/** Period of the timer whose stamp tells a blocked loop from an idle one. */
const heartbeatMs = 250

/**
 * Runs async functions on the engine's own thread: right for work that awaits (network, databases, child processes). A
 * function that computes without awaiting keeps the whole engine waiting; the first one to do so for over a second is
 * named in a warning. One that is overdue is told to stop like any other, and counts as failed once it has or the grace is over.
 */
export class InlineExecutor implements Executor {
  readonly clock: Clock = systemClock
  readonly slots: number
  readonly held: number = limits.heldInline
  readonly #options: InlineOptions
  readonly #runs = new Map<number, Run>()
  readonly #watch: Watch<Run>
  readonly #places: CheckpointPlaces
  #inbox: Inbox | undefined
  #cancelHeartbeat: () => void = () => {}
  /** When the loop was last seen to be free. */
  #freeAt = 0
  #warnedBlocked = false

  constructor(options: InlineOptions) {
    this.slots = options.slots
    this.#options = options
    this.#watch = new Watch(options, this.clock, (run, why) => this.#overdue(run, why))
    const { checkpoints } = options
    this.#places = { checkpoints, sources: new CheckpointSources(checkpoints?.folder) }
  }

  connect(inbox: Inbox, running: readonly Attempt[]): readonly 'gone'[] {
    this.#inbox = inbox
    this.#beat()
    // Functions die with the process that runs them.
    return running.map(() => 'gone')
  }

  start(attempt: Attempt): void {
    const run = new Run(attempt, this.#inbox!, this.#places, () => {
      this.#watch.saw(run)
      this.#checkBlocked(attempt.trial)
    })
    this.#runs.set(attempt.trial, run)
    this.#watch.begin(run)
    this.#freeAt = this.clock.now()
    void this.#execute(run)
  }

  /** A function that awaits takes no more than its memory. Its time stands still. */
  hold(trial: number, attempt: number): void {
    const run = this.#runOf(trial, attempt)
    if (run === undefined) return
    run.held = true
    this.#watch.remove(run)
  }

  answer(trial: number, attempt: number, answer: 'continue' | 'stop' | 'pause', save: boolean = false): void {
    const run = this.#runOf(trial, attempt)
    if (run === undefined) return
    if (answer !== 'continue') return this.stop(trial, attempt, 'stopped')
    if (run.held) {
      run.held = false
      this.#watch.begin(run)
    }
    run.goOn(save)
  }

  stop(trial: number, attempt: number, outcome: 'stopped' | 'interrupted'): void {
    const run = this.#runOf(trial, attempt)
    if (run === undefined) return
    if (run.overdue !== undefined) {
      // What the engine says of it counts more.
      run.overdue = undefined
      run.stopping = outcome
    } else if (run.stopping === undefined) this.#stop(run, outcome)
  }

  #runOf(trial: number, attempt: number): Run | undefined {
    const run = this.#runs.get(trial)
    return run?.attempt.attempt === attempt ? run : undefined
  }

  #stop(run: Run, outcome: 'stopped' | 'interrupted'): void {
    this.#watch.remove(run)
    run.stop(outcome)
    run.cancelGrace = this.clock.after(this.#options.graceMs, () => this.#abandon(run))
  }

  #overdue(run: Run, why: string): void {
    run.overdue = why
    this.#stop(run, 'stopped')
  }

  async close(): Promise<void> {
    this.#cancelHeartbeat()
    this.#watch.close()
    for (const run of this.#runs.values()) {
      run.cancelGrace?.()
      run.leave()
    }
    this.#runs.clear()
    await this.#options.close?.()
  }

  async #execute(run: Run): Promise<void> {
    let outcome: Outcome = 'completed'
    let failure: Failure | undefined
    try {
      const returned = await this.#options.trainable(run.context())
      this.#checkBlocked(run.attempt.trial)
      await run.saving?.settled()
      if (returned !== undefined) run.reportLast(returned, this.#options.metric)
    } catch (thrown) {
      if (run.stopping === undefined) {
        outcome = 'failed'
        failure = failureOf(thrown)
      }
    }
    this.#end(run, run.stopping ?? outcome, failure)
  }

  #end(run: Run, outcome: Outcome, failure: Failure | undefined): void {
    if (run.over) return
    run.over = true
    run.cancelGrace?.()
    this.#watch.remove(run)
    const { trial, attempt } = run.attempt
    this.#places.sources.leave(trial)
    if (this.#runs.get(trial) === run) this.#runs.delete(trial)
    if (run.overdue === undefined) return this.#inbox!.ended(trial, attempt, outcome, failure)
    this.#inbox!.ended(trial, attempt, 'failed', { kind: 'timeout', message: run.overdue, stack: '' })
  }

  #abandon(run: Run): void {
    const seconds = this.#options.graceMs / 1000
    this.#inbox!.warn(
      `Trial ${run.attempt.trial} was stopped but its function still runs after ${seconds} s: it goes on unheard and its ` +
        'slot is given to another trial. Let TrialStopped pass, or listen to signal.',
    )
    this.#end(run, run.stopping!, undefined)
  }

  #beat(): void {
    this.#freeAt = this.clock.now()
    this.#cancelHeartbeat = this.clock.after(heartbeatMs, () => this.#beat())
  }

  /** Called when a trial's function gives control back. */
  #checkBlocked(trial: number): void {
    if (this.#warnedBlocked) return
    const now = this.clock.now()
    const blockedMs = now - this.#freeAt
    this.#freeAt = now
    if (blockedMs <= limits.blockedLoopMs) return
    this.#warnedBlocked = true
    this.#inbox!.warn(
      `Trial ${trial} kept the engine waiting for ${(blockedMs / 1000).toFixed(1)} s by computing without awaiting: no ` +
        'other trial could run. Await between steps (for instance setImmediate from node:timers/promises).',
    )
  }
}

interface WaitingReport {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (reason: TrialStopped) => void
}

/** Where checkpoints go, and where they come from. */
interface CheckpointPlaces {
  readonly checkpoints: Checkpoints | undefined
  readonly sources: CheckpointSources
}

/** One attempt of a trial. */
class Run {
  readonly attempt: Attempt
  over = false
  /** How it is to end, once it is to end early. */
  stopping: 'stopped' | 'interrupted' | undefined
  /** The time-out or heartbeat that it missed, for people. */
  overdue: string | undefined
  /** It waits in its newest report, and its slot is free. */
  held = false
  startedMs = 0
  seenMs = 0
  cancelGrace: (() => void) | undefined
  readonly #inbox: Inbox
  readonly #gaveBack: () => void
  readonly #checkpoints: Checkpoints | undefined
  readonly #sources: CheckpointSources
  /** Made with the first report that brings a checkpoint. */
  saving: Saving | undefined
  /** The engine asked for a checkpoint with the next report. */
  saveWanted = false
  readonly #waiting: WaitingReport[] = []
  #reports = 0
  #saidLate = false
  #saidFault = false
  #controller: AbortController | undefined

  constructor(attempt: Attempt, inbox: Inbox, { checkpoints, sources }: CheckpointPlaces, gaveBack: () => void) {
    this.attempt = attempt
    this.#checkpoints = checkpoints
    this.#sources = sources
    this.#inbox = inbox
    this.#gaveBack = gaveBack
  }

  context(): TrialContext<unknown> {
    return new Context(this)
  }

  readonly report = (metrics: ReportedMetrics, options?: ReportOptions): Promise<void> => {
    this.#gaveBack()
    if (this.stopping !== undefined || this.over) return this.#refuse()
    let checked
    let step
    let directory
    try {
      checked = checkMetrics(metrics)
      step = checkStep(options)
      directory = checkDirectory(options)
      if (directory !== undefined) this.#sources.claim(this.attempt.trial, directory)
    } catch (fault) {
      return this.#fault(fault)
    }
    if (directory !== undefined) this.saving ??= this.#startSaving()
    const written = this.saving?.next(directory)
    if (written === undefined) return this.#post(checked, step, undefined)
    const reported = this.#reportWritten(written, checked, step)
    reported.catch(ignore)
    return reported
  }

  #startSaving(): Saving {
    const stopped = (): boolean => this.stopping !== undefined || this.over
    return new Saving(this.#checkpoints, this.attempt, (message) => this.#inbox.warn(message), stopped)
  }

  async #reportWritten(
    written: Promise<string | undefined>,
    metrics: Metrics,
    step: number | undefined,
  ): Promise<void> {
    let checkpoint
    try {
      checkpoint = await written
    } catch (fault) {
      return this.#fault(fault)
    }
    if (this.stopping === undefined && !this.over) return this.#post(metrics, step, checkpoint)
    if (checkpoint !== undefined) this.#checkpoints!.remove(checkpoint)
    throw new TrialStopped()
  }

  /** A report that can't be taken; said also to those who do not await it, of each attempt once. */
  #fault(fault: unknown): Promise<never> {
    if (!this.#saidFault) this.#inbox.warn(`Trial ${this.attempt.trial}: ${messageOf(fault)}`)
    this.#saidFault = true
    return rejected(fault)
  }

  #post(metrics: Metrics, step: number | undefined, checkpoint: string | undefined): Promise<void> {
    this.saveWanted = false
    this.#reports += 1
    this.#inbox.reported(this.attempt.trial, this.attempt.attempt, this.#reports, metrics, step, checkpoint)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ promise, resolve, reject })
    return promise
  }

  /** The returned value as a last report; nobody waits for its answer. */
  reportLast(returned: unknown, metric: string): void {
    if (this.stopping !== undefined) return
    const metrics = typeof returned === 'number' ? { [metric]: returned } : (returned as ReportedMetrics)
    this.#reports += 1
    this.#inbox.reported(this.attempt.trial, this.attempt.attempt, this.#reports, checkMetrics(metrics), undefined)
  }

  goOn(save: boolean): void {
    this.saveWanted = save
    this.#waiting.shift()?.resolve()
  }

  stop(outcome: 'stopped' | 'interrupted'): void {
    this.stopping ??= outcome
    this.#controller?.abort(new TrialStopped())
    for (const { promise, reject } of this.#waiting.splice(0)) {
      promise.catch(ignore)
      reject(new TrialStopped())
    }
  }

  /** Where the attempt goes on from. */
  get checkpoint(): TrialCheckpoint | undefined {
    const { checkpoint } = this.attempt
    return checkpoint && { ...checkpoint, directory: () => this.#checkpoints!.path(checkpoint.id) }
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.stopping !== undefined && !this.#controller.signal.aborted) this.#controller.abort(new TrialStopped())
    return this.#controller.signal
  }

  /** Abandons the function: nothing more is heard of it. */
  leave(): void {
    this.over = true
    this.#saidLate = true
    this.stop('interrupted')
  }

  /** A report after the stop or the end: the log keeps that there was one, and the function is told to stop. */
  #refuse(): Promise<never> {
    if (!this.#saidLate && this.#waiting.length === 0 && this.stopping !== 'interrupted') {
      this.#saidLate = true
      this.#inbox.reported(this.attempt.trial, this.attempt.attempt, Infinity, {}, undefined)
    }
    return rejected(new TrialStopped())
  }
}

/** A rejection that a trainable which does not await its report may ignore: it must not end the whole process. */
function rejected(reason: unknown): Promise<never> {
  const promise = Promise.reject(reason)
  promise.catch(ignore)
  return promise
}

function ignore(): void {}

/** Getters, so that what a trainable does not use costs nothing. */
class Context implements TrialContext<unknown> {
  readonly config: unknown
  readonly report: Run['report']
  readonly #run: Run
  #random: Random | undefined

  constructor(run: Run) {
    this.config = run.attempt.config
    this.report = run.report
    this.#run = run
  }

  get signal(): AbortSignal {
    return this.#run.signal
  }

  get checkpoint(): TrialCheckpoint | undefined {
    return this.#run.checkpoint
  }

  get checkpointWanted(): boolean {
    return this.#run.saveWanted
  }

  get trial(): number {
    return this.#run.attempt.trial
  }

  get attempt(): number {
    return this.#run.attempt.attempt
  }

  get slots(): number {
    return this.#run.attempt.slots ?? 1
  }

  get random(): Random {
    const { seed, trial, attempt } = this.#run.attempt
    return (this.#random ??= stream(seed, purpose.trial, trial, attempt))
  }
}
