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
 * trials report at steps 1 to 9. All that a log can hold happens: values that are not finite, steps left out, reports that
 * are not judged or come late, failures, and attempts that start anew or from where the one before was. A trial that was
 * decided on is never heard of again.
 */
export function testScheduler(name: string, create: () => SchedulerFactory): void {
  describe(`scheduler ${name}`, () => {
    test('the same events give the same decisions', () => isDeterministic(create))
    test('one that lived through a run and one built from its log decide alike', () => coldEqualsWarm(create))
    test('to decide changes nothing: asked twice it answers the same', () => isPure(create))
    test('max of the negative is min', () => isSymmetric(create))
    test('whatever is reported, a decision holds JSON scalars', () => decidesInJson(create))
    test('trials that report alike are not stopped', () => sparesEquals(create))
  })
}

/** Trials that report by seed, stopped as the scheduler says. */
export class SchedulerRehearsal {
  readonly objective: Objective
  readonly columns: TrialColumns
  readonly scheduler: Scheduler
  readonly events: Event[] = []
  readonly decisions: { readonly report: Reported; readonly decision: Decision }[] = []
  /** Steps of the running trials. */
  readonly #running = new Map<number, { attempt: number; step: number }>()

  constructor(factory: SchedulerFactory, objective: Objective, seed: number = 1) {
    this.objective = objective
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

  /** Starts an attempt; `step` is where it goes on. */
  launch(trial: number, attempt: number, step: number = 0): void {
    this.feed({ type: 'launched', trial, attempt })
    this.#running.set(trial, { attempt, step })
  }

  /** Reports and asks for a decision; what it ends is ended. */
  report(trial: number, step: number, value: number): Decision {
    const { attempt } = this.#running.get(trial)!
    this.#running.set(trial, { attempt, step })
    const report = { type: 'reported', trial, attempt, step, values: [value], others: undefined, judged: true } as const
    this.feed(report)
    const decision = this.scheduler.decide(report)
    this.decisions.push({ report, decision })
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
  }

  /** One random thing happens: a trial starts, reports (at times over several steps), ends, or is tried again. */
  happen(random: Random, valueOf: (trial: number, step: number) => number): void {
    this.feed({ type: 'time', now: this.events.length })
    const trials = [...this.#running.keys()]
    if (trials.length === 0 || (trials.length < 8 && random.below(5) === 0)) return void this.start()
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

  #carryOut(trial: number, { action, why }: Exclude<Decision, { readonly action: 'continue' }>): void {
    const { attempt } = this.#running.get(trial)!
    this.feed({ type: 'decided', trial, attempt, action, by: 'test', why })
    this.feed({ type: 'late', trial, attempt })
    this.end(trial, action === 'stop' ? 'stopped' : 'completed')
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
  for (let i = 0; i < happenings; i++) rehearsal.happen(random, valueOf)
  return rehearsal
}

function isDeterministic(create: () => SchedulerFactory): void {
  for (const seed of seeds) {
    assert.deepEqual(rehearse(create, seed).decisions, rehearse(create, seed).decisions, `seed ${seed}`)
  }
}

/** Folds the events of a run that was decided on; `asks` says how often each judged report is decided on now. */
function replay(create: () => SchedulerFactory, seed: number, asks: () => number): void {
  const lived = rehearse(create, seed)
  const cold = new SchedulerRehearsal(create(), lived.objective, seed)
  let decided = 0
  for (const event of lived.events) {
    cold.feed(event)
    if (event.type !== 'reported' || !event.judged) continue
    const { decision } = lived.decisions[decided++]!
    for (let n = asks(); n > 0; n--) {
      assert.deepEqual(cold.scheduler.decide(event), decision, `seed ${seed}, decision ${decided}`)
    }
  }
}

function coldEqualsWarm(create: () => SchedulerFactory): void {
  for (const seed of seeds) {
    const random = stream(seed, purpose.simulate, 1)
    // Asked only now and then: what was not asked must not matter.
    replay(create, seed, () => (random.below(7) === 0 ? 1 : 0))
  }
}

function isPure(create: () => SchedulerFactory): void {
  for (const seed of seeds) replay(create, seed, () => 2)
}

function isSymmetric(create: () => SchedulerFactory): void {
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

function decidesInJson(create: () => SchedulerFactory): void {
  for (const seed of seeds) {
    for (const { decision } of rehearse(create, seed).decisions) {
      if (decision.action === 'continue') continue
      for (const [name, value] of Object.entries(decision.why)) {
        const scalar = value === null || Number.isFinite(value) || ['string', 'boolean'].includes(typeof value)
        assert.ok(scalar, `seed ${seed}: ${name} is ${String(value)}`)
      }
    }
  }
}

function sparesEquals(create: () => SchedulerFactory): void {
  for (const seed of seeds) {
    const rehearsal = new SchedulerRehearsal(create(), min, seed)
    const random = stream(seed, purpose.simulate)
    for (let i = 0; i < happenings; i++) rehearsal.happen(random, () => 1)
    const stopped = rehearsal.decisions.filter(({ decision }) => decision.action === 'stop')
    assert.equal(stopped.length, 0, `seed ${seed}`)
  }
}
