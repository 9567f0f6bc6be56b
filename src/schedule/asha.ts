import { Column } from '../base/column.ts'
import { finiteAbove, knownOptions, wholeFrom, wrongOption } from '../base/check.ts'
import type { Event, Reported } from '../trial/event.ts'
import { lossOf, reportedFrom } from '../trial/objective.ts'
import type { Objective } from '../trial/objective.ts'
import { PromotionAsha } from './asha-promotion.ts'
import { RevivalAsha } from './asha-revival.ts'
import { bracketOf } from './asha-rules.ts'
import type { AshaRules } from './asha-rules.ts'
import { FrontRung } from './front-rung.ts'
import { Meter, checkResource } from './resource.ts'
import type { Resource } from './resource.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Scheduler, SchedulerContext, SchedulerFactory } from './scheduler.ts'
import { TopFraction } from './top-fraction.ts'

export interface AshaOptions {
  /** The resource of a complete training, in the unit of `step`: a trial that reaches it completes. Default: none. */
  readonly maxT?: number
  /**
   * The resource at which a trial is judged first, r_min; `maxT` at most. Default: maxT / eta^4 but at least 1; 1 without
   * `maxT`; maxT / eta^4 where `maxT` is 1 or less, such as 1 for steps that are parts of a training.
   */
  readonly graceT?: number
  /** One in `eta` trials goes on from a rung to the next. Default: 3. */
  readonly eta?: number
  /**
   * `stopping`: a trial goes on or ends at a rung; needs no checkpoints. `promotion`: it pauses there, and goes on once it is
   * among the best, however late. `revival`: it goes on or, where it has a checkpoint, pauses, and goes on once it is among the best and
   * new trials no longer bring anything better. Default: `stopping`.
   */
  readonly type?: 'stopping' | 'promotion' | 'revival'
  /**
   * Trials are spread over so many brackets, of which each later one has its first rung one higher; needs `maxT` where there are
   * several. Default: 1.
   */
  readonly brackets?: number
  /** Whether a trial that reaches `maxT` is complete; else it goes on to its own end. Default: true. */
  readonly completeAtMaxT?: boolean
  /** What `maxT` and `graceT` count: `step`, `time` (seconds that the trial has run), or a metric. Default: `step`. */
  readonly resource?: Resource
}

const names = ['maxT', 'graceT', 'eta', 'type', 'brackets', 'completeAtMaxT', 'resource'] as const

/**
 * Asynchronous successive halving (Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020, arXiv
 * 1810.05934): rungs stand at graceT · eta^k. What is not finite ranks last; a report that jumps over rungs is recorded at each.
 *
 * The stopping variant: a trial that reaches a rung goes on if its value is among the best ceil(N / eta) of the N recorded there,
 * its own included, ties going on; the first eta − 1 trials of a rung go on in any case. The promotion variant (algorithm 2): a
 * trial pauses at each rung; where a slot is free, from the highest rung down, the best paused trial that is among the best
 * floor(N / eta) goes on, and where there is none a new trial starts.
 *
 * The revival variant decides as the stopping one, which has the first trials at a rung go on at once, but what it decides early, when
 * few had come to the rung, is not for ever: a trial with a checkpoint pauses where it would be stopped, and once half of all trials have
 * started without improving on the best score, those that are among the best ceil(N / eta) of their rung by then go on before new ones,
 * from the highest rung down.
 *
 * With several objectives the best are those on the first fronts (`FrontRung`).
 */
export function asha(options: AshaOptions = {}): SchedulerFactory {
  knownOptions('asha()', options, names)
  const rules = rulesOf(options)
  const { type = 'stopping' } = options
  if (!Object.hasOwn(variants, type)) {
    throw wrongOption('asha(): type', "'stopping', 'promotion' or 'revival'", type)
  }
  return {
    name: 'asha',
    options: { ...options },
    // `revival` pauses only trials that have a checkpoint, which none of a `Study` has.
    capabilities: { objectivesMax: Infinity, pauses: type === 'promotion' },
    create: (context) => variants[type](context, rules),
  }
}

const variants = {
  stopping: (context: SchedulerContext, rules: AshaRules) => new StoppingAsha(context, rules),
  promotion: (context: SchedulerContext, rules: AshaRules) => new PromotionAsha(context, rules),
  revival: (context: SchedulerContext, rules: AshaRules) => new RevivalAsha(context, rules),
}

function rulesOf(options: AshaOptions): AshaRules {
  const eta = finiteAbove('asha(): eta', options.eta ?? 3, 1)
  const maxT = options.maxT === undefined ? Infinity : finiteAbove('asha(): maxT', options.maxT, 0)
  const graceT = finiteAbove('asha(): graceT', options.graceT ?? graceDefault(maxT, eta), 0)
  if (graceT > maxT) throw wrongOption('asha(): graceT', `at most maxT, which is ${maxT}`, graceT)
  const brackets = wholeFrom('asha(): brackets', options.brackets ?? 1, 1)
  if (brackets > 1 && maxT === Infinity) throw wrongOption('asha(): brackets', '1 where there is no maxT', brackets)
  const resource = checkResource('asha(): resource', options.resource)
  return { maxT, graceT, eta, brackets, completeAtMaxT: options.completeAtMaxT ?? true, resource }
}

function graceDefault(maxT: number, eta: number): number {
  if (maxT === Infinity) return 1
  const lowest = maxT / eta ** 4
  // With 1 as the floor no rung would stand below such a maxT, and nothing would ever be judged.
  return maxT <= 1 ? lowest : Math.max(1, lowest)
}

class StoppingAsha implements Scheduler {
  readonly #rules: AshaRules
  readonly #objectives: readonly Objective[]
  readonly #seed: number
  readonly #meter: Meter
  /** The losses recorded at each rung, by bracket. */
  readonly #brackets: (TopFraction | FrontRung)[][]
  /** By trial: the rungs at which it is recorded, from the lowest on. */
  readonly #credited = Column.uint32()
  /** Where the rungs of the first bracket stand; those of each later one begin one higher. */
  readonly #milestones: number[] = []
  /** What the newest judged report means for its trial. */
  #decision: Decision = goOn

  constructor({ objectives, seed }: SchedulerContext, rules: AshaRules) {
    this.#rules = rules
    this.#objectives = objectives
    this.#seed = seed
    this.#meter = new Meter(rules.resource, objectives)
    this.#brackets = Array.from({ length: rules.brackets }, () => [])
  }

  observe(event: Event): void {
    this.#meter.observe(event)
    if (event.type === 'reported' && event.judged) this.#decision = this.#credit(event)
  }

  decide(): Decision {
    return this.#decision
  }

  /** Records the value at every rung that the trial reached with this report. */
  #credit(report: Reported): Decision {
    const { trial } = report
    const { maxT, completeAtMaxT } = this.#rules
    const reached = this.#meter.at(report)
    const bracket = bracketOf(trial, this.#seed, this.#rules)
    while (this.#credited.length <= trial) this.#credited.push(0)
    const before = this.#credited.get(trial)
    let decision: Decision = goOn
    let next = before
    for (; ; next++) {
      const milestone = this.#milestone(next + bracket)
      if (!(milestone <= reached && milestone < maxT)) break
      const rung = (this.#brackets[bracket]![next] ??= this.#newRung())
      const goesOn = this.#isKept(rung, report)
      if (decision === goOn && !goesOn) decision = this.#stop(milestone, rung)
    }
    if (next > before) this.#credited.set(trial, next)
    return completeAtMaxT && reached >= maxT ? { action: 'complete', why: { rule: 'maxT', maxT } } : decision
  }

  #milestone(rung: number): number {
    const { graceT, eta } = this.#rules
    return (this.#milestones[rung] ??= graceT * eta ** rung)
  }

  #newRung(): TopFraction | FrontRung {
    const { eta } = this.#rules
    return this.#objectives.length === 1 ? new TopFraction(eta) : new FrontRung(eta, Math.ceil)
  }

  /** Records a report; whether its trial goes on from there. */
  #isKept(rung: TopFraction | FrontRung, { trial, values }: Reported): boolean {
    const { eta } = this.#rules
    const loss = lossOf(values[0]!, this.#objectives[0]!.mode)
    if (rung instanceof TopFraction) {
      rung.record(loss)
      return rung.size < eta || loss <= rung.cut
    }
    const losses = this.#objectives.map(({ mode }, k) => lossOf(values[k]!, mode))
    const entry = { trial, loss, losses }
    rung.record(entry)
    return rung.size < eta || rung.isBest(entry)
  }

  /** The decision with the numbers behind it; the threshold as trials report it. */
  #stop(milestone: number, rung: TopFraction | FrontRung): Decision {
    const { kept, size } = rung
    const loss = rung instanceof FrontRung ? Infinity : rung.cut
    const threshold = reportedFrom(loss, this.#objectives[0]!.mode)
    return { action: 'stop', why: { rule: 'rung', rung: milestone, threshold, kept, of: size } }
  }
}
