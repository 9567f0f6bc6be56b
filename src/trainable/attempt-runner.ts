import { appendFileSync } from 'node:fs'
import * as path from 'node:path'

import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { failureOf } from './failure.ts'
import { checkDirectory, checkMetrics, checkStep } from './metrics.ts'
import { metricsTo } from './protocol.ts'
import type { EngineMessage, Report, Welcome, WorkerMessage } from './protocol.ts'
import { Saving } from './saving.ts'
import type { CheckpointTarget } from './saving.ts'
import { TrialStopped } from './stopped.ts'
import type { ReportedMetrics, ReportOptions, TrainableFunction, TrialCheckpoint, TrialContext } from './trainable.ts'

/** Makes the place that `welcome` says checkpoints are written to. */
export type OpenCheckpoints = (path: string) => CheckpointTarget

/** Runs one attempt after another of a function, as the engine's messages say. */
export class AttemptRunner {
  readonly #trainable: TrainableFunction<unknown>
  readonly #send: (message: WorkerMessage) => void
  readonly #open: OpenCheckpoints
  #attempt: RunningAttempt | undefined

  constructor(trainable: TrainableFunction<unknown>, send: (message: WorkerMessage) => void, open: OpenCheckpoints) {
    this.#trainable = trainable
    this.#send = send
    this.#open = open
  }

  receive(message: EngineMessage): void {
    if (message.type === 'welcome') void this.#run(message)
    else if (message.type === 'continue') this.#attempt?.goOn(message.save === true)
    else if (message.type !== 'fork') this.#attempt?.stop()
  }

  async #run(welcome: Welcome): Promise<void> {
    Object.assign(process.env, welcome.env)
    if (welcome.output !== null) redirect(welcome.output)
    const attempt = new RunningAttempt(welcome, this.#send, this.#open)
    this.#attempt = attempt
    try {
      const returned = await this.#trainable(attempt)
      await attempt.settled()
      this.#send({ type: 'done', attempt: welcome.attempt, ...attempt.last(returned) })
    } catch (thrown) {
      if (attempt.stopped) return this.#send({ type: 'done', attempt: welcome.attempt })
      const { message, stack } = failureOf(thrown)
      this.#send({ type: 'error', attempt: welcome.attempt, kind: 'error', message, stack })
    }
  }
}

interface WaitingReport {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (reason: TrialStopped) => void
}

/** The context of one attempt, as its code sees it. */
class RunningAttempt implements TrialContext<unknown> {
  readonly config: unknown
  readonly trial: number
  readonly attempt: number
  readonly slots: number
  stopped = false
  checkpointWanted = false
  readonly #welcome: Welcome
  readonly #send: (message: WorkerMessage) => void
  readonly #target: CheckpointTarget | undefined
  readonly #saving: Saving
  readonly #waiting: WaitingReport[] = []
  readonly #controller = new AbortController()
  #random: Random | undefined

  constructor(welcome: Welcome, send: (message: WorkerMessage) => void, open: OpenCheckpoints) {
    this.config = welcome.config
    this.trial = welcome.trial
    this.attempt = welcome.number
    this.slots = welcome.slots ?? 1
    this.#welcome = welcome
    this.#send = send
    this.#target = welcome.checkpoints === null ? undefined : open(welcome.checkpoints.path)
    const warn = (message: string): void => send({ type: 'warning', attempt: welcome.attempt, message })
    this.#saving = new Saving(this.#target, this, warn, () => this.stopped)
  }

  get checkpoint(): TrialCheckpoint | undefined {
    const { checkpoint } = this.#welcome
    return checkpoint === null ? undefined : { ...checkpoint, directory: () => this.#target!.path(checkpoint.id) }
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get random(): Random {
    const { experimentSeed, trial, number } = this.#welcome
    return (this.#random ??= stream(experimentSeed, purpose.trial, trial, number))
  }

  readonly report = (metrics: ReportedMetrics, options?: ReportOptions): Promise<void> => {
    if (this.stopped) return rejected(new TrialStopped())
    try {
      const step = checkStep(options)
      const checked = metricsTo(checkMetrics(metrics))
      const directory = checkDirectory(options)
      const written = this.#saving.next(directory)
      const message = { type: 'report', attempt: this.#welcome.attempt, metrics: checked } as const
      const report = step === undefined ? message : { ...message, step }
      if (written === undefined) return this.#post(report)
      const reported = written.then((checkpoint) =>
        this.#post(checkpoint === undefined ? report : { ...report, checkpoint, source: path.resolve(directory!) }),
      )
      reported.catch(ignore)
      return reported
    } catch (fault) {
      return rejected(fault)
    }
  }

  /** Waits for reports that nobody waited for. */
  settled(): Promise<void> {
    return this.#saving.settled()
  }

  #post(report: Report): Promise<void> {
    if (this.stopped) return rejected(new TrialStopped())
    this.checkpointWanted = false
    this.#send(report)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ promise, resolve, reject })
    return promise
  }

  /** What the function returned, as its last report. */
  last(returned: unknown): { readonly metrics?: ReturnType<typeof metricsTo> } {
    if (returned === undefined || this.stopped) return {}
    const metrics = typeof returned === 'number' ? { [this.#welcome.metric]: returned } : (returned as ReportedMetrics)
    return { metrics: metricsTo(checkMetrics(metrics)) }
  }

  goOn(save: boolean): void {
    this.checkpointWanted = save
    this.#waiting.shift()?.resolve()
  }

  stop(): void {
    this.stopped = true
    this.#controller.abort(new TrialStopped())
    for (const { promise, reject } of this.#waiting.splice(0)) {
      promise.catch(ignore)
      reject(new TrialStopped())
    }
  }
}

/** A rejection that code which does not await its report may ignore: it must not end the process. */
function rejected(reason: unknown): Promise<never> {
  const promise = Promise.reject(reason)
  promise.catch(ignore)
  return promise
}

function ignore(): void {}

/** From now on what the code writes goes to the attempt's file. */
function redirect(output: string): void {
  const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    appendFileSync(output, chunk)
    const done = rest.find((each) => typeof each === 'function') as (() => void) | undefined
    if (done !== undefined) queueMicrotask(done)
    return true
  }
  process.stdout.write = write
  process.stderr.write = write
}
