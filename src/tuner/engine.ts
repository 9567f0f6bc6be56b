import { TrialistError } from '../base/errors.ts'
import type { Checkpoints } from '../checkpoint/checkpoints.ts'
import type { Attempt, Executor, Inbox } from '../executor/executor.ts'
import type { Store } from '../store/store.ts'
import type { LogValue } from '../space/encoded.ts'
import type { Budget, Failure, Metrics, Outcome } from '../trial/event.ts'
import type { Suggestion } from '../search/searcher.ts'
import type { ExploreCommand, Judge, Judgement, JudgeCommand, Wish } from '../bridge/judge.ts'
import type { SearcherHost } from '../bridge/searcher-host.ts'
import type { Callbacks } from './callbacks.ts'
import { attemptOf } from './attempts.ts'
import type { Ask, Command } from './command.ts'
import type { Core } from './core.ts'
import { notAtHand } from './plugin-faults.ts'
import type { Projection } from './projection.ts'
import { Turn } from './turn.ts'
import type { Commit } from './turn.ts'

/** An input that waits for the next turn of the loop. */
type Input =
  | {
      readonly type: 'report'
      readonly trial: number
      readonly attempt: number
      readonly ordinal: number
      readonly metrics: Metrics
      readonly step: number | undefined
      readonly checkpoint: string | undefined
    }
  | {
      readonly type: 'end'
      readonly trial: number
      readonly attempt: number
      readonly outcome: Outcome
      readonly failure: Failure | undefined
    }
  | { readonly type: 'change'; readonly budget: Budget }
  | { readonly type: 'reopen'; readonly afresh: boolean }
  | { readonly type: 'suggestions'; readonly ask: Ask; readonly suggestions: readonly Suggestion[] }
  | { readonly type: 'judgement'; readonly command: JudgeCommand; readonly judgement: Judgement }
  | { readonly type: 'explored'; readonly command: ExploreCommand; readonly values: readonly LogValue[] }
  | { readonly type: 'wish'; readonly wish: Wish }
  | { readonly type: 'forget'; readonly trial: number; readonly checkpoint: string }

export interface EngineParts {
  readonly core: Core
  readonly projection: Projection
  readonly store: Store
  readonly executor: Executor
  readonly callbacks: Callbacks
  readonly warn: (message: string) => void
  /** Where trials' checkpoints lie; none where they lie nowhere, as in a simulation. */
  readonly checkpoints?: Checkpoints | undefined
  /** Where a slow searcher is asked; none where its answers are taken in place, as on virtual time. */
  readonly host?: SearcherHost | undefined
  /** The program that started this one: it is told of the log, and may decide on reports. */
  readonly client?: Judge | undefined
}

/** How a session ended: nothing is left to do, or a user interrupted it. */
export type SessionEnd = 'finished' | 'interrupted'

/** Time between tries to write a batch for which there was no space. */
const retryMs = 1_000
/** Inputs or commands of a turn, after which the process sees to its other work. */
const portion = 512
/** Granularity at which stoppers see time pass while nothing else happens. */
const tickMs = 1_000

/**
 * The loop: drains the inbox, runs the core, commits, and only then lets effects out: commands to the executor, answers to
 * reports, calls of callbacks. Everything that happens outside becomes an input of a later turn.
 */
export class Engine implements Inbox {
  readonly #core: Core
  readonly #store: Store
  readonly #executor: Executor
  readonly #callbacks: Callbacks
  readonly #warn: (message: string) => void
  readonly #checkpoints: Checkpoints | undefined
  readonly #host: SearcherHost | undefined
  readonly #client: Judge | undefined
  readonly #observers: ReadonlySet<Pick<SearcherHost, 'observe'>>
  /** The searcher was asked and has not answered. */
  #asking = false
  #inbox: Input[] = []
  /** What the turn at hand has led to. */
  readonly #gathered: Turn
  #uncommitted: Commit | undefined
  #turnWaits = false
  /** A turn that has not come to its end. */
  #work: Generator<void> | undefined
  #over = false
  #interrupted = false
  /** After an interrupt: the trials that run on to their next checkpoint, and whether they were asked for it. */
  readonly #saving = new Map<number, 'unasked' | 'asked'>()
  #clockOffset = 0
  #cancelTimer: (() => void) | undefined
  readonly #end = Promise.withResolvers<SessionEnd>()

  constructor(parts: EngineParts) {
    this.#core = parts.core
    this.#gathered = new Turn(parts.store.projects ? parts.projection : undefined)
    this.#store = parts.store
    this.#executor = parts.executor
    this.#callbacks = parts.callbacks
    this.#warn = parts.warn
    this.#checkpoints = parts.checkpoints
    this.#host = parts.host
    this.#client = parts.client
    if (parts.client !== undefined) parts.client.wished = (wish) => this.#post({ type: 'wish', wish })
    this.#observers = new Set([parts.host, parts.client].filter((each) => each !== undefined))
  }

  /** Stops the trials that are not over. Before `run`. */
  stopUnfinished(): void {
    this.#core.stopUnfinished()
  }

  /** Picks up what the log says is running, and goes on until nothing is left to do or `interrupt` is called. */
  run(): Promise<SessionEnd> {
    this.#attach()
    this.#scheduleTurn()
    return this.#end.promise
  }

  /**
   * Ends the session so that it can be resumed: trials are asked to stop and wait for a later attempt. One that makes
   * checkpoints is let go on to its next one, so that nothing is done twice.
   */
  interrupt(): void {
    if (this.#interrupted || this.#over) return
    this.#interrupted = true
    for (const live of this.#core.state.live.values()) if (live.running || live.held) this.#interruptTrial(live)
    this.#scheduleTurn()
  }

  #interruptTrial({ number, attempt }: { readonly number: number; readonly attempt: number }): void {
    const saves = this.#core.state.retention.newest(number) !== undefined
    if (saves) this.#saving.set(number, 'unasked')
    else this.#executor.stop(number, attempt, 'interrupted')
  }

  /** Ends the session at once; running trials are abandoned and start again at a resume. False where it was over already. */
  abort(): boolean {
    if (this.#over) return false
    this.#interrupted = true
    this.#finish('interrupted', true)
    return true
  }

  /** Changes the budget while the experiment runs. */
  change(budget: Budget): void {
    this.#post({ type: 'change', budget })
  }

  /** Tries all trials again that have failed so far: from their newest checkpoints, or afresh. */
  reopen(afresh: boolean): void {
    this.#post({ type: 'reopen', afresh })
  }

  reported(
    trial: number,
    attempt: number,
    ordinal: number,
    metrics: Metrics,
    step: number | undefined,
    checkpoint?: string,
  ): void {
    this.#post({ type: 'report', trial, attempt, ordinal, metrics, step, checkpoint })
  }

  ended(trial: number, attempt: number, outcome: Outcome, failure: Failure | undefined): void {
    this.#post({ type: 'end', trial, attempt, outcome, failure })
  }

  warn(message: string): void {
    this.#warn(message)
  }

  #attach(): void {
    const { state } = this.#core
    const running = [...state.live.values()].filter((live) => live.running || live.held)
    const lost = this.#forgetLost()
    const attempts = running.map((live) => attemptOf(live, state))
    const known = this.#executor.connect(this, attempts, state.now)
    this.#clockOffset = state.now - this.#executor.clock.now()
    running.forEach(({ number, attempt, decision }, i) => {
      const unable = known[i] === 'unknown' && lost.has(attempts[i]!.checkpoint?.id ?? '')
      if (known[i] === 'gone' || unable) this.ended(number, attempt, 'lost', undefined)
      else if (decision !== undefined) this.#executor.stop(number, attempt, 'stopped')
      else if (known[i] === 'unknown') this.#startAgain(attempts[i]!)
    })
    // A trial that outlived the engine may hold one that it has not reported yet.
    if (!known.includes('running')) this.#sweep()
  }

  /** What was held was so by an executor that did not outlive the engine. */
  #startAgain(attempt: Attempt): void {
    if (attempt.held === true) this.ended(attempt.trial, attempt.attempt, 'lost', undefined)
    else this.#executor.start(attempt)
  }

  /** Takes note of the kept checkpoints that are not there, before anything is to go on from them; answers their ids. */
  #forgetLost(): ReadonlySet<string> {
    const lost = new Set<string>()
    if (this.#checkpoints === undefined) return lost
    for (const [trial, kept] of this.#core.state.retention.entries()) {
      for (const { id: checkpoint } of kept) {
        if (this.#checkpoints.has(checkpoint)) continue
        lost.add(checkpoint)
        this.#post({ type: 'forget', trial, checkpoint })
      }
    }
    return lost
  }

  #sweep(): void {
    const keep = new Set<string>()
    for (const [, kept] of this.#core.state.retention.entries()) for (const { id } of kept) keep.add(id)
    this.#checkpoints?.sweep(keep)
  }

  #post(input: Input): void {
    this.#inbox.push(input)
    this.#scheduleTurn()
  }

  #scheduleTurn(): void {
    if (this.#turnWaits || this.#over || this.#uncommitted !== undefined || this.#work !== undefined) return
    this.#turnWaits = true
    const turn = (): void => this.#executor.clock.defer(() => this.#turn())
    const room = this.#callbacks.room
    if (room === undefined) turn()
    else void room.then(turn)
  }

  /** A turn, or its next portion; true where more of it is left. */
  #turn(): boolean {
    this.#turnWaits = false
    if (this.#over) return false
    try {
      this.#work ??= this.#step()
      if (this.#work.next().done !== true) return true
      this.#work = undefined
      if (this.#inbox.length > 0) this.#scheduleTurn()
    } catch (fault) {
      this.#fail(fault)
    }
    return false
  }

  /** One turn: all inputs that wait, what follows from them, one commit, then the effects. */
  *#step(): Generator<void> {
    const inputs = this.#inbox
    this.#inbox = []
    this.#core.tick(this.#time())
    for (let i = 0; i < inputs.length; i++) {
      this.#feed(inputs[i]!)
      if (i % portion === portion - 1) {
        this.#gather()
        yield
      }
    }
    while (!this.#interrupted && this.#core.fill(undefined, this.#host !== undefined, portion)) {
      this.#gather()
      yield
    }
    this.#gather()
    const commit = this.#gathered.take()
    if (commit.batch.count > 0) {
      this.#uncommitted = commit
      if (!this.#append()) return
    }
    yield* this.#carryOut(commit)
    this.#settle()
  }

  #gather(): void {
    const { events, commands } = this.#core.take()
    this.#gathered.add(events, commands, this.#callbacks.listen, this.#core.state.columns)
  }

  #feed(input: Input): void {
    switch (input.type) {
      case 'report':
        return this.#report(input)
      case 'end':
        return this.#core.end(input.trial, input.attempt, input.outcome, input.failure)
      case 'change':
        return this.#core.change(input.budget)
      case 'reopen':
        return this.#reopen(input.afresh)
      case 'suggestions':
        this.#asking = false
        return this.#core.suggested(input.ask, input.suggestions, this.#areLast(input))
      case 'judgement':
        return this.#core.judged(input.command, input.judgement)
      case 'explored':
        return this.#core.explored(input.command, input.values)
      case 'wish':
        return this.#core.wish(input.wish)
      case 'forget':
        return this.#core.forget(input.trial, input.checkpoint)
    }
  }

  #reopen(afresh: boolean): void {
    const { columns, budget } = this.#core.state
    if (budget.timeMs !== null && this.#core.now >= budget.timeMs) {
      return this.#warn(`The time budget is used up, so that no trial is tried again. Raise it.`)
    }
    for (let trial = 0; trial < columns.trials; trial++) this.#core.reopen(trial, afresh)
  }

  #areLast({ ask, suggestions }: Input & { readonly type: 'suggestions' }): boolean {
    return suggestions.length < (this.#host?.waits === true ? 1 : ask.n)
  }

  #report({ trial, attempt, ordinal, metrics, step, checkpoint }: Input & { readonly type: 'report' }): void {
    const known = this.#checked(checkpoint, trial, attempt)
    this.#core.report(trial, attempt, ordinal, metrics, step, known, this.#client?.judges)
  }

  /** A checkpoint's id comes from outside: it must be one of this attempt's, and there. */
  #checked(checkpoint: string | undefined, trial: number, attempt: number): string | undefined {
    if (checkpoint === undefined || this.#checkpoints === undefined) return checkpoint
    const own = checkpoint.startsWith(`${trial}-${attempt}-`)
    if (own && this.#checkpoints.has(checkpoint)) return checkpoint
    this.#warn(`Trial ${trial} reported the checkpoint ${checkpoint}, which is not there: it is left out.`)
    return undefined
  }

  /**
   * Writes the batch. Without space nothing is acknowledged: trials wait in their reports, new inputs in the inbox, and the same
   * batch is tried again until there is space.
   */
  #append(): boolean {
    const { batch } = this.#uncommitted!
    try {
      this.#store.append(batch)
    } catch (fault) {
      if (!(fault instanceof TrialistError) || fault.code !== 'disk_full') throw fault
      this.#warnOnce(`${fault.message} The experiment waits and goes on as soon as there is space.`)
      this.#executor.clock.after(retryMs, () => this.#retryCommit())
      return false
    }
    this.#uncommitted = undefined
    for (const observer of this.#observers) observer.observe(batch.body)
    return true
  }

  /** Lets the effects of what is written out. */
  *#carryOut({ events, commands }: Commit): Generator<void> {
    for (let i = 0; i < commands.length; i++) {
      if (i > 0) yield
      const some = commands[i]!
      for (let k = 0; k < some.length; k++) this.#perform(some[k]!)
    }
    for (let i = 0; i < events.length; i++) {
      this.#callbacks.tell(events[i]!, this.#core.state)
      if (i % portion === portion - 1) yield
    }
  }

  #retryCommit(): void {
    if (this.#over) return
    try {
      const commit = this.#uncommitted!
      if (!this.#append()) return
      for (const _ of this.#carryOut(commit));
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
        return this.#answer(command)
      case 'hold':
        this.#executor.hold(command.trial, command.attempt)
        if (this.#interrupted) this.#executor.stop(command.trial, command.attempt, 'interrupted')
        return undefined
      case 'stop':
        return this.#executor.stop(command.trial, command.attempt, 'stopped')
      case 'remove':
        return this.#checkpoints?.remove(command.checkpoint)
      case 'suggest':
        return this.#ask(command)
      case 'judge':
        return this.#askJudge(command)
      case 'explore':
        return this.#askExplored(command)
      case 'warn':
        return this.#warn(command.message)
    }
  }

  /** The host has seen the log up to the position that the command names, and no further. */
  #ask(ask: Ask): void {
    if (this.#asking) return
    this.#asking = true
    this.#host!.suggest(ask.n).then(
      (suggestions) => this.#post({ type: 'suggestions', ask, suggestions }),
      (fault: unknown) => this.#over || this.#fail(fault),
    )
  }

  #askJudge(command: JudgeCommand): void {
    this.#client!.judge(command).then(
      (judgement) => this.#post({ type: 'judgement', command, judgement }),
      (fault: unknown) => this.#over || this.#fail(fault),
    )
  }

  #askExplored(command: ExploreCommand): void {
    if (this.#client === undefined) throw notAtHand()
    this.#client.explore(command).then(
      (values) => this.#post({ type: 'explored', command, values }),
      (fault: unknown) => this.#over || this.#fail(fault),
    )
  }

  #answer({ trial, attempt, answer, saved }: Command & { readonly type: 'answer' }): void {
    const saving = answer === 'continue' ? this.#saving.get(trial) : undefined
    if (saving === undefined) return this.#executor.answer(trial, attempt, answer)
    if (saved || saving === 'asked') return this.#executor.stop(trial, attempt, 'interrupted')
    this.#saving.set(trial, 'asked')
    this.#executor.answer(trial, attempt, 'continue', true)
  }

  /** Ends the session where nothing is left to do, else sees to it that time-bound rules are looked at in time. */
  #settle(): void {
    const { state } = this.#core
    if (this.#over || this.#inbox.length > 0) return
    if (state.finished) return this.#finish('finished')
    if (this.#interrupted && state.running === 0 && state.held === 0) return this.#finish('interrupted')
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

  #finish(end: SessionEnd, atOnce = false): void {
    if (this.#over) return
    this.#over = true
    this.#cancelTimer?.()
    const ended = this.#callbacks.end()
    if (atOnce) this.#end.resolve(end)
    else void ended.then(() => this.#end.resolve(end))
  }

  #fail(fault: unknown): void {
    this.#over = true
    this.#cancelTimer?.()
    this.#end.reject(fault)
  }
}
