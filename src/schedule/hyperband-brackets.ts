import type { Ended, Event, Reported } from '../trial/event.ts'
import { lossOf, reportedFrom } from '../trial/objective.ts'
import { Meter } from './resource.ts'
import type { Resource } from './resource.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Next, Scheduler, SchedulerContext } from './scheduler.ts'

/** The options of `hyperband` with their defaults. */
export interface HyperbandRules {
  readonly maxT: number
  readonly eta: number
  /** s_max: how often the largest bracket halves. */
  readonly most: number
  readonly first: 'most' | 'fewest'
  readonly completeAtMaxT: boolean
  readonly resource: Resource
}

/** Trials that bracket s begins with: ceil((s_max + 1) / (s + 1) · eta^s). */
function bracketSize(s: number, { most, eta }: Pick<HyperbandRules, 'most' | 'eta'>): number {
  return Math.ceil(((most + 1) / (s + 1)) * eta ** s - 1e-9)
}

/** A trial of a bracket that is not over. */
interface Member {
  readonly trial: number
  readonly bracket: Bracket
  /** What it had used of the resource, and its loss, when it came to a rung. */
  used: number
  loss: number
  /** It is paused at the bracket's rung. */
  isThere: boolean
}

/** A bracket that began. */
interface Bracket {
  /** How often it halves in all. */
  readonly halvings: number
  /** Trials that it takes. */
  size: number
  /** Trials that were put into it. */
  begun: number
  /** The rung that its trials are on their way to, from 0. */
  rung: number
  readonly members: Set<Member>
  /** Members that are there. */
  there: number
  /** What becomes of those that were compared. */
  plan: Next[]
}

/** Synchronous HyperBand (`hyperband`). */
export class HyperbandBrackets implements Scheduler {
  readonly #context: SchedulerContext
  readonly #rules: HyperbandRules
  readonly #meter: Meter
  readonly #members = new Map<number, Member>()
  /** Those that are not over, in the order of their beginnings. */
  #brackets: Bracket[] = []
  #begunBrackets = 0
  #begunTrials = 0
  #exhausted = false
  /** What the newest judged report means for its trial. */
  #decision: Decision = goOn

  constructor(context: SchedulerContext, rules: HyperbandRules) {
    this.#context = context
    this.#rules = rules
    this.#meter = new Meter(rules.resource, context.objectives)
  }

  observe(event: Event): void {
    this.#meter.observe(event)
    switch (event.type) {
      case 'suggested':
        this.#begunTrials += 1
        this.#enter(event.trial)
        break
      case 'reopened':
        this.#enter(event.trial)
        break
      case 'launched':
        this.#leaveRung(event.trial)
        break
      case 'reported':
        if (event.judged) this.#decision = this.#reported(event)
        break
      case 'decided':
        this.#carriedOut(event.trial)
        break
      case 'ended':
        this.#ended(event)
        break
      case 'exhausted':
        this.#exhausted = true
        this.#settle()
        break
      case 'changed':
        this.#settle()
        break
      case 'stalled':
        this.#close()
        break
    }
  }

  decide(): Decision {
    return this.#decision
  }

  next(): Next | undefined {
    return this.#brackets.find(({ plan }) => plan.length > 0)?.plan[0]
  }

  /** Puts a trial that is new, or that is tried again, into the newest bracket, or begins the next one. */
  #enter(trial: number): void {
    let bracket = this.#brackets.at(-1)
    if (bracket === undefined || bracket.begun === bracket.size) {
      bracket = this.#begin()
      this.#brackets.push(bracket)
    }
    bracket.begun += 1
    const member = { trial, bracket, used: 0, loss: Infinity, isThere: false }
    bracket.members.add(member)
    this.#members.set(trial, member)
    if (this.#isLast()) this.#settle()
  }

  #begin(): Bracket {
    const { most, first } = this.#rules
    const place = this.#begunBrackets % (most + 1)
    this.#begunBrackets += 1
    const halvings = first === 'most' ? most - place : place
    const size = bracketSize(halvings, this.#rules)
    return { halvings, size, begun: 0, rung: 0, members: new Set(), there: 0, plan: [] }
  }

  /** Nothing runs and nothing comes: the newest bracket takes no more, and goes on with the trials that it has. */
  #close(): void {
    const bracket = this.#brackets.at(-1)
    if (bracket === undefined) return
    bracket.size = bracket.begun
    this.#settle()
  }

  /** Whether no further trial comes. */
  #isLast(): boolean {
    return this.#exhausted || this.#begunTrials >= this.#context.trialsMax()
  }

  #milestone({ halvings, rung }: Bracket): number {
    return this.#rules.maxT * this.#rules.eta ** (rung - halvings)
  }

  #reported(report: Reported): Decision {
    const { maxT, completeAtMaxT } = this.#rules
    const member = this.#members.get(report.trial)!
    const used = this.#meter.at(report)
    if (used >= maxT) return completeAtMaxT ? { action: 'complete', why: { rule: 'maxT', maxT } } : goOn
    const { bracket } = member
    const milestone = this.#milestone(bracket)
    if (bracket.rung === bracket.halvings || !(used >= milestone)) return goOn
    member.used = used
    member.loss = lossOf(report.values[0]!, this.#context.objectives[0]!.mode)
    return { action: 'pause', why: { rule: 'rung', rung: milestone, halvings: bracket.halvings } }
  }

  #leaveRung(trial: number): void {
    const member = this.#members.get(trial)
    if (member?.isThere !== true) return
    member.isThere = false
    member.bracket.there -= 1
  }

  #carriedOut(trial: number): void {
    const bracket = this.#members.get(trial)?.bracket
    if (bracket === undefined || bracket.plan.length === 0) return
    bracket.plan = bracket.plan.filter((next) => next.action === 'wait' || next.trial !== trial)
    this.#leaveRung(trial)
  }

  #ended({ trial, state }: Ended): void {
    const member = this.#members.get(trial)
    if (member === undefined || state === 'pending') return
    if (state === 'paused') {
      if (!member.isThere) member.bracket.there += 1
      member.isThere = true
    } else {
      this.#carriedOut(trial)
      this.#leaveRung(trial)
      member.bracket.members.delete(member)
      this.#members.delete(trial)
    }
    this.#settle()
  }

  /** Halves the brackets whose trials are all there. */
  #settle(): void {
    for (const bracket of this.#brackets) while (this.#isReady(bracket)) this.#halve(bracket)
    const isOver = ({ members, begun, size }: Bracket): boolean =>
      members.size === 0 && (begun === size || this.#isLast())
    if (this.#brackets.some(isOver)) this.#brackets = this.#brackets.filter((bracket) => !isOver(bracket))
  }

  #isReady({ members, there, begun, size, plan, rung, halvings }: Bracket): boolean {
    const isFull = begun === size || this.#isLast()
    return rung < halvings && isFull && plan.length === 0 && members.size > 0 && there === members.size
  }

  #halve(bracket: Bracket): void {
    const { eta } = this.#rules
    bracket.rung += 1
    const { rung, begun, members } = bracket
    const keep = Math.max(1, Math.floor(begun / eta ** rung + 1e-9))
    const ranked = [...members].toSorted((a, b) => (a.loss === b.loss ? a.trial - b.trial : a.loss - b.loss))
    const milestone = this.#milestone(bracket)
    const worst = ranked[Math.min(keep, ranked.length) - 1]!.loss
    const threshold = reportedFrom(worst, this.#context.objectives[0]!.mode)
    const why = { rule: 'halving', rung: milestone / eta, threshold, kept: keep, of: ranked.length }
    for (const [place, { trial, used }] of ranked.entries()) {
      if (place >= keep) bracket.plan.push({ action: 'stop', trial, why })
      // One that overstepped is at the next rung already.
      else if (used < milestone) bracket.plan.unshift({ action: 'resume', trial, why })
    }
  }
}
