import type { Ended } from '../trial/event.ts'
import type { Member } from './cmaes-run.ts'
import { Ranking } from './ranking.ts'
import type { Ranked } from './ranking.ts'
import type { SearcherContext } from './searcher.ts'
import { Violations, violationsOf } from './violations.ts'

/** How a trial stands. */
export interface Standing {
  /** Infinity where it failed. */
  readonly loss: number
  readonly ranked: Ranked | undefined
  /** How far it is off each constraint on reported metrics; NaN where unknown. */
  readonly violations: Float64Array
}

/** A trial in the order of the searcher. */
export type Placed = Member & Standing

/**
 * Orders trials: those that meet all constraints by their loss, the ones that were stopped early after those that were not;
 * then those that do not by how far they are off; then those that failed.
 */
export class Standings {
  readonly #context: SearcherContext
  readonly #ranking: Ranking
  readonly #violations: Violations
  /** Ranks that the last trial's end has changed. */
  #renewed: ReadonlyMap<number, Ranked> = new Map()

  constructor(context: SearcherContext, lossAt: (report: number) => number) {
    this.#context = context
    this.#ranking = new Ranking(context.history, lossAt, Math.max(context.space.dimensions.length + 2, 8))
    this.#violations = new Violations(context.outcomeConstraints.length)
  }

  /** Takes note of a trial's end. */
  end(event: Ended): Standing {
    const { history } = this.#context
    const standing = this.#ranking.end(event)
    const violations = violationsOf(history, event.trial)
    this.#violations.add(violations)
    this.#renewed = new Map(standing?.renewed.map((each) => [each.trial, each]))
    return { loss: standing?.ranked.loss ?? Infinity, ranked: standing?.ranked, violations }
  }

  /** The same trials, by the ranks that they have since the last end. */
  renew(members: Placed[]): Placed[] {
    if (this.#renewed.size === 0) return members
    return members.map((member) => {
      const ranked = this.#renewed.get(member.trial)
      return ranked === undefined ? member : { ...member, ranked, loss: ranked.loss }
    })
  }

  /** Best first. */
  sorted(members: readonly Placed[]): Placed[] {
    const measure = this.#violations.measure()
    const off = new Map(members.map((member) => [member, measure(member.violations)]))
    return members.toSorted((a, b) => {
      if (a.ranked === undefined || b.ranked === undefined) {
        return Number(a.ranked === undefined) - Number(b.ranked === undefined) || a.trial - b.trial
      }
      return compare(off.get(a)!, off.get(b)!) || compareRanks(a.ranked, b.ranked)
    })
  }
}

function compareRanks(a: Ranked, b: Ranked): number {
  if (a.reached !== b.reached) return a.reached ? -1 : 1
  if (!a.reached && a.step !== b.step) return b.step - a.step
  return compare(a.loss, b.loss) || a.trial - b.trial
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
