import { isOverForGood } from '../trial/event.ts'
import type { Ended, Event, Reported } from '../trial/event.ts'
import { lossOf, reportedFrom } from '../trial/objective.ts'
import type { Objective } from '../trial/objective.ts'
import { bracketOf } from './asha-rules.ts'
import type { AshaRules } from './asha-rules.ts'
import { FrontRung } from './front-rung.ts'
import { PromotionRung } from './promotions.ts'
import type { Entry, Rung } from './promotions.ts'
import { Meter } from './resource.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Next, Reason, Scheduler, SchedulerContext } from './scheduler.ts'

/** Where a trial stands. */
interface Standing {
  readonly bracket: number
  /** Rungs at which it is recorded. */
  readonly credited: number
  /** At the highest of those. */
  readonly entry: Entry
}

/** A rung, and where it stands. */
interface Place {
  readonly rung: Rung
  readonly milestone: number
}

/** Asynchronous successive halving that pauses trials at the rungs (`asha`). */
export class PromotionAsha implements Scheduler {
  readonly #rules: AshaRules
  readonly #objectives: readonly Objective[]
  readonly #seed: number
  readonly #meter: Meter
  /** By bracket, from the lowest rung on. */
  readonly #brackets: Rung[][]
  readonly #standings = new Map<number, Standing>()
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
    else if (event.type === 'launched') this.#leave(event.trial)
    else if (event.type === 'ended') this.#ended(event)
  }

  decide(): Decision {
    return this.#decision
  }

  /** The highest rung of all brackets first, by what it takes to get there. */
  next(): Next | undefined {
    const best = this.#promotable()
    if (best === undefined) return undefined
    return { action: 'resume', trial: best.entry.trial, why: this.#why('promotion', best) }
  }

  #milestone(bracket: number, rung: number): number {
    return this.#rules.graceT * this.#rules.eta ** (rung + bracket)
  }

  /** Records the value at every rung that the trial reached with this report; it pauses at the last of them. */
  #credit(report: Reported): Decision {
    const { trial, values } = report
    const { maxT, eta, completeAtMaxT } = this.#rules
    const reached = this.#meter.at(report)
    if (completeAtMaxT && reached >= maxT) return { action: 'complete', why: { rule: 'maxT', maxT } }
    const bracket = bracketOf(trial, this.#seed, this.#rules)
    const before = this.#standings.get(trial)?.credited ?? 0
    const losses = this.#objectives.map(({ mode }, k) => lossOf(values[k]!, mode))
    const entry = { trial, loss: losses[0]!, losses }
    let credited = before
    let milestone = this.#milestone(bracket, credited)
    for (; milestone <= reached && milestone < maxT; milestone = this.#milestone(bracket, credited)) {
      const rung = (this.#brackets[bracket]![credited] ??= this.#rung(eta))
      rung.record(entry)
      credited += 1
    }
    if (credited === before) return goOn
    this.#standings.set(trial, { bracket, credited, entry })
    return this.#pauseAt(bracket, credited - 1, entry)
  }

  /** One that would be the next to go on need not pause. */
  #pauseAt(bracket: number, index: number, entry: Entry): Decision {
    const rung = this.#brackets[bracket]![index]!
    const place = { rung, milestone: this.#milestone(bracket, index) }
    const better = this.#promotable()
    const isNext = rung.isBest(entry) && (better === undefined || better.milestone < place.milestone)
    return isNext ? goOn : { action: 'pause', why: this.#why('rung', place) }
  }

  #promotable(): (Place & { readonly entry: Entry }) | undefined {
    let best: (Place & { readonly entry: Entry }) | undefined
    for (const [bracket, rungs] of this.#brackets.entries()) {
      for (let index = rungs.length - 1; index >= 0; index--) {
        const rung = rungs[index]!
        const entry = rung.promotable
        if (entry === undefined) continue
        const milestone = this.#milestone(bracket, index)
        if (best === undefined || milestone > best.milestone) best = { rung, entry, milestone }
        break
      }
    }
    return best
  }

  /** Numbers as trials report them. */
  #why(rule: string, { rung, milestone }: Place): Reason {
    const { kept, size, threshold: loss } = rung
    const threshold = reportedFrom(loss, this.#objectives[0]!.mode)
    return { rule, rung: milestone, threshold, kept, of: size }
  }

  #ended(event: Ended): void {
    const { trial, state } = event
    if (state === 'pending') return
    const standing = this.#standings.get(trial)
    this.#leave(trial)
    if (isOverForGood(event)) this.#standings.delete(trial)
    else if (state === 'paused' && standing !== undefined) this.#rungOf(standing).pause(standing.entry)
  }

  #leave(trial: number): void {
    const standing = this.#standings.get(trial)
    if (standing !== undefined) this.#rungOf(standing).leave(trial)
  }

  #rung(eta: number): Rung {
    return this.#objectives.length === 1 ? new PromotionRung(eta) : new FrontRung(eta, Math.floor)
  }

  #rungOf({ bracket, credited }: Standing): Rung {
    return this.#brackets[bracket]![credited - 1]!
  }
}
