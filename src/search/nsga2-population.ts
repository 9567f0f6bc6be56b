import { crowdingOf, ranksOf } from '../math/pareto.ts'
import type { Random } from '../base/random.ts'
import type { Ranked } from './ranking.ts'

/** A trial that is over, as one that others may descend from. */
export interface Member {
  readonly trial: number
  readonly point: Float64Array
  /** Of each objective, all finite. */
  readonly losses: Float64Array
  readonly ranked: Ranked
  /** Of each constraint on reported metrics; NaN where it is unknown. */
  readonly violations: Float64Array
}

/** How far a trial is off all constraints together: 0 where it meets them. */
export type Measure = (violations: Float64Array) => number

/**
 * The best trials so far, by the crowded comparison of NSGA-II under constrained domination (Deb et al. 2002, sections III-C and VI):
 * what meets the constraints, front by front, then what is less off. It is renewed with each trial that ends, as a steady state
 * (Durillo et al., "On the effect of the steady-state selection scheme in multi-objective genetic algorithms", EMO 2009), so that
 * parallel trials wait for no generation.
 */
export class Population {
  readonly #size: number
  #members: Member[] = []
  /** The front of each member, and the room that it has there. */
  #fronts: Int32Array = new Int32Array(0)
  #room: Float64Array | undefined

  constructor(size: number) {
    this.#size = size
  }

  get members(): readonly Member[] {
    return this.#members
  }

  /** Takes in a trial, also one that is a member already; the worst has to go where they get too many. */
  add(member: Member, measure: Measure): void {
    this.#members = this.#members.filter(({ trial }) => trial !== member.trial)
    this.#members.push(member)
    this.#sort(measure)
    if (this.#members.length > this.#size) this.#drop()
  }

  /** The same trials by the ranks that they have now, where those have changed. */
  renew(ranked: ReadonlyMap<number, Ranked>): void {
    if (ranked.size === 0) return
    this.#members = this.#members.map((member) => ({ ...member, ranked: ranked.get(member.trial) ?? member.ranked }))
  }

  /** The better of two by chance: by its front, then by the room that it has. */
  select(random: Random): Member {
    const room = (this.#room ??= this.#rooms())
    const a = random.below(this.#members.length)
    const b = random.below(this.#members.length)
    const isFirst = this.#fronts[a] === this.#fronts[b] ? room[a]! >= room[b]! : this.#fronts[a]! < this.#fronts[b]!
    return this.#members[isFirst ? a : b]!
  }

  #sort(measure: Measure): void {
    const keyed = this.#members.map((member, i) => ({ i, member, off: measure(member.violations) }))
    keyed.sort((a, b) => compare(a.off, b.off) || compareReach(a.member.ranked, b.member.ranked) || a.i - b.i)
    this.#fronts = new Int32Array(keyed.length)
    let front = 0
    for (let from = 0; from < keyed.length;) {
      let to = from + 1
      while (to < keyed.length && areComparable(keyed[from]!, keyed[to]!)) to += 1
      const group = keyed.slice(from, to)
      const ranks = ranksOf(group.map(({ member }) => member.losses))
      group.forEach(({ i }, place) => (this.#fronts[i] = front + ranks[place]!))
      front += ranks.reduce((most, rank) => Math.max(most, rank), 0) + 1
      from = to
    }
    this.#room = undefined
  }

  /** Of the last front the one with the least room; the oldest among equals, so that the population drifts where nothing decides. */
  #drop(): void {
    const last = this.#fronts.reduce((most, front) => Math.max(most, front), 0)
    const among = this.#members.map((_, i) => i).filter((i) => this.#fronts[i] === last)
    const room = crowdingOf(among.map((i) => this.#members[i]!.losses))
    let least = 0
    for (let i = 1; i < among.length; i++) if (room[i]! < room[least]!) least = i
    const dropped = among[least]!
    this.#members.splice(dropped, 1)
    this.#fronts = this.#fronts.filter((_, i) => i !== dropped)
  }

  #rooms(): Float64Array {
    const room = new Float64Array(this.#members.length)
    for (const front of new Set(this.#fronts)) {
      const among = this.#members.map((_, i) => i).filter((i) => this.#fronts[i] === front)
      crowdingOf(among.map((i) => this.#members[i]!.losses)).forEach((each, place) => (room[among[place]!] = each))
    }
    return room
  }
}

interface Keyed {
  readonly member: Member
  readonly off: number
}

/** Whether two are told apart by their losses alone. */
function areComparable(a: Keyed, b: Keyed): boolean {
  return a.off === b.off && compareReach(a.member.ranked, b.member.ranked) === 0
}

/** Trials that were stopped before they could be compared follow the others, the longest first. */
function compareReach(a: Ranked, b: Ranked): number {
  if (a.reached !== b.reached) return a.reached ? -1 : 1
  return a.reached ? 0 : b.step - a.step
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
