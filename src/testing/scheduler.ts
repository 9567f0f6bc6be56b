import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { Decision, Next, Scheduler, SchedulerFactory } from '../schedule/scheduler.ts'
import { choice, compileSpace, int, loguniform, uniform } from '../space/index.ts'
import type { EncodedSpace, LogValue } from '../space/encoded.ts'
import { TrialColumns } from '../trial/columns.ts'
import type { CheckpointOrigin, Event, Exploit, Reported } from '../trial/event.ts'
import type { Objective } from '../trial/objective.ts'

const min = { metric: 'loss', mode: 'min' } as const
const seedsDefault = 20
const happenings = 300
const trialsOfRun = 30

/**
 * What every scheduler promises the engine, as cases of `node:test`. `create` answers what a user would pass as `scheduler`;
 * trials report at steps 1 to 9. All that a log can hold happens: values that are not finite, steps left out, reports that
 * are not judged or come late, failures, and attempts that start anew or from where the one before was. A trial that was
 * decided on is never heard of again.
 */
export function testScheduler(name: string, create: () => SchedulerFactory, options: TestSchedulerOptions = {}): void {
  const seeds = Array.from({ length: options.seeds ?? seedsDefault }, (_, i) => i + 1)
  describe(`scheduler ${name}`, () => {
    test('the same events give the same decisions', () => isDeterministic(create, seeds))
    test('one that lived through a run and one built from its log decide alike', () => coldEqualsWarm(create, seeds))
    test('to decide changes nothing: asked twice it answers the same', () => isPure(create, seeds))
    test('max of the negative is min', () => isSymmetric(create, seeds))
    test('whatever is reported, a decision holds JSON scalars', () => decidesInJson(create, seeds))
    test('trials that report alike are not stopped', () => sparesEquals(create, seeds))
  })
}

export interface TestSchedulerOptions {
  /** Random runs of each case; fewer for a scheduler that takes long. Default: 20. */
  readonly seeds?: number
}

/** What a scheduler answered, and how many events it had seen then. */
export type Answer =
  | { readonly at: number; readonly report: Reported; readonly decision: Decision }
  | { readonly at: number; readonly report: undefined; readonly next: Next | undefined }

/** Trials that report by seed, stopped, paused and taken up again as the scheduler says. */
export class SchedulerRehearsal {
  readonly objective: Objective
  readonly space: EncodedSpace
  readonly columns: TrialColumns
  readonly scheduler: Scheduler
  readonly events: Event[] = []
  readonly decisions: { readonly report: Reported; readonly decision: Decision }[] = []
  /** All that it was asked, in order. */
  readonly answers: Answer[] = []
  trialsMax: number = Infinity
  /** Slots of the experiment. */
  slots: number = 4
  /** Whether reports bring checkpoints. */
  saves: boolean = true
  /** Steps of the running trials. */
  readonly #running = new Map<number, { attempt: number; step: number }>()
  /** The newest checkpoint of each trial, or the one that it takes over. */
  readonly #saved = new Map<number, CheckpointOrigin>()
  readonly #changed = new Map<number, readonly LogValue[]>()
  /** Trials that failed and were not tried again. */
  readonly #failed: number[] = []
  /** Slots that trials are to have where it is not one. */
  readonly #wanted = new Map<number, number>()
  #checkpoints = 0

  constructor(factory: SchedulerFactory, objective: Objective, seed: number = 1) {
    this.objective = objective
    const objectives = [objective]
    this.space = compileSpace({
      x: uniform(0, 1),
      lr: loguniform(1e-4, 1),
      depth: int(1, 8),
      kind: choice('a', 'b', 'c'),
    })
    this.columns = new TrialColumns(this.space, objectives)
    this.scheduler = factory.create({
      space: this.space,
      objectives,
      seed,
      trialsMax: () => this.trialsMax,
      slots: () => this.slots,
      history: this.columns,
    })
  }

  feed(event: Event): void {
    this.columns.apply(event)
    this.events.push(event)
    this.scheduler.observe?.(event)
  }

  /** Trials that run, in the order of their starts. */
  get running(): readonly number[] {
    return [...this.#running.keys()]
  }

  start(): number {
    const trial = this.columns.trials
    const values = [(trial % 16) / 16, 0.1 ** (1 + (trial % 3)), 1 + (trial % 8), 'abc'[trial % 3]!]
    this.feed({ type: 'suggested', trial, asOf: this.events.length, values, why: { by: 'test' } })
    this.launch(trial, 1)
    return trial
  }

  /** Starts an attempt; `step` is where it goes on. */
  launch(trial: number, attempt: number, step: number = 0, from?: CheckpointOrigin): void {
    const values = this.#changed.get(trial)
    this.#changed.delete(trial)
    const slots = this.#wanted.get(trial) ?? 1
    this.feed({ type: 'launched', trial, attempt, from, ...(values && { values }), ...(slots > 1 && { slots }) })
    this.#running.set(trial, { attempt, step })
  }

  /** Asks for what becomes of a paused trial, and does it. */
  next(): Next | undefined {
    const at = this.events.length
    const next = this.scheduler.next?.()
    this.answers.push({ at, report: undefined, next })
    if (next === undefined || next.action === 'wait') return next
    const { trial, action, why } = next
    assert.equal(this.columns.state(trial), 'paused', `trial ${trial} is to ${action}`)
    const attempt = this.columns.attempt(trial)
    const exploit = action === 'exploit' ? next.exploit : undefined
    this.feed({ type: 'decided', trial, attempt, action, by: 'test', why, ...(exploit && { exploit }) })
    if (action === 'stop' || action === 'complete') {
      const state = action === 'stop' ? 'stopped' : 'completed'
      this.feed({ type: 'ended', trial, attempt, outcome: state, state, failure: undefined })
      return next
    }
    if (exploit !== undefined) this.#takeOver(trial, exploit)
    this.#goOn(trial)
    return next
  }

  /** Reports and asks for a decision; what it ends is ended. */
  report(trial: number, step: number, value: number): Decision {
    const { attempt } = this.#running.get(trial)!
    this.#running.set(trial, { attempt, step })
    const checkpoint = this.saves ? `${trial}-${attempt}-${(this.#checkpoints += 1)}` : undefined
    if (checkpoint !== undefined) this.#saved.set(trial, { checkpoint, step })
    const told = { type: 'reported', trial, attempt, step, values: [value], others: undefined, judged: true } as const
    const report = { ...told, checkpoint }
    this.feed(report)
    const decision = this.scheduler.decide(report)
    this.decisions.push({ report, decision })
    this.answers.push({ at: this.events.length, report, decision })
    if (decision.action !== 'continue') this.#carryOut(trial, decision)
    return decision
  }

  /** Ends an attempt; one that is to be tried again (`pending`) goes on from `step`. */
  end(trial: number, state: 'completed' | 'stopped' | 'failed' | 'pending', step: number = 0): void {
    const { attempt } = this.#running.get(trial)!
    this.#running.delete(trial)
    const outcome = state === 'pending' ? 'lost' : state
    this.feed({ type: 'ended', trial, attempt, outcome, state, failure: undefined })
    if (state === 'pending') this.launch(trial, attempt + 1, step)
    if (state === 'failed') this.#failed.push(trial)
  }

  /** A trial that failed is tried again: from its newest checkpoint, or afresh. */
  reopen(trial: number, afresh: boolean): void {
    this.feed({ type: 'reopened', trial, afresh })
    if (afresh) this.#saved.delete(trial)
    this.#goOn(trial)
  }

  /**
   * One random thing happens: a trial starts or goes on, reports (at times over several steps), ends, or is tried again, also after
   * it had failed. False where there is nothing left to do.
   */
  happen(random: Random, valueOf: (trial: number, step: number) => number): boolean {
    this.feed({ type: 'time', now: this.events.length })
    const failed = this.#failed.at(-1)
    if (failed !== undefined && random.below(8) === 0) {
      this.#failed.pop()
      this.reopen(failed, random.below(2) === 0)
      return true
    }
    const trials = this.running
    if (trials.length === 0 || (trials.length < 8 && random.below(5) === 0)) {
      if (this.#fill(random)) return true
      if (trials.length === 0) return false
    }
    this.#happenTo(trials, random, valueOf)
    return true
  }

  /** Fills a slot; false where nothing was to be started. */
  #fill(random: Random): boolean {
    const before = this.#running.size
    let next = this.#ask()
    if (next === undefined && before === 0 && random.below(4) === 0) {
      // The searcher has no trial before a paused one is over.
      this.feed({ type: 'stalled' })
      next = this.#ask()
    }
    if (this.#running.size > before) return true
    if ((next !== undefined && before > 0) || this.columns.trials >= this.trialsMax) return false
    this.start()
    return true
  }

  /** Asks until a trial goes on, or none does; answers the last word. */
  #ask(): Next | undefined {
    const before = this.#running.size
    let next: Next | undefined
    do next = this.next()
    while (next !== undefined && next.action !== 'wait' && this.#running.size === before)
    return next
  }

  #happenTo(trials: readonly number[], random: Random, valueOf: (trial: number, step: number) => number): void {
    const trial = trials[random.below(trials.length)]!
    const draw = random.float()
    const reached = this.#running.get(trial)!.step
    const step = reached + (draw < 0.1 ? 3 : 1)
    if (step > 9) this.end(trial, 'completed')
    else if (draw > 0.95) this.end(trial, 'pending', random.below(reached + 1))
    else if (draw > 0.92) this.end(trial, 'failed')
    else if (draw > 0.89) this.#reportUnjudged(trial, step)
    else this.report(trial, step, valueOf(trial, step))
  }

  #carryOut(trial: number, decision: Exclude<Decision, { readonly action: 'continue' }>): void {
    const { attempt } = this.#running.get(trial)!
    const { action, why } = decision
    const exploit = decision.action === 'exploit' ? decision.exploit : undefined
    this.feed({ type: 'decided', trial, attempt, action, by: 'test', why, ...(exploit && { exploit }) })
    this.feed({ type: 'late', trial, attempt })
    if (action === 'stop' || action === 'complete') return this.end(trial, action === 'stop' ? 'stopped' : 'completed')
    this.#running.delete(trial)
    const state = action === 'pause' ? 'paused' : 'pending'
    this.feed({ type: 'ended', trial, attempt, outcome: 'stopped', state, failure: undefined })
    if (exploit === undefined) return
    this.#takeOver(trial, exploit)
    this.#goOn(trial)
  }

  #takeOver(trial: number, { trial: from, checkpoint, step, values, slots }: Exploit): void {
    assert.equal(this.#saved.get(from)?.checkpoint, checkpoint, `trial ${trial} goes on from what is kept`)
    assert.deepEqual(this.space.values(this.space.encode(this.space.configOf(values))).length, values.length)
    this.#saved.set(trial, { checkpoint, step, trial: from })
    this.#changed.set(trial, values)
    if (slots !== undefined) this.#wanted.set(trial, slots)
  }

  /** The trial's next attempt, from its newest checkpoint. */
  #goOn(trial: number): void {
    const from = this.#saved.get(trial)
    this.launch(trial, this.columns.attempt(trial) + 1, from?.step ?? 0, from)
  }

  /** A report without the objective. */
  #reportUnjudged(trial: number, step: number): void {
    const { attempt } = this.#running.get(trial)!
    this.feed({ type: 'reported', trial, attempt, step, values: [NaN], others: undefined, judged: false })
  }
}

/** A curve of each trial's own, with noise; equal values and such that are not finite happen. */
function curve(random: Random, sign: 1 | -1): (trial: number, step: number) => number {
  const bad = [NaN, Infinity, -Infinity]
  return (trial, step) => {
    if (random.below(6) === 0) return bad[random.below(3)]!
    return (sign * Math.round(10 * (((trial * 7919) % 97) / 97 + 1 / step + 0.1 * random.normal()))) / 10
  }
}

function rehearse(create: () => SchedulerFactory, seed: number, mode: Objective['mode'] = 'min'): SchedulerRehearsal {
  const rehearsal = new SchedulerRehearsal(create(), { metric: 'value', mode }, seed)
  const random = stream(seed, purpose.simulate)
  const valueOf = curve(random, mode === 'min' ? 1 : -1)
  rehearsal.trialsMax = trialsOfRun
  for (let i = 0; i < happenings && rehearsal.happen(random, valueOf); i++);
  return rehearsal
}

function isDeterministic(create: () => SchedulerFactory, seeds: readonly number[]): void {
  for (const seed of seeds) {
    assert.deepEqual(rehearse(create, seed).answers, rehearse(create, seed).answers, `seed ${seed}`)
  }
}

/** Folds the events of a run that was decided on; `asks` says how often each question is asked now. */
function replay(create: () => SchedulerFactory, seed: number, asks: () => number): void {
  const lived = rehearse(create, seed)
  const cold = new SchedulerRehearsal(create(), lived.objective, seed)
  cold.trialsMax = trialsOfRun
  let fed = 0
  for (const answer of lived.answers) {
    while (fed < answer.at) cold.feed(lived.events[fed++]!)
    for (let n = asks(); n > 0; n--) {
      const where = `seed ${seed}, after ${fed} events`
      if (answer.report === undefined) assert.deepEqual(cold.scheduler.next?.(), answer.next, where)
      else assert.deepEqual(cold.scheduler.decide(answer.report), answer.decision, where)
    }
  }
}

function coldEqualsWarm(create: () => SchedulerFactory, seeds: readonly number[]): void {
  for (const seed of seeds) {
    const random = stream(seed, purpose.simulate, 1)
    // Asked only now and then: what was not asked must not matter.
    replay(create, seed, () => (random.below(7) === 0 ? 1 : 0))
  }
}

function isPure(create: () => SchedulerFactory, seeds: readonly number[]): void {
  for (const seed of seeds) replay(create, seed, () => 2)
}

function isSymmetric(create: () => SchedulerFactory, seeds: readonly number[]): void {
  for (const seed of seeds) {
    const [low, high] = (['min', 'max'] as const).map((mode) =>
      rehearse(create, seed, mode).decisions.map(({ report, decision }) => [
        report.trial,
        report.step,
        decision.action,
      ]),
    )
    assert.deepEqual(low, high, `seed ${seed}`)
  }
}

function decidesInJson(create: () => SchedulerFactory, seeds: readonly number[]): void {
  for (const seed of seeds) {
    for (const answer of rehearse(create, seed).answers) {
      const said = answer.report === undefined ? answer.next : answer.decision
      if (said === undefined || !('why' in said)) continue
      for (const [name, value] of Object.entries(said.why)) {
        const scalar = value === null || Number.isFinite(value) || ['string', 'boolean'].includes(typeof value)
        assert.ok(scalar, `seed ${seed}: ${name} is ${String(value)}`)
      }
    }
  }
}

function sparesEquals(create: () => SchedulerFactory, seeds: readonly number[]): void {
  for (const seed of seeds) {
    const rehearsal = new SchedulerRehearsal(create(), min, seed)
    const random = stream(seed, purpose.simulate)
    rehearsal.trialsMax = trialsOfRun
    for (let i = 0; i < happenings && rehearsal.happen(random, () => 1); i++);
    const stopped = rehearsal.decisions.filter(({ decision }) => decision.action === 'stop')
    assert.equal(stopped.length, 0, `seed ${seed}`)
  }
}

/** How trials stand at the rungs of ASHA, read anew from all events: what tests compare its schedulers with. */
export interface Standings {
  /** What was recorded at each rung, from the lowest on. */
  readonly rungs: readonly (readonly Recorded[])[]
  readonly paused: ReadonlySet<number>
  /** At how many rungs a trial is recorded. */
  readonly reached: ReadonlyMap<number, number>
}

interface Recorded {
  readonly trial: number
  readonly loss: number
}

const rungsOf = 3

/** With one objective, and rungs at 1, eta and eta² steps. */
export function standingsOf(events: readonly Event[], eta: number): Standings {
  const rungs = Array.from({ length: rungsOf }, (): Recorded[] => [])
  const reached = new Map<number, number>()
  const paused = new Set<number>()
  for (const event of events) {
    if (event.type === 'launched') paused.delete(event.trial)
    else if (event.type === 'ended') {
      if (event.state === 'paused') paused.add(event.trial)
      else paused.delete(event.trial)
    } else if (event.type === 'reported' && event.judged) {
      const loss = Number.isFinite(event.values[0]) ? event.values[0]! : Infinity
      for (let rung = reached.get(event.trial) ?? 0; rung < rungsOf && event.step >= eta ** rung; rung++) {
        rungs[rung]!.push({ trial: event.trial, loss })
        reached.set(event.trial, rung + 1)
      }
    }
  }
  return { rungs, paused, reached }
}

/** The best paused trial among the best `keep(n)` of the n at its rung, from the highest rung down. */
export function firstOf({ rungs, paused, reached }: Standings, keep: (n: number) => number): number | undefined {
  for (let rung = rungsOf - 1; rung >= 0; rung--) {
    const sorted = rungs[rung]!.toSorted((a, b) => a.loss - b.loss || a.trial - b.trial)
    const kept = sorted.slice(0, keep(sorted.length))
    const found = kept.find(({ trial }) => paused.has(trial) && reached.get(trial) === rung + 1)
    if (found !== undefined) return found.trial
  }
  return undefined
}
