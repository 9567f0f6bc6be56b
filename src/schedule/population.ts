import { TrialistError } from '../base/errors.ts'
import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { LogValue } from '../space/encoded.ts'
import type { Ended, Event, Exploit, Launched, Reported } from '../trial/event.ts'
import { lossOf, reportedFrom } from '../trial/objective.ts'
import { Meter } from './resource.ts'
import type { Resource } from './resource.ts'
import { goOn, wait } from './scheduler.ts'
import type { Decision, Next, Reason, Scheduler, SchedulerContext } from './scheduler.ts'

/** The rules of population based training, whichever way it explores. */
export interface PopulationRules {
  readonly interval: number
  readonly burnIn: number
  readonly quantile: number
  readonly synch: boolean
  readonly resource: Resource
  /** Members at a time; undefined: all trials of the experiment. */
  readonly population: number | undefined
}

/** A member that is not over. */
export interface Member {
  readonly trial: number
  attempt: number
  /** What it had used of the resource at its newest report, when it was last ready, and the loss that it had then. */
  used: number
  ready: number
  loss: number
  /** How often it was ready: makes its random streams different. */
  rounds: number
  paused: boolean
  /** The configuration that its next attempt has, where that is a new one. */
  next: readonly LogValue[] | undefined
  /** Its newest checkpoint of its own. */
  saved: { readonly checkpoint: string; readonly step: number } | undefined
}

/** What a population explores with. */
export interface Explorer {
  /** A member was ready again; `before` is how it stood the time before. */
  ready?(member: Member, before: { readonly used: number; readonly loss: number }): void
  /** The configuration of a member that goes on from `donor`, which has `values`. */
  explore(donor: Member, values: readonly LogValue[], random: Random): readonly LogValue[]
}

/** What a member at the barrier is to do: take over from a donor, or go on. */
interface Planned {
  readonly trial: number
  readonly donor: number | undefined
  readonly checkpoint: string | undefined
  readonly barrier: number
}

/** Makes the explorer of one scheduler. */
export type Explore = (context: SchedulerContext, members: ReadonlyMap<number, Member>) => Explorer

/**
 * Population based training: the members that are over leave, those that are not are compared by the loss that they had when they
 * were last ready. A member is ready each `interval`; where it is among the worst share, it takes over the weights of one of the
 * best, and explores. Asynchronous: each for itself; where others wait for
 * a slot the one that is ready makes room for the one with the least training, and takes over when its turn comes. Synchronous: all wait for each other, and then all are compared at once.
 */
export class Population implements Scheduler {
  readonly #context: SchedulerContext
  readonly #rules: PopulationRules
  readonly #meter: Meter
  readonly #explorer: Explorer
  readonly #members = new Map<number, Member>()
  #started = 0
  #exhausted = false
  #isSaved = false
  /** The member that is ready by the newest judged report. */
  #ready: Member | undefined
  /** Synchronous: the resource at which members wait for each other, and what becomes of those that have. */
  #barrier: number
  #plan: readonly Planned[] = []

  constructor(context: SchedulerContext, rules: PopulationRules, explore: Explore) {
    this.#context = context
    this.#rules = rules
    this.#meter = new Meter(rules.resource, context.objectives)
    this.#explorer = explore(context, this.#members)
    this.#barrier = Math.max(rules.interval, rules.burnIn)
  }

  observe(event: Event): void {
    this.#meter.observe(event)
    switch (event.type) {
      case 'suggested':
        this.#started += 1
        break
      case 'exhausted':
        this.#exhausted = true
        break
      case 'launched':
        this.#launched(event)
        break
      case 'reported':
        if (event.checkpoint !== undefined) this.#saved(event)
        if (event.judged) this.#ready = this.#reported(event)
        break
      case 'decided':
        this.#plan = this.#plan.filter(({ trial }) => trial !== event.trial)
        if (event.exploit !== undefined) this.#exploited(event.trial, event.exploit)
        // From the end of a training nobody goes on, though it may take a while until it is heard of.
        else if (event.action === 'stop' || event.action === 'complete') this.#leave(event.trial)
        break
      case 'forgotten':
        this.#forgotten(event.trial, event.checkpoint)
        break
      case 'ended':
        this.#ended(event)
        break
    }
  }

  /** Exploring may take a while, so it is done when it is asked for and not at each report. */
  decide(): Decision {
    const member = this.#ready
    if (member === undefined) return goOn
    if (this.#rules.synch) return { action: 'pause', why: { rule: 'barrier', at: this.#barrier } }
    // Whoever waits goes first, or a donor might wait for ever while others start from it again and again.
    if (this.#isWaitedFor()) return { action: 'pause', why: { rule: 'turn', used: member.used } }
    const donor = this.#donorFor(member)
    return donor === undefined ? goOn : { action: 'exploit', ...this.#takeOver(member, donor) }
  }

  next(): Next | undefined {
    if (this.#isIncomplete()) return undefined
    if (this.#rules.synch) return this.#nextOfPlan() ?? wait
    const first = this.#mostBehind()
    if (first === undefined) return wait
    const { trial, used } = first
    const donor = this.#donorFor(first)
    if (donor !== undefined) return { action: 'exploit', trial, ...this.#takeOver(first, donor) }
    return { action: 'resume', trial, why: { rule: 'turn', used } }
  }

  /** Whether further members are to start. */
  #isIncomplete(): boolean {
    const { population = Infinity } = this.#rules
    return !this.#exhausted && this.#members.size < population && this.#started < this.#context.trialsMax()
  }

  #launched({ trial, attempt }: Launched): void {
    const member = this.#members.get(trial)
    if (member !== undefined) {
      member.paused = false
      member.next = undefined
      member.attempt = attempt
      return
    }
    const fresh = { used: 0, ready: 0, loss: NaN, rounds: 0, paused: false, next: undefined, saved: undefined }
    this.#members.set(trial, { trial, attempt, ...fresh })
  }

  #saved({ trial, checkpoint, step }: Reported): void {
    this.#isSaved = true
    this.#members.get(trial)!.saved = { checkpoint: checkpoint!, step }
  }

  #forgotten(trial: number, checkpoint: string): void {
    const member = this.#members.get(trial)
    if (member?.saved?.checkpoint === checkpoint) member.saved = undefined
  }

  #reported(report: Reported): Member | undefined {
    const member = this.#members.get(report.trial)!
    const { interval, burnIn, synch } = this.#rules
    const used = this.#meter.at(report)
    if (!Number.isFinite(used)) return undefined
    member.used = used
    const isReady = synch ? used >= this.#barrier : used >= burnIn && used - member.ready >= interval
    if (!isReady) return undefined
    const before = { used: member.ready, loss: member.loss }
    member.loss = lossOf(report.values[0]!, this.#context.objectives[0]!.mode)
    member.ready = used
    member.rounds += 1
    if (member.rounds > 1 && !this.#isSaved) throw unsaved(member)
    this.#explorer.ready?.(member, before)
    return member
  }

  /** Whom a member of the worst share is to take over from; undefined for others, and while no better one has a checkpoint. */
  #donorFor(member: Member): Member | undefined {
    const { best, worst } = this.#shares()
    if (!worst.includes(member)) return undefined
    const donors = best.filter(({ saved }) => saved !== undefined)
    return donors.length === 0 ? undefined : donors[this.#random(member).below(donors.length)]
  }

  #takeOver(member: Member, donor: Member): { readonly why: Reason; readonly exploit: Exploit } {
    const random = stream(this.#context.seed, purpose.schedule, member.trial, member.rounds, 1)
    const values = this.#explorer.explore(donor, this.#context.history.values(donor.trial), random)
    const { mode } = this.#context.objectives[0]!
    const [value, better] = [reportedFrom(member.loss, mode), reportedFrom(donor.loss, mode)]
    const why = { rule: 'exploit', donor: donor.trial, value, better }
    return { why, exploit: { trial: donor.trial, ...donor.saved!, values } }
  }

  #random({ trial, rounds }: Member): Random {
    return stream(this.#context.seed, purpose.schedule, trial, rounds)
  }

  /** The best and the worst share of the members that were ready, best first. What is not finite is worst, and no donor. */
  #shares(): { readonly best: readonly Member[]; readonly worst: readonly Member[] } {
    const ranked = [...this.#members.values()]
      .filter(({ loss }) => !Number.isNaN(loss))
      .toSorted((a, b) => (a.loss === b.loss ? a.trial - b.trial : a.loss - b.loss))
    const size = Math.min(Math.ceil(ranked.length * this.#rules.quantile), Math.floor(ranked.length / 2))
    const best = ranked.slice(0, size).filter(({ loss }) => loss < Infinity)
    const last = best.at(-1)?.loss ?? -Infinity
    // Who is as good as the best is not among the worst.
    return { best, worst: ranked.slice(ranked.length - size).filter(({ loss }) => loss > last) }
  }

  /** Whether there are trials that have no slot. */
  #isWaitedFor(): boolean {
    return this.#isIncomplete() || this.#mostBehind() !== undefined
  }

  #mostBehind(): Member | undefined {
    let first: Member | undefined
    for (const member of this.#members.values()) {
      if (member.paused && (first === undefined || member.used < first.used)) first = member
    }
    return first
  }

  /** It stands where its donor stood. */
  #exploited(trial: number, { trial: from, step, values }: Exploit): void {
    const member = this.#members.get(trial)!
    const donor = this.#members.get(from)
    // Its own weights are gone.
    member.saved = undefined
    member.next = values
    // The time that a member has run stays its own.
    if (donor === undefined || this.#rules.resource === 'time') return
    member.ready = this.#rules.resource === 'step' ? Math.min(donor.ready, step) : donor.ready
    member.used = donor.used
    member.loss = donor.loss
  }

  #ended({ trial, state }: Ended): void {
    const member = this.#members.get(trial)
    if (member === undefined || state === 'pending') return
    if (state !== 'paused') return this.#leave(trial)
    member.paused = true
    if (this.#rules.synch) this.#meet()
  }

  #leave(trial: number): void {
    this.#members.delete(trial)
    this.#plan = this.#plan.filter((each) => each.trial !== trial)
    if (this.#rules.synch) this.#meet()
  }

  /** Once all have come to the barrier, the worst are to take over and all go on to the next one. */
  #meet(): void {
    const members = [...this.#members.values()]
    const isThere = ({ paused, used }: Member): boolean => paused && used >= this.#barrier
    if (members.length === 0 || this.#plan.length > 0 || this.#isIncomplete() || !members.every(isThere)) return
    const planned = members.map((member) => {
      const donor = this.#donorFor(member)
      return { trial: member.trial, donor: donor?.trial, checkpoint: donor?.saved?.checkpoint, barrier: this.#barrier }
    })
    // Those who take over come first: until they have, no donor goes on and supersedes its checkpoint.
    this.#plan = planned.toSorted((a, b) => Number(a.donor === undefined) - Number(b.donor === undefined))
    this.#barrier = Math.max(this.#barrier + this.#rules.interval, ...members.map(({ used }) => used))
  }

  #nextOfPlan(): Next | undefined {
    const [first] = this.#plan
    if (first === undefined) return undefined
    const { trial, barrier, checkpoint } = first
    const donor = this.#members.get(first.donor ?? -1)
    if (donor !== undefined && donor.saved?.checkpoint === checkpoint) {
      return { action: 'exploit', trial, ...this.#takeOver(this.#members.get(trial)!, donor) }
    }
    return { action: 'resume', trial, why: { rule: 'barrier', at: barrier } }
  }
}

function unsaved({ trial, used }: Member): TrialistError {
  return new TrialistError({
    code: 'plugin',
    message: `population based training needs checkpoints, and no trial has reported any: trial ${trial} is at ${used}`,
    expected: 'a checkpoint with a report, once each interval at least',
    remedy: 'Report checkpoints, or choose another scheduler.',
  })
}
