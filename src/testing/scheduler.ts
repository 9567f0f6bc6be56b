import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { Decision, Scheduler, SchedulerFactory } from '../schedule/scheduler.ts'
import { compileSpace, uniform } from '../space/index.ts'
import { TrialColumns } from '../trial/columns.ts'
import type { Event, Reported } from '../trial/event.ts'
import type { Objective } from '../trial/objective.ts'

const min = { metric: 'loss', mode: 'min' } as const
const seeds = Array.from({ length: 30 }, (_, i) => i + 1)
const happenings = 300

/**
 * What every scheduler promises the engine, as cases of `node:test`. `create` answers what a user would pass as `scheduler`;
 * trials report at steps 1 to 9.
 */
export function testScheduler(name: string, create: () => SchedulerFactory): void {
  describe(`scheduler ${name}`, () => {
    test('the same events give the same decisions', () => isDeterministic(create))
    test('one that lived through a run and one built from its log decide alike', () => coldEqualsWarm(create))
    test('to decide changes nothing: asked twice it answers the same', () => isPure(create))
    test('max of the negative is min', () => isSymmetric(create))
    test('NaN and infinities never throw, and a decision holds JSON scalars', () => toleratesNonFinite(create))
    test('trials that report alike are not stopped', () => sparesEquals(create))
  })
}

/** Trials that report by seed, stopped as the scheduler says. */
export class SchedulerRehearsal {
  readonly columns: TrialColumns
  readonly scheduler: Scheduler
  readonly events: Event[] = []
  readonly decisions: { readonly report: Reported; readonly decision: Decision }[] = []
  /** Steps of the running trials. */
  readonly #running = new Map<number, { attempt: number; step: number }>()

  constructor(factory: SchedulerFactory, objective: Objective, seed: number = 1) {
    const objectives = [objective]
    this.columns = new TrialColumns(compileSpace({ x: uniform(0, 1) }), objectives)
    this.scheduler = factory.create({ objectives, seed, history: this.columns })
  }

  feed(event: Event): void {
    this.columns.apply(event)
    this.events.push(event)
    this.scheduler.observe?.(event)
  }

  start(): number {
    const trial = this.columns.trials
    this.feed({ type: 'suggested', trial, asOf: this.events.length, values: [0.5], why: { by: 'test' } })
    this.launch(trial, 1)
    return trial
  }

  launch(trial: number, attempt: number): void {
    this.feed({ type: 'launched', trial, attempt })
    this.#running.set(trial, { attempt, step: 0 })
  }

  /** Reports and asks for a decision; what it ends is ended. */
  report(trial: number, step: number, value: number): Decision {
    const { attempt } = this.#running.get(trial)!
    this.#running.set(trial, { attempt, step })
    const report: Reported = {
      type: 'reported',
      trial,
      attempt,
      step,
      values: [value],
      others: undefined,
      judged: true,
    }
    this.feed(report)
    const decision = this.scheduler.decide(report)
    this.decisions.push({ report, decision })
    if (decision.action !== 'continue') this.end(trial, decision.action === 'stop' ? 'stopped' : 'completed')
    return decision
  }

  end(trial: number, state: 'completed' | 'stopped' | 'failed' | 'pending'): void {
    const { attempt } = this.#running.get(trial)!
    this.#running.delete(trial)
    const outcome = state === 'pending' ? 'lost' : state
    this.feed({ type: 'ended', trial, attempt, outcome, state, failure: undefined })
    if (state === 'pending') this.launch(trial, attempt + 1)
  }

  /** One random thing happens: a trial starts, reports (at times over several steps), ends, or is tried again. */
  happen(random: Random, valueOf: (trial: number, step: number) => number): void {
    const trials = [...this.#running.keys()]
    if (trials.length === 0 || (trials.length < 8 && random.below(5) === 0)) return void this.start()
    const trial = trials[random.below(trials.length)]!
    const draw = random.float()
    const step = this.#running.get(trial)!.step + (draw < 0.1 ? 3 : 1)
    if (step > 9) this.end(trial, 'completed')
    else if (draw > 0.98) this.end(trial, 'pending')
    else if (draw > 0.95) this.end(trial, 'failed')
    else this.report(trial, step, valueOf(trial, step))
  }
}

/** A curve of each trial's own, with noise; equal values happen. */
function curve(random: Random): (trial: number, step: number) => number {
  return (trial, step) => Math.round(10 * (((trial * 7919) % 97) / 97 + 1 / step + 0.1 * random.normal())) / 10
}

function rehearse(create: () => SchedulerFactory, seed: number, odd: boolean = false): SchedulerRehearsal {
  const rehearsal = new SchedulerRehearsal(create(), min, seed)
  const random = stream(seed, purpose.simulate)
  const value = curve(random)
  const bad = [NaN, Infinity, -Infinity]
  const valueOf = odd ? (t: number, s: number) => (random.below(6) === 0 ? bad[random.below(3)]! : value(t, s)) : value
  for (let i = 0; i < happenings; i++) rehearsal.happen(random, valueOf)
  return rehearsal
}

function isDeterministic(create: () => SchedulerFactory): void {
  for (const seed of seeds) {
    assert.deepEqual(rehearse(create, seed).decisions, rehearse(create, seed).decisions, `seed ${seed}`)
  }
}

function coldEqualsWarm(create: () => SchedulerFactory): void {
  for (const seed of seeds) {
    const warm = rehearse(create, seed, true)
    const cold = new SchedulerRehearsal(create(), min, seed)
    let decided = 0
    for (const event of warm.events) {
      cold.feed(event)
      if (event.type !== 'reported') continue
      const { decision } = warm.decisions[decided++]!
      // The replay asks only now and then: what it did not ask must not matter.
      if (decided % 7 === 0)
        assert.deepEqual(cold.scheduler.decide(event), decision, `seed ${seed}, decision ${decided}`)
    }
  }
}

function isPure(create: () => SchedulerFactory): void {
  const rehearsal = rehearse(create, 1)
  const trial = rehearsal.start()
  rehearsal.report(trial, 1, 0.5)
  const { report, decision } = rehearsal.decisions.at(-1)!
  if (decision.action === 'continue') assert.deepEqual(rehearsal.scheduler.decide(report), decision)
  const again = new SchedulerRehearsal(create(), min)
  for (const event of rehearsal.events.slice(0, rehearsal.events.lastIndexOf(report) + 1)) again.feed(event)
  assert.deepEqual(again.scheduler.decide(report), again.scheduler.decide(report))
}

function isSymmetric(create: () => SchedulerFactory): void {
  for (const seed of seeds) {
    const [low, high] = (['min', 'max'] as const).map((mode) => {
      const rehearsal = new SchedulerRehearsal(create(), { metric: 'value', mode }, seed)
      const random = stream(seed, purpose.simulate)
      const value = curve(random)
      const sign = mode === 'min' ? 1 : -1
      for (let i = 0; i < happenings; i++) rehearsal.happen(random, (trial, step) => sign * value(trial, step))
      return rehearsal.decisions.map(({ report, decision }) => [report.trial, report.step, decision.action])
    })
    assert.deepEqual(low, high, `seed ${seed}`)
  }
}

function toleratesNonFinite(create: () => SchedulerFactory): void {
  for (const seed of seeds) {
    for (const { decision } of rehearse(create, seed, true).decisions) {
      if (decision.action === 'continue') continue
      for (const value of Object.values(decision.why)) {
        assert.ok(value === null || ['number', 'string', 'boolean'].includes(typeof value), `seed ${seed}`)
      }
    }
  }
}

function sparesEquals(create: () => SchedulerFactory): void {
  const rehearsal = new SchedulerRehearsal(create(), min)
  const random = stream(1, purpose.simulate)
  for (let i = 0; i < 500; i++) rehearsal.happen(random, () => 1)
  const stopped = rehearsal.decisions.filter(({ decision }) => decision.action === 'stop')
  assert.equal(stopped.length, 0)
}
