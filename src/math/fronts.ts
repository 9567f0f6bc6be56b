import { compareLosses, dominates } from './pareto.ts'

/** One that lies on a front. */
export interface Member {
  readonly losses: ArrayLike<number>
}

/**
 * The fronts of a growing set of vectors of losses, the best front first: what `ranksOf` tells, kept up to date. A new vector takes its
 * front by binary search (Zhang et al., IEEE TEVC 19, 2015), and what it dominates there moves down by one, and so on (Li et al., "Efficient
 * nondomination level update method for steady-state evolutionary multiobjective optimization", IEEE Transactions on Cybernetics 47, 2017).
 */
export class Fronts<T extends Member> {
  /** Each in lexicographic order of its losses; of equal ones the earlier first. */
  readonly #fronts: T[][] = []

  get all(): readonly (readonly T[])[] {
    return this.#fronts
  }

  insert(member: T): void {
    let moved: readonly T[] = [member]
    for (let rank = this.rankOf(member.losses); moved.length > 0; rank++) {
      if (rank === this.#fronts.length) this.#fronts.push([])
      moved = merge(this.#fronts[rank]!, moved)
    }
  }

  /** The front on which a vector is or would be. */
  rankOf(losses: ArrayLike<number>): number {
    let low = 0
    let high = this.#fronts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isDominated(this.#fronts[middle]!, losses)) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Puts vectors into a front that dominates none of them; what they dominate is taken out and answered, in its order. */
function merge<T extends Member>(front: T[], added: readonly T[]): readonly T[] {
  const out: T[] = []
  for (const member of added) {
    const place = placeOf(front, member.losses)
    front.splice(place, 0, member)
    // All that it dominates comes after it; of two objectives in one run.
    const isRun = member.losses.length <= 2
    let kept = place + 1
    let i = kept
    for (; i < front.length; i++) {
      if (dominates(member.losses, front[i]!.losses)) out.push(front[i]!)
      else if (isRun) break
      else front[kept++] = front[i]!
    }
    front.splice(kept, i - kept)
  }
  return out
}

function isDominated(front: readonly Member[], losses: ArrayLike<number>): boolean {
  const before = placeOf(front, losses)
  // Of two objectives the last one before it is the best in the second of all that are no worse in the first.
  const first = losses.length > 2 ? 0 : Math.max(0, before - 1)
  for (let i = before - 1; i >= first; i--) if (dominates(front[i]!.losses, losses)) return true
  return false
}

/** Where a vector comes in a front, behind its equals. */
function placeOf(front: readonly Member[], losses: ArrayLike<number>): number {
  let low = 0
  let high = front.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareLosses(front[middle]!.losses, losses) <= 0) low = middle + 1
    else high = middle
  }
  return low
}
