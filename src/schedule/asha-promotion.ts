import type { Event, Reported } from '../trial/event.ts'
import type { AshaRules } from './asha-rules.ts'
import { AshaRungs } from './asha-rungs.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Next, Scheduler, SchedulerContext } from './scheduler.ts'

/** Asynchronous successive halving that pauses trials at the rungs (`asha`). */
export class PromotionAsha implements Scheduler {
  readonly #rungs: AshaRungs
  /** What the newest judged report means for its trial. */
  #decision: Decision = goOn

  constructor(context: SchedulerContext, rules: AshaRules) {
    this.#rungs = new AshaRungs(context, rules, Math.floor)
  }

  observe(event: Event): void {
    this.#rungs.observe(event)
    if (event.type === 'reported' && event.judged) this.#decision = this.#judge(event)
  }

  decide(): Decision {
    return this.#decision
  }

  /** The highest rung of all brackets first. */
  next(): Next | undefined {
    const best = this.#rungs.promotable
    if (best === undefined) return undefined
    return { action: 'resume', trial: best.entry.trial, why: this.#rungs.why('promotion', best) }
  }

  /** A trial pauses at the highest rung that it has reached; one that would be the next to go on need not. */
  #judge(report: Reported): Decision {
    const complete = this.#rungs.completion(report)
    if (complete !== undefined) return complete
    const { entry, places } = this.#rungs.credit(report)
    const place = places.at(-1)
    if (place === undefined) return goOn
    const better = this.#rungs.promotable
    const isNext = place.rung.isBest(entry) && (better === undefined || better.milestone < place.milestone)
    return isNext ? goOn : { action: 'pause', why: this.#rungs.why('rung', place) }
  }
}
