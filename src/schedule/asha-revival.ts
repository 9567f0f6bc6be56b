import type { Event, Reported } from '../trial/event.ts'
import type { AshaRules } from './asha-rules.ts'
import { AshaRungs } from './asha-rungs.ts'
import type { Entry, Rung } from './promotions.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Next, Scheduler, SchedulerContext } from './scheduler.ts'

/** Asynchronous successive halving where trials that were not among the best at a rung may come again (`asha`). */
export class RevivalAsha implements Scheduler {
  readonly #eta: number
  readonly #rungs: AshaRungs
  /** Trials that have a checkpoint to go on from. */
  readonly #saved = new Set<number>()
  /** The best loss of each objective; trials that have started, and how many had when one of those was last beaten. */
  readonly #best: number[]
  #started = 0
  #startedAtBest = 0
  /** What the newest judged report means for its trial. */
  #decision: Decision = goOn

  constructor(context: SchedulerContext, rules: AshaRules) {
    this.#eta = rules.eta
    this.#rungs = new AshaRungs(context, rules, Math.ceil)
    this.#best = context.objectives.map(() => Infinity)
  }

  observe(event: Event): void {
    this.#rungs.observe(event)
    if (event.type === 'launched' && event.attempt === 1) this.#started += 1
    if (event.type !== 'reported') return
    if (event.checkpoint !== undefined) this.#saved.add(event.trial)
    if (event.judged) this.#decision = this.#judge(event)
  }

  decide(): Decision {
    return this.#decision
  }

  /** New trials come first until half of all have started since the last of them improved on the best. */
  next(): Next | undefined {
    if (2 * this.#startedAtBest > this.#started) return undefined
    const best = this.#rungs.promotable
    if (best === undefined) return undefined
    return { action: 'resume', trial: best.entry.trial, why: this.#rungs.why('revival', best) }
  }

  #judge(report: Reported): Decision {
    const { entry, places } = this.#rungs.credit(report)
    this.#compare(entry)
    const complete = this.#rungs.completion(report)
    if (complete !== undefined) return complete
    const place = places.find(({ rung }) => !this.#goesOn(rung, entry))
    if (place === undefined) return goOn
    const action = this.#saved.has(report.trial) ? 'pause' : 'stop'
    return { action, why: this.#rungs.why('rung', place) }
  }

  #compare({ losses }: Entry): void {
    for (const [k, loss] of losses.entries()) {
      if (!(loss < this.#best[k]!)) continue
      this.#best[k] = loss
      this.#startedAtBest = this.#started
    }
  }

  /** Ties do, and the first at a rung in any case. */
  #goesOn(rung: Rung, entry: Entry): boolean {
    return rung.size < this.#eta || rung.isBest(entry, 'ties')
  }
}
