import { finiteAbove, knownOptions, wrongOption } from '../base/check.ts'
import type { Event, Reported } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
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
}

/**
 * Asynchronous successive halving, the stopping variant (Li et al., "A System for Massively Parallel Hyperparameter
 * Tuning", MLSys 2020, arXiv 1810.05934): rungs stand at graceT · eta^k; a trial that reaches one goes on if its value is
 * among the best ceil(N / eta) of the N recorded there, its own included, ties going on; the first eta − 1 trials of a
 * rung go on in any case. A report that jumps over rungs is recorded at each. What is not finite ranks last.
 */
export function asha(options: AshaOptions = {}): SchedulerFactory {
  knownOptions('asha()', options, ['maxT', 'graceT', 'eta'])
  const eta = finiteAbove('asha(): eta', options.eta ?? 3, 1)
  const maxT = options.maxT === undefined ? Infinity : finiteAbove('asha(): maxT', options.maxT, 0)
  const graceT = finiteAbove('asha(): graceT', options.graceT ?? graceDefault(maxT, eta), 0)
  if (graceT > maxT) throw wrongOption('asha(): graceT', `at most maxT, which is ${maxT}`, graceT)
  return {
    name: 'asha',
    options: { ...options },
    capabilities: { objectivesMax: 1 },
    create: (context) => new Asha(context, { maxT, graceT, eta }),
  }
}

function graceDefault(maxT: number, eta: number): number {
  if (maxT === Infinity) return 1
  const lowest = maxT / eta ** 4
  // With 1 as the floor no rung would stand below such a maxT, and nothing would ever be judged.
  return maxT <= 1 ? lowest : Math.max(1, lowest)
}

class Asha implements Scheduler {
  readonly #options: Required<AshaOptions>
  readonly #mode: 'min' | 'max'
  /** The losses recorded at each rung. */
  readonly #rungs: TopFraction[] = []
  /** Rungs at which a live trial is recorded, from the lowest on. */
  readonly #credited = new Map<number, number>()
  /** What the newest judged report means for its trial. */
  #decision: Decision = goOn

  constructor({ objectives }: SchedulerContext, options: Required<AshaOptions>) {
    this.#options = options
    this.#mode = objectives[0]!.mode
  }

  observe(event: Event): void {
    if (event.type === 'reported' && event.judged) this.#decision = this.#credit(event)
    else if (event.type === 'ended' && event.state !== 'pending') this.#credited.delete(event.trial)
  }

  decide(): Decision {
    return this.#decision
  }

  /** Records the value at every rung that the trial reached with this report. */
  #credit({ trial, step, values }: Reported): Decision {
    const { maxT, eta } = this.#options
    const loss = lossOf(values[0]!, this.#mode)
    let decision: Decision = goOn
    let next = this.#credited.get(trial) ?? 0
    for (; this.#milestone(next) <= step && this.#milestone(next) < maxT; next++) {
      const rung = (this.#rungs[next] ??= new TopFraction(eta))
      rung.record(loss)
      if (decision === goOn && rung.size >= eta && loss > rung.cut) decision = this.#stop(this.#milestone(next), rung)
    }
    this.#credited.set(trial, next)
    return step >= maxT ? { action: 'complete', why: { rule: 'maxT', maxT } } : decision
  }

  #milestone(rung: number): number {
    return this.#options.graceT * this.#options.eta ** rung
  }

  /** The decision with the numbers behind it; the threshold as trials report it. */
  #stop(milestone: number, { cut, kept, size }: TopFraction): Decision {
    const threshold = this.#mode === 'min' ? cut : -cut
    return { action: 'stop', why: { rule: 'rung', rung: milestone, threshold, kept, of: size } }
  }
}
