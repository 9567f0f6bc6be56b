import { knownOptions, wholeFrom, wrongOption } from '../base/check.ts'
import type { Event, Exploit, Reported } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { fifo } from './fifo.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Next, Scheduler, SchedulerContext, SchedulerFactory } from './scheduler.ts'

export interface ResourceChangingOptions {
  /** The scheduler whose word counts first. Default: `fifo()`. */
  readonly of?: SchedulerFactory
  /** Who has the slots that no trial waits for: `all` in equal shares, or the `best` trial alone. Default: `all`. */
  readonly to?: 'all' | 'best'
  /** Slots that a trial gets, or gives up, at a time. Default: 1. */
  readonly by?: number
  /** How often `by` is given to a trial at most. Default: as often as there is room. */
  readonly times?: number
  /** Slots that are left free. Default: 0. */
  readonly reserve?: number
}

type Rules = Required<Omit<ResourceChangingOptions, 'of'>>

/**
 * Gives trials that run the slots that no other trial needs, and takes them back once others come: a trial goes on from its newest
 * checkpoint, as its next attempt, in its new number of slots, each of which brings what a trial is given. Trials without checkpoints
 * keep what they have. As Ray Tune's ResourceChangingScheduler with DistributeResources, or DistributeResourcesToTopJob.
 */
export function resourceChanging(options: ResourceChangingOptions = {}): SchedulerFactory {
  knownOptions('resourceChanging()', options, ['of', 'to', 'by', 'times', 'reserve'])
  const { of = fifo(), to = 'all', times = Infinity } = options
  if (typeof of?.create !== 'function') throw wrongOption('resourceChanging(): of', 'a scheduler such as asha()', of)
  if (to !== 'all' && to !== 'best') throw wrongOption('resourceChanging(): to', "'all' or 'best'", to)
  const rules = {
    to,
    by: wholeFrom('resourceChanging(): by', options.by ?? 1, 1),
    times: times === Infinity ? times : wholeFrom('resourceChanging(): times', times, 1),
    reserve: wholeFrom('resourceChanging(): reserve', options.reserve ?? 0, 0),
  }
  return {
    name: 'resourceChanging',
    options: { ...options, ...(options.of && { of: { name: of.name, options: of.options } }) },
    capabilities: { ...of.capabilities, pauses: true, ...(to === 'best' && { objectivesMax: 1 }) },
    create: (context) => new ResourceChanging(context, rules, of.create(context)),
  }
}

/** A trial that is not over. */
interface Standing {
  /** Slots that it takes, or is to take next; 0 while it does not run. */
  slots: number
  loss: number
  saved: { readonly checkpoint: string; readonly step: number } | undefined
}

class ResourceChanging implements Scheduler {
  readonly #context: SchedulerContext
  readonly #rules: Rules
  readonly #of: Scheduler
  readonly #trials = new Map<number, Standing>()
  #begun = 0
  #exhausted = false

  constructor(context: SchedulerContext, rules: Rules, of: Scheduler) {
    this.#context = context
    this.#rules = rules
    this.#of = of
  }

  observe(event: Event): void {
    // To the other scheduler a trial that changes its slots is one that was tried again from where it stood.
    if (event.type !== 'decided' || event.exploit?.slots === undefined) this.#of.observe?.(event)
    switch (event.type) {
      case 'suggested':
        this.#begun += 1
        this.#begins(event.trial)
        break
      case 'reopened':
        this.#begins(event.trial)
        break
      case 'exhausted':
        this.#exhausted = true
        break
      case 'launched':
        this.#trials.get(event.trial)!.slots = event.slots ?? 1
        break
      case 'reported':
        this.#reported(event)
        break
      case 'decided':
        if (event.exploit !== undefined) this.#decided(this.#trials.get(event.trial)!, event.exploit, event.trial)
        break
      case 'forgotten': {
        const trial = this.#trials.get(event.trial)
        if (trial?.saved?.checkpoint === event.checkpoint) trial.saved = undefined
        break
      }
      case 'ended':
        if (event.state === 'paused') this.#trials.get(event.trial)!.slots = 0
        else if (event.state !== 'pending') this.#trials.delete(event.trial)
        break
    }
  }

  decide(report: Reported): Decision {
    const decision = this.#of.decide(report)
    if (decision.action !== 'continue') return decision
    const { trial } = report
    const { slots, saved } = this.#trials.get(trial)!
    if (saved === undefined) return goOn
    const wanted = this.#shareOf(trial)
    const target = Math.min(wanted, slots + this.#free())
    if (target === slots) return goOn
    const values = this.#context.history.values(trial)
    const why = { rule: 'slots', before: slots, after: target, live: this.#live() }
    return { action: 'exploit', why, exploit: { trial, ...saved, values, slots: target } }
  }

  next(): Next | undefined {
    return this.#of.next?.()
  }

  #begins(trial: number): void {
    this.#trials.set(trial, { slots: 0, loss: Infinity, saved: undefined })
  }

  #reported({ trial, judged, values, checkpoint, step }: Reported): void {
    const standing = this.#trials.get(trial)!
    if (checkpoint !== undefined) standing.saved = { checkpoint, step }
    if (judged) standing.loss = lossOf(values[0]!, this.#context.objectives[0]!.mode)
  }

  #decided(standing: Standing, { trial: donor, checkpoint, step, slots }: Exploit, trial: number): void {
    if (slots !== undefined) standing.slots = slots
    // Of its own weights it keeps only what it goes on from itself.
    standing.saved = donor === trial ? { checkpoint, step } : undefined
  }

  /** Trials that are not over, and those that are still to begin. */
  #live(): number {
    const toCome = this.#exhausted ? 0 : Math.max(0, this.#context.trialsMax() - this.#begun)
    return this.#trials.size + Math.min(toCome, this.#all())
  }

  #all(): number {
    return Math.max(1, this.#context.slots() - this.#rules.reserve)
  }

  #free(): number {
    let taken = 0
    for (const { slots } of this.#trials.values()) taken += slots
    return Math.max(0, this.#all() - taken)
  }

  /** The slots that a trial should have: one, and so many times `by` as the rules allow. */
  #shareOf(trial: number): number {
    const { to, by, times } = this.#rules
    const room = Math.max(0, this.#all() - this.#live())
    const given = Math.floor(room / by)
    const order = [...this.#trials.keys()]
    const mine = to === 'best' ? (trial === this.#best() ? given : 0) : even(given, order.indexOf(trial), order.length)
    return 1 + by * Math.min(times, mine)
  }

  #best(): number {
    let best = -1
    let least = Infinity
    for (const [trial, { loss }] of this.#trials) if (loss < least) [best, least] = [trial, loss]
    return best
  }
}

/** The part of a whole that the place-th of so many gets; the first ones get what is left over. */
function even(whole: number, place: number, count: number): number {
  return Math.floor(whole / count) + (place < whole % count ? 1 : 0)
}
