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
import type { Decision, Reason, SchedulerContext } from './scheduler.ts'

/** Where a trial stands. */
interface Standing {
  readonly bracket: number
  /** Rungs at which it is recorded. */
  readonly credited: number
  /** At the highest of those. */
  readonly entry: Entry
}

/** A rung, and where it stands. */
export interface Place {
  readonly rung: Rung
  readonly milestone: number
}

/** What a report brought its trial: its value at the rungs that it reached with it, from the lowest on. */
export interface Credit {
  readonly entry: Entry
  readonly places: readonly Place[]
}

/** The rungs of asynchronous successive halving at which trials pause, and the trials that stand there. */
export class AshaRungs {
  readonly #rules: AshaRules
  readonly #objectives: readonly Objective[]
  readonly #seed: number
  readonly #round: (share: number) => number
  readonly #meter: Meter
  /** By bracket, from the lowest rung on. */
  readonly #brackets: Rung[][]
  readonly #standings = new Map<number, Standing>()

  /** Among the best of N are `round(N / eta)`. */
  constructor({ objectives, seed }: SchedulerContext, rules: AshaRules, round: (share: number) => number) {
    this.#rules = rules
    this.#objectives = objectives
    this.#seed = seed
    this.#round = round
    this.#meter = new Meter(rules.resource, objectives)
    this.#brackets = Array.from({ length: rules.brackets }, () => [])
  }

  /** To be handed every event, before a report is credited. */
  observe(event: Event): void {
    this.#meter.observe(event)
    if (event.type === 'launched') this.#leave(event.trial)
    else if (event.type === 'ended') this.#ended(event)
  }

  /** The decision on a trial that has had all it can get; undefined for others. */
  completion(report: Reported): Decision | undefined {
    const { maxT, completeAtMaxT } = this.#rules
    if (!completeAtMaxT || this.#meter.at(report) < maxT) return undefined
    return { action: 'complete', why: { rule: 'maxT', maxT } }
  }

  /** Records the value at every rung that the trial reached with this report. */
  credit(report: Reported): Credit {
    const { trial, values } = report
    const reached = this.#meter.at(report)
    const bracket = bracketOf(trial, this.#seed, this.#rules)
    const losses = this.#objectives.map(({ mode }, k) => lossOf(values[k]!, mode))
    const entry = { trial, loss: losses[0]!, losses }
    const places: Place[] = []
    let credited = this.#standings.get(trial)?.credited ?? 0
    for (; ; credited++) {
      const milestone = this.#milestone(bracket, credited)
      if (!(milestone <= reached && milestone < this.#rules.maxT)) break
      const rung = (this.#brackets[bracket]![credited] ??= this.#newRung())
      rung.record(entry)
      places.push({ rung, milestone })
    }
    if (places.length > 0) this.#standings.set(trial, { bracket, credited, entry })
    return { entry, places }
  }

  /** The best paused trial that is among the best of its rung, of the highest rung that has one, by what it takes to get there. */
  get promotable(): (Place & { readonly entry: Entry }) | undefined {
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

  /** The numbers of a rule at a rung, as trials report them. */
  why(rule: string, { rung, milestone }: Place): Reason {
    const { kept, size, threshold: loss } = rung
    const threshold = reportedFrom(loss, this.#objectives[0]!.mode)
    return { rule, rung: milestone, threshold, kept, of: size }
  }

  #milestone(bracket: number, rung: number): number {
    return this.#rules.graceT * this.#rules.eta ** (rung + bracket)
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

  #newRung(): Rung {
    const { eta } = this.#rules
    return this.#objectives.length === 1 ? new PromotionRung(eta, this.#round) : new FrontRung(eta, this.#round)
  }

  #rungOf({ bracket, credited }: Standing): Rung {
    return this.#brackets[bracket]![credited - 1]!
  }
}
