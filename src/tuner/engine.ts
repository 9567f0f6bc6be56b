import { TrialistError } from '../base/errors.ts'
import type { Executor, Inbox } from '../executor/executor.ts'
import type { Batch, Store, TrialRow } from '../store/store.ts'
import { encodeBatch } from '../trial/codec.ts'
import type { Budget, Event, Failure, Metrics, Outcome } from '../trial/event.ts'
import type { Callbacks } from './callbacks.ts'
import { attemptOf } from './core.ts'
import type { Command, Core } from './core.ts'
import type { Projection } from './projection.ts'

/** An input that waits for the next turn of the loop. */
type Input =
  | {
      readonly type: 'report'
      readonly trial: number
      readonly attempt: number
      readonly ordinal: number
      readonly metrics: Metrics
      readonly step: number | undefined
    }
  | {
      readonly type: 'end'
      readonly trial: number
      readonly attempt: number
      readonly outcome: Outcome
      readonly failure: Failure | undefined
    }
  | { readonly type: 'change'; readonly budget: Budget }

export interface EngineParts {
  readonly core: Core
  readonly projection: Projection
  readonly store: Store
  readonly executor: Executor
  readonly callbacks: Callbacks
  readonly warn: (message: string) => void
}

/** How a session ended: nothing is left to do, or a user interrupted it. */
export type SessionEnd = 'finished' | 'interrupted'

/** Time between tries to write a batch for which there was no space. */
const retryMs = 1_000
/** Granularity at which stoppers see time pass while nothing else happens. */
const tickMs = 1_000

/**
 * The loop: drains the inbox, runs the core, commits, and only then lets effects out: commands to the executor, answers to
 * reports, calls of callbacks. Everything that happens outside becomes an input of a later turn.
 */
export class Engine implements Inbox {
  readonly #core: Core
  readonly #projection: Projection
  readonly #store: Store
  readonly #executor: Executor
  readonly #callbacks: Callbacks
  readonly #warn: (message: string) => void
  #inbox: Input[] = []
  #uncommitted:
    | { readonly batch: Batch; readonly events: readonly Event[]; readonly commands: readonly Command[] }
    | undefined
  #turnWaits = false
  #over = false
  #interrupted = false
  #clockOffset = 0
  #cancelTimer: (() => void) | undefined
  readonly #end = Promise.withResolvers<SessionEnd>()

  constructor(parts: EngineParts) {
    this.#core = parts.core
    this.#projection = parts.projection
    this.#store = parts.store
    this.#executor = parts.executor
    this.#callbacks = parts.callbacks
    this.#warn = parts.warn
  }

  /** Picks up what the log says is running, and goes on until nothing is left to do or `interrupt` is called. */
  run(): Promise<SessionEnd> {
    this.#attach()
    this.#scheduleTurn()
    return this.#end.promise
  }

  /** Ends the session so that it can be resumed: trials are asked to stop and wait for a later attempt. */
  interrupt(): void {
    if (this.#interrupted || this.#over) return
    this.#interrupted = true
    for (const { number, attempt, running } of this.#core.state.live.values()) {
      if (running) this.#executor.stop(number, attempt, 'interrupted')
    }
    this.#scheduleTurn()
  }

  /** Ends the session at once; running trials are abandoned and start again at a resume. */
  abort(): void {
    this.#interrupted = true
    this.#finish('interrupted')
  }

  /** Changes the budget while the experiment runs. */
  change(budget: Budget): void {
    this.#post({ type: 'change', budget })
  }

  reported(trial: number, attempt: number, ordinal: number, metrics: Metrics, step: number | undefined): void {
    this.#post({ type: 'report', trial, attempt, ordinal, metrics, step })
  }

  ended(trial: number, attempt: number, outcome: Outcome, failure: Failure | undefined): void {
    this.#post({ type: 'end', trial, attempt, outcome, failure })
  }

  warn(message: string): void {
    this.#warn(message)
  }

  #attach(): void {
    const { state } = this.#core
    const running = [...state.live.values()].filter((live) => live.running)
    const attempts = running.map((live) => attemptOf(live, state))
    const known = this.#executor.connect(this, attempts, state.now)
    this.#clockOffset = state.now - this.#executor.clock.now()
    running.forEach(({ number, attempt, decision }, i) => {
      if (known[i] === 'gone') this.ended(number, attempt, 'lost', undefined)
      else if (decision !== undefined) this.#executor.stop(number, attempt, 'stopped')
      else if (known[i] === 'unknown') this.#executor.start(attempts[i]!)
    })
  }

  #post(input: Input): void {
    this.#inbox.push(input)
    this.#scheduleTurn()
  }

  #scheduleTurn(): void {
    if (this.#turnWaits || this.#over || this.#uncommitted !== undefined) return
    this.#turnWaits = true
    this.#executor.clock.defer(() => this.#turn())
  }

  #turn(): void {
    this.#turnWaits = false
    if (this.#over) return
    try {
      this.#step()
    } catch (fault) {
      this.#fail(fault)
    }
  }

  /** One turn: all inputs that wait, what follows from them, one commit, then the effects. */
  #step(): void {
    const inputs = this.#inbox
    this.#inbox = []
    this.#core.tick(this.#time())
    for (let i = 0; i < inputs.length; i++) this.#feed(inputs[i]!)
    if (!this.#interrupted) this.#core.fill()
    const { events, commands } = this.#core.take()
    if (events.length > 0) {
      this.#uncommitted = { batch: this.#batchOf(events), events, commands }
      if (!this.#commit()) return
    } else {
      for (const command of commands) this.#perform(command)
    }
    this.#settle()
  }

  #feed(input: Input): void {
    switch (input.type) {
      case 'report':
        return this.#core.report(input.trial, input.attempt, input.ordinal, input.metrics, input.step)
      case 'end':
        return this.#core.end(input.trial, input.attempt, input.outcome, input.failure)
      case 'change':
        return this.#core.change(input.budget)
    }
  }

  #batchOf(events: readonly Event[]): Batch {
    const trials: TrialRow[] = []
    for (let i = 0; this.#store.projects && i < events.length; i++) {
      const row = this.#projection.apply(events[i]!, this.#core.state.columns)
      if (row !== undefined) trials.push(row)
    }
    return { count: events.length, body: encodeBatch(events), trials }
  }

  /**
   * Writes the batch, then lets its effects out. Without space nothing is acknowledged: trials wait in their reports, new
   * inputs in the inbox, and the same batch is tried again until there is space.
   */
  #commit(): boolean {
    const { batch, events, commands } = this.#uncommitted!
    try {
      this.#store.append(batch)
    } catch (fault) {
      if (!(fault instanceof TrialistError) || fault.code !== 'disk_full') throw fault
      this.#warnOnce(`${fault.message} The experiment waits and goes on as soon as there is space.`)
      this.#executor.clock.after(retryMs, () => this.#retryCommit())
      return false
    }
    this.#uncommitted = undefined
    for (let i = 0; i < commands.length; i++) this.#perform(commands[i]!)
    this.#callbacks.tell(events, this.#core.state)
    return true
  }

  #retryCommit(): void {
    if (this.#over) return
    try {
      if (!this.#commit()) return
      this.#warned.clear()
      this.#settle()
      this.#scheduleTurn()
    } catch (fault) {
      this.#fail(fault)
    }
  }

  readonly #warned = new Set<string>()

  #warnOnce(message: string): void {
    if (this.#warned.has(message)) return
    this.#warned.add(message)
    this.#warn(message)
  }

  #perform(command: Command): void {
    switch (command.type) {
      case 'start':
        this.#executor.start(command.attempt)
        // The interrupt came while the launch waited for space in the log.
        if (this.#interrupted) this.#executor.stop(command.attempt.trial, command.attempt.attempt, 'interrupted')
        return undefined
      case 'answer':
        return this.#executor.answer(command.trial, command.attempt, command.answer)
      case 'stop':
        return this.#executor.stop(command.trial, command.attempt, 'stopped')
      case 'warn':
        return this.#warn(command.message)
    }
  }

  /** Ends the session where nothing is left to do, else sees to it that time-bound rules are looked at in time. */
  #settle(): void {
    const { state } = this.#core
    if (this.#over || this.#inbox.length > 0) return
    if (state.finished) return this.#finish('finished')
    if (this.#interrupted && state.running === 0) return this.#finish('interrupted')
    this.#armTimer()
  }

  #armTimer(): void {
    if (this.#cancelTimer !== undefined) return
    const { now, budget, experiment } = this.#core.state
    const leftMs = budget.timeMs === null ? Infinity : budget.timeMs - now
    const untilTickMs = experiment.stoppers.length === 0 ? Infinity : tickMs - (this.#time() % tickMs)
    const delayMs = Math.min(leftMs, untilTickMs)
    if (delayMs === Infinity) return
    this.#cancelTimer = this.#executor.clock.after(Math.max(0, delayMs), () => {
      this.#cancelTimer = undefined
      this.#scheduleTurn()
    })
  }

  #time(): number {
    return this.#executor.clock.now() + this.#clockOffset
  }

  #finish(end: SessionEnd): void {
    if (this.#over) return
    this.#over = true
    this.#cancelTimer?.()
    this.#callbacks.end()
    this.#end.resolve(end)
  }

  #fail(fault: unknown): void {
    this.#over = true
    this.#cancelTimer?.()
    this.#end.reject(fault)
  }
}
