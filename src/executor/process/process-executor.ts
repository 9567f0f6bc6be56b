import { join } from 'node:path'

import { assert } from '../../base/assert.ts'
import { systemClock } from '../../base/clock.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf, show } from '../../base/errors.ts'
import { limits } from '../../base/limits.ts'
import { purpose, stream } from '../../base/random.ts'
import { CheckpointSources } from '../checkpoint-sources.ts'
import { metricsFrom, numberFrom, protocolVersion } from '../../trainable/protocol.ts'
import type { Done, Failed, Hello, Report, Welcome, WireFailure, WorkerMessage } from '../../trainable/protocol.ts'
import type { Failure, Metrics, Outcome } from '../../trial/event.ts'
import type { Attempt, Executor, Inbox } from '../executor.ts'
import type { Allocation, Machine, Resources } from '../resources.ts'
import type { Channel } from './channel.ts'
import { failureOfExit, toldFailure } from './failure.ts'
import type { Exit, Launcher } from './launcher.ts'
import { MemoryKills } from './memory-kills.ts'
import { lastLines, makeNew, sizeOf } from './output.ts'
import { Run } from './run.ts'
import type { Place } from './run.ts'
import { Session } from './session.ts'
import type { Surroundings } from './session.ts'
import { Worker } from './worker.ts'
import { Watch } from '../watch.ts'

export interface ProcessOptions {
  /** Called once, when the session begins. */
  readonly launcher: (surroundings: Surroundings) => Launcher
  readonly machine: Machine
  /** What each trial is given. */
  readonly resources: Resources
  /** Attempts at the same time. */
  readonly slots: number
  /** A returned number is a report of this metric. */
  readonly metric: string
  /** How long a worker that was asked to stop may take. Milliseconds. */
  readonly graceMs: number
  /** Longest time of one attempt, and between two of its reports; Infinity for none. Milliseconds. */
  readonly timeoutMs: number
  readonly heartbeatMs: number
  /** Whether its trials can wait in their reports. */
  readonly holds: boolean
  /** The experiment's folder, absolute: trials' working folders and checkpoints lie in it. */
  readonly folder: string
}

/** How long ended workers may take to be gone when the session ends. Milliseconds. */
const closeMs = 2_000

/**
 * Runs attempts in processes or threads of their own. What starts them is the launcher's business; here they are given
 * attempts, heard, answered, stopped in steps and buried.
 */
export class ProcessExecutor implements Executor {
  readonly clock: Clock = systemClock
  readonly slots: number
  readonly held: number
  readonly #options: ProcessOptions
  readonly #runs = new Map<number, Run>()
  /** Runs that wait for a worker, in order. */
  readonly #queue: Run[] = []
  readonly #workers = new Set<Worker>()
  readonly #idle: Worker[] = []
  /** Workers that were started and have not said hello. */
  #coming = 0
  /** A worker was ready for attempts: so will others be. */
  #ready = false
  readonly #watch: Watch<Run>
  readonly #sources: CheckpointSources
  readonly #memoryKills = new MemoryKills()
  readonly #starved = (): boolean => this.#memoryKills.take()
  /** Begins every token. */
  readonly #prefix = crypto.randomUUID()
  #inbox: Inbox | undefined
  #session: Session | undefined
  #count = 0
  #closing: (() => void) | undefined

  constructor(options: ProcessOptions) {
    this.slots = options.slots
    // What a trial on a device has there is not to be in the way of others.
    this.held = options.resources.gpus > 0 || !options.holds ? 0 : limits.heldPerSlot * options.slots
    this.#options = options
    this.#sources = new CheckpointSources(join(options.folder, 'checkpoints'))
    this.#watch = new Watch(options, this.clock, (run, why) => this.#overdue(run, why))
  }

  connect(inbox: Inbox, running: readonly Attempt[]): readonly 'gone'[] {
    this.#inbox = inbox
    this.#session = new Session(this.#options, (message) => inbox.warn(message))
    // Processes end with the engine that started them.
    return running.map(() => 'gone')
  }

  start(attempt: Attempt): void {
    const run = new Run(attempt, this.#token(), this.#acquire(attempt), this.#folderOf(attempt))
    this.#runs.set(attempt.trial, run)
    if (this.#session!.launcher.perAttempt) return this.#launch(run)
    const idle = this.#idle.pop()
    if (idle === undefined) this.#queue.push(run)
    else this.#assign(idle, run)
    this.#callWorkers()
  }

  /** What it holds of the machine is free until it goes on. */
  hold(trial: number, attempt: number): void {
    const run = this.#runOf(trial, attempt)
    if (run === undefined || run.held) return
    run.held = true
    this.#watch.remove(run)
    this.#release(run)
  }

  /** What an attempt needs for all of its slots. */
  #acquire({ slots = 1 }: Attempt): readonly Allocation[] {
    const allocations = this.#options.machine.acquireTimes(this.#options.resources, slots)
    assert(allocations !== undefined, 'more trials were started than there is room for')
    return allocations
  }

  #release({ allocations }: Run): void {
    const { machine, resources } = this.#options
    for (const allocation of allocations) machine.release(resources, allocation)
  }

  answer(trial: number, attempt: number, answer: 'continue' | 'stop' | 'pause', save = false): void {
    const run = this.#runOf(trial, attempt)
    if (run === undefined) return
    if (answer !== 'continue') return this.#stop(run, 'stopped', answer)
    if (run.held) this.#goOn(run)
    if (run.waiting === 0) return
    run.waiting -= 1
    run.worker?.send(save ? { type: 'continue', save } : { type: 'continue' })
  }

  #goOn(run: Run): void {
    run.allocations = this.#acquire(run.attempt)
    run.held = false
    this.#watch.begin(run)
  }

  stop(trial: number, attempt: number, outcome: 'stopped' | 'interrupted'): void {
    const run = this.#runOf(trial, attempt)
    if (run !== undefined) this.#stop(run, outcome, 'stop')
  }

  #stop(run: Run, outcome: 'stopped' | 'interrupted', word: 'stop' | 'pause'): void {
    if (run.stopping !== undefined) return
    run.stopping = outcome
    run.word = word
    const { worker } = run
    if (worker === undefined) {
      this.#queue.splice(this.#queue.indexOf(run), 1)
      return this.#end(run, outcome, undefined)
    }
    run.cancelGrace = this.clock.after(this.#options.graceMs, () => worker.process?.kill('SIGKILL'))
    if (worker.channel === undefined) worker.process?.kill('SIGTERM')
    else if (run.waiting > 0) this.#tellStop(run)
  }

  async close(): Promise<void> {
    this.#watch.close()
    for (const run of this.#runs.values()) run.cancelGrace?.()
    this.#runs.clear()
    for (const worker of this.#workers) this.#bury(worker)
    if (this.#workers.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#closing = resolve
      const cancel = this.clock.after(closeMs, resolve)
      await promise
      cancel()
    }
    await this.#session?.close()
    this.#session = undefined
  }

  #token(): string {
    this.#count += 1
    return `${this.#prefix}-${this.#count}`
  }

  #folderOf({ trial }: Attempt): Place {
    const directory = join(this.#session!.folder, 'trials', String(trial))
    return { directory, output: join(directory, 'output.log'), isNew: makeNew(directory) }
  }

  #runOf(trial: number, attempt: number): Run | undefined {
    const run = this.#runs.get(trial)
    return run?.attempt.attempt === attempt ? run : undefined
  }

  // Workers

  /** Starts as many workers as wait for one, and the spares that are ready for the attempts after these. */
  #callWorkers(): void {
    const { spares } = this.#session!.launcher
    const wanted = this.#queue.length + (this.#ready ? Math.min(spares, this.slots) : 0)
    for (let ready = this.#idle.length + this.#coming; ready < wanted; ready++) this.#launch(undefined)
  }

  #launch(run: Run | undefined): void {
    const worker = new Worker(this.#token())
    this.#workers.add(worker)
    if (run === undefined) this.#coming += 1
    else {
      worker.came = true
      this.#give(worker, run)
    }
    const attempt = run && { attempt: run.attempt, token: run.token, ...this.#placeOf(run) }
    worker.process = this.#session!.launcher.launch({
      token: worker.token,
      attempt,
      connected: (channel, hello) => this.#connected(worker, channel, hello),
      spawned: (pid) => this.#spawned(worker, pid),
      reported: (metrics, step) => worker.run && this.#take(worker.run, metrics, step, undefined),
      exited: (exit, seen) => this.#exited(worker, exit, seen),
    })
  }

  #placeOf({ directory, output, gpus }: Run): { directory: string; output: string; env: Record<string, string> } {
    const env: Record<string, string> = {}
    if (this.#options.resources.gpus > 0) env['CUDA_VISIBLE_DEVICES'] = gpus.join(',')
    return { directory, output, env }
  }

  #spawned(worker: Worker, pid: number): void {
    worker.pid = pid
    this.#session?.supervisor.add(pid)
    if (worker.retired) worker.process?.kill('SIGKILL')
  }

  #connected(worker: Worker, channel: Channel, hello: Hello): void {
    // Its last words were read after its end: nothing may be given to it.
    if (worker.exit !== undefined) return channel.end()
    worker.channel = channel
    worker.reusable = hello.reusable === true
    if (!worker.came) this.#coming -= 1
    worker.came = true
    channel.listener = {
      message: (message) => this.#heard(worker, message as WorkerMessage),
      broken: (why) => this.#broken(worker, messageOf(why)),
      closed: () => this.#silent(worker),
    }
    if (worker.run !== undefined) return this.#welcome(worker, worker.run)
    if (hello.failure !== undefined) return this.#unable(worker, hello.failure)
    this.#ready = true
    this.#free(worker)
  }

  /** A worker without an attempt: takes the next that waits. */
  #free(worker: Worker): void {
    const run = this.#queue.shift()
    if (run !== undefined) this.#assign(worker, run)
    else this.#idle.push(worker)
  }

  #assign(worker: Worker, run: Run): void {
    this.#give(worker, run)
    this.#welcome(worker, run)
  }

  #give(worker: Worker, run: Run): void {
    worker.run = run
    run.worker = worker
    run.outputFrom = run.isNew ? 0 : sizeOf(run.output)
    run.isNew = false
    this.#watch.begin(run)
  }

  #welcome(worker: Worker, run: Run): void {
    const { attempt, token } = run
    const { resources, metric } = this.#options
    const { trial, seed: experimentSeed, slots = 1 } = attempt
    const message: Welcome = {
      type: 'welcome',
      protocol: protocolVersion,
      attempt: token,
      trial,
      number: attempt.attempt,
      config: attempt.config,
      metric,
      seed: stream(experimentSeed, purpose.trial, trial, attempt.attempt, 1).uint32(),
      experimentSeed,
      checkpoint: attempt.checkpoint ?? null,
      checkpoints: { kind: 'folder', path: join(this.#session!.folder, 'checkpoints') },
      resources: {
        cpus: resources.cpus * slots,
        memory: resources.memory === undefined ? null : resources.memory * slots,
        gpus: run.gpus,
      },
      ...(slots > 1 && { slots }),
      ...this.#placeOf(run),
    }
    worker.send(message)
  }

  /** The worker can't run anything, and will say so to each attempt. */
  #unable(worker: Worker, failure: WireFailure): void {
    worker.retired = true
    const run = this.#queue.shift()
    if (run === undefined) return
    worker.run = run
    run.worker = worker
    this.#end(run, run.stopping ?? 'failed', toldFailure(failure))
  }

  /** The worker's connection ended: its process is to follow, or has gone before. */
  #silent(worker: Worker): void {
    worker.channel = undefined
    if (worker.exit !== undefined) this.#gone(worker, worker.exit)
    else this.#retire(worker)
  }

  #broken(worker: Worker, why: string): void {
    const { run } = worker
    if (run !== undefined) this.#end(run, run.stopping ?? 'failed', { kind: 'error', message: why, stack: '' })
    this.#bury(worker)
  }

  /** Lets a worker end by itself, for as long as the grace. */
  #retire(worker: Worker): void {
    this.#forget(worker)
    if (worker.exit !== undefined || worker.cancelKill !== undefined) return
    worker.cancelKill = this.clock.after(this.#options.graceMs, () => worker.process?.kill('SIGKILL'))
  }

  #bury(worker: Worker): void {
    this.#forget(worker)
    if (worker.exit === undefined) worker.process?.kill('SIGKILL')
  }

  #forget(worker: Worker): void {
    worker.retired = true
    const place = this.#idle.indexOf(worker)
    if (place >= 0) this.#idle.splice(place, 1)
  }

  /** What it said before its end may still be on its way: its connection's end comes after that. */
  #exited(worker: Worker, exit: Exit, seen: readonly string[] = []): void {
    worker.exit = exit
    worker.seen = seen
    worker.cancelKill?.()
    this.#forget(worker)
    // What it started goes with it.
    worker.process?.kill('SIGKILL')
    if (worker.channel === undefined) return this.#gone(worker, exit)
    worker.cancelKill = this.clock.after(closeMs, () => this.#gone(worker, exit))
  }

  #gone(worker: Worker, exit: Exit): void {
    if (!this.#workers.delete(worker)) return
    worker.cancelKill?.()
    if (worker.pid !== undefined) this.#session?.supervisor.remove(worker.pid)
    this.#conclude(worker, exit)
    if (this.#workers.size === 0) this.#closing?.()
  }

  #conclude(worker: Worker, exit: Exit): void {
    if (!worker.came) {
      worker.came = true
      this.#coming -= 1
      // Another one is started in its place.
      if (exit.lost === true) return this.#callWorkers()
      const next = this.#queue.shift()
      if (next !== undefined)
        this.#end(next, 'failed', failureOfExit(exit, { output: undefined, starved: this.#starved }))
      return
    }
    const { run } = worker
    if (run === undefined) return
    if (run.told !== undefined) return this.#over(run, run.told.outcome, run.told.failure)
    if (run.stopping !== undefined) return this.#over(run, run.stopping, undefined)
    if (run.overdue !== undefined) return this.#over(run, 'failed', this.#timeout(run, run.overdue))
    if (exit.lost === true) return this.#over(run, 'lost', undefined)
    const complete = this.#session!.launcher.perAttempt && exit.code === 0
    if (complete && run.reports === 0) return this.#over(run, 'failed', this.#silentFailure(run, worker.seen))
    if (complete) return this.#over(run, 'completed', undefined)
    const output = { file: run.output, from: run.outputFrom }
    this.#over(run, 'failed', failureOfExit(exit, { output, starved: this.#starved }))
  }

  // Attempts

  #heard(worker: Worker, message: WorkerMessage): void {
    const { run } = worker
    if (run === undefined || (message as Report).attempt !== run.token) {
      // A worker that goes on with what is over.
      if (message.type === 'report') worker.send({ type: 'stop' })
      return
    }
    if (message.type === 'report') this.#report(run, message)
    else if (message.type === 'warning') this.#inbox!.warn(`Trial ${run.attempt.trial}: ${message.message}`)
    else if (message.type === 'done') this.#done(run, message)
    else if (message.type === 'error') this.#failed(run, message)
  }

  #report(run: Run, message: Report): void {
    this.#watch.saw(run)
    if (run.stopping !== undefined) return this.#late(run)
    let metrics
    let step
    try {
      metrics = metricsFrom(message.metrics)
      step = message.step === undefined ? undefined : numberFrom('step', message.step)
      if (message.source !== undefined) this.#sources.claim(run.attempt.trial, message.source)
    } catch (thrown) {
      const why = messageOf(thrown)
      run.worker!.send({ type: 'error', code: 'report', message: why })
      return this.#end(run, 'failed', { kind: 'error', message: why, stack: '' })
    }
    run.waiting += 1
    this.#take(run, metrics, step, message.checkpoint)
  }

  #take(run: Run, metrics: Metrics, step: number | undefined, checkpoint: string | undefined): void {
    this.#watch.saw(run)
    if (run.stopping !== undefined) return
    run.reports += 1
    const { trial, attempt } = run.attempt
    this.#inbox!.reported(trial, attempt, run.reports, metrics, step, checkpoint)
  }

  /** A report after the stop: the worker is told again, and the log keeps once that there was one. */
  #late(run: Run): void {
    const { trial, attempt } = run.attempt
    if (run.toldStop && !run.saidLate) {
      run.saidLate = true
      this.#inbox!.reported(trial, attempt, Infinity, {}, undefined)
    }
    this.#tellStop(run)
  }

  #tellStop(run: Run): void {
    run.toldStop = true
    run.waiting = 0
    run.worker?.send({ type: run.word })
  }

  #timeout({ output, outputFrom }: Run, message: string): Failure {
    return { kind: 'timeout', message, stack: lastLines(output, outputFrom) }
  }

  /** A command that came to a good end and never said the metric. */
  #silentFailure({ output, outputFrom }: Run, seen: readonly string[]): Failure {
    const wanted = show(this.#options.metric)
    const said = seen.length > 0 ? `it printed ${seen.join(', ')}` : 'it printed no name=number at all'
    const message = `the command never printed ${wanted}: ${said}. Print it as ${this.#options.metric}=0.1, or call report().`
    return { kind: 'no_metric', message, stack: lastLines(output, outputFrom) }
  }

  #done(run: Run, { metrics }: Done): void {
    if (metrics !== undefined && run.stopping === undefined) {
      try {
        this.#take(run, metricsFrom(metrics), undefined, undefined)
      } catch (thrown) {
        return this.#end(run, 'failed', { kind: 'error', message: messageOf(thrown), stack: '' })
      }
    }
    this.#end(run, run.stopping ?? 'completed', undefined)
  }

  #failed(run: Run, failure: Failed): void {
    if (run.stopping !== undefined) this.#end(run, run.stopping, undefined)
    else this.#end(run, 'failed', toldFailure(failure))
  }

  /** The worker is through with the attempt. Its slot is free at once, unless its process still holds devices. */
  #end(run: Run, outcome: Outcome, failure: Failure | undefined): void {
    const { worker } = run
    if (worker !== undefined && worker.exit === undefined && run.gpus.length > 0 && !worker.reusable) {
      run.told = { outcome, failure }
      return this.#retire(worker)
    }
    this.#over(run, outcome, failure)
    if (worker === undefined || worker.exit !== undefined) return
    worker.run = undefined
    if (worker.reusable && !worker.retired && outcome !== 'failed') this.#free(worker)
    else this.#retire(worker)
  }

  #over(run: Run, outcome: Outcome, failure: Failure | undefined): void {
    const { trial, attempt } = run.attempt
    if (this.#runs.get(trial) !== run) return
    this.#runs.delete(trial)
    this.#watch.remove(run)
    this.#sources.leave(trial)
    run.cancelGrace?.()
    if (!run.held) this.#release(run)
    this.#inbox!.ended(trial, attempt, outcome, failure)
  }

  #overdue(run: Run, why: string): void {
    run.overdue = why
    run.worker?.process?.kill('SIGTERM')
    run.cancelGrace = this.clock.after(this.#options.graceMs, () => run.worker?.process?.kill('SIGKILL'))
  }
}
