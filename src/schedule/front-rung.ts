import { Fronts } from '../math/fronts.ts'
import { referenceOf, selectByHypervolume } from '../math/hypervolume.ts'
import type { Entry, Rung } from './promotions.ts'

/**
 * A rung of several objectives: trials are ordered by the front that they are on, nondominated sorting (Deb et al., IEEE TEVC
 * 2002), and on the front that is taken in part by what each adds to the hypervolume. What is not finite comes last. Among the best
 * are ceil or floor of N / eta, and whoever is equal to one of them. A record moves a few trials between fronts.
 */
export class FrontRung implements Rung {
  readonly #eta: number
  readonly #round: (share: number) => number
  readonly #fronts = new Fronts<Recorded>()
  readonly #paused = new Set<number>()
  #size = 0
  #finite = 0
  /** Which are taken of the front that is taken in part, best first; made when it is asked for. */
  #crowd: Crowd | undefined

  constructor(eta: number, round: (share: number) => number) {
    this.#eta = eta
    this.#round = round
  }

  get size(): number {
    return this.#size
  }

  get kept(): number {
    return this.#round(this.size / this.#eta)
  }

  /** No single number divides them. */
  get threshold(): number {
    return Infinity
  }

  record(entry: Entry): void {
    const { losses } = entry
    if (losses.every((loss) => loss < Infinity)) {
      this.#fronts.insert({ entry, losses, order: this.#size })
      this.#finite += 1
    }
    this.#size += 1
    this.#crowd = undefined
  }

  isBest({ losses }: Entry): boolean {
    if (!losses.every((loss) => loss < Infinity)) return false
    const { rank, taken } = this.#taken()
    const own = this.#fronts.rankOf(losses)
    if (own !== rank) return own < rank
    return taken.some((best) => best.losses.every((loss, k) => loss === losses[k]))
  }

  pause({ trial }: Entry): void {
    this.#paused.add(trial)
  }

  leave(trial: number): void {
    this.#paused.delete(trial)
  }

  get promotable(): Entry | undefined {
    if (this.#paused.size === 0) return undefined
    const isPaused = ({ trial }: Entry): boolean => this.#paused.has(trial)
    const { rank, taken } = this.#taken()
    for (const front of this.#fronts.all.slice(0, rank)) {
      const found = inOrder(front.filter(({ entry }) => isPaused(entry)))[0]
      if (found !== undefined) return found.entry
    }
    return taken.find(isPaused)
  }

  /** The fronts below `rank` are taken whole, of that one what is `taken`. */
  #taken(): Crowd {
    this.#crowd ??= this.#divided(Math.min(this.kept, this.#finite))
    return this.#crowd
  }

  #divided(count: number): Crowd {
    const fronts = this.#fronts.all
    let left = count
    let rank = 0
    for (; left > 0 && fronts[rank]!.length <= left; rank++) left -= fronts[rank]!.length
    if (left === 0) return { rank, taken: [] }
    const front = inOrder(fronts[rank]!)
    const losses = front.map((each) => each.losses)
    return { rank, taken: selectByHypervolume(losses, referenceOf(losses), left).map((i) => front[i]!.entry) }
  }
}

/** A trial on its front, and how many were recorded before it. */
interface Recorded {
  readonly entry: Entry
  readonly losses: readonly number[]
  readonly order: number
}

interface Crowd {
  readonly rank: number
  readonly taken: readonly Entry[]
}

function inOrder(members: readonly Recorded[]): readonly Recorded[] {
  return members.toSorted((a, b) => a.order - b.order)
}
