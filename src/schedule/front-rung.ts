import { referenceOf, selectByHypervolume } from '../math/hypervolume.ts'
import { ranksOf } from '../math/pareto.ts'
import type { Entry, Rung } from './promotions.ts'

/**
 * A rung of several objectives: trials are ordered by the front that they are on, nondominated sorting (Deb et al., IEEE TEVC
 * 2002), and on the front that is taken in part by what each adds to the hypervolume. What is not finite comes last. Among the best
 * are ceil or floor of N / eta, and whoever is equal to one of them. O(N log N) after each record.
 */
export class FrontRung implements Rung {
  readonly #eta: number
  readonly #round: (share: number) => number
  readonly #entries: Entry[] = []
  readonly #paused = new Set<number>()
  /** Best first; made when it is asked for. */
  #best: readonly Entry[] | undefined

  constructor(eta: number, round: (share: number) => number) {
    this.#eta = eta
    this.#round = round
  }

  get size(): number {
    return this.#entries.length
  }

  get kept(): number {
    return this.#round(this.size / this.#eta)
  }

  /** No single number divides them. */
  get threshold(): number {
    return Infinity
  }

  record(entry: Entry): void {
    this.#entries.push(entry)
    this.#best = undefined
  }

  isBest({ losses }: Entry): boolean {
    return this.#bestOf().some((best) => best.losses.every((loss, k) => loss === losses[k]))
  }

  pause({ trial }: Entry): void {
    this.#paused.add(trial)
  }

  leave(trial: number): void {
    this.#paused.delete(trial)
  }

  get promotable(): Entry | undefined {
    return this.#paused.size === 0 ? undefined : this.#bestOf().find(({ trial }) => this.#paused.has(trial))
  }

  #bestOf(): readonly Entry[] {
    this.#best ??= this.#chosen(this.kept)
    return this.#best
  }

  #chosen(count: number): readonly Entry[] {
    const finite = this.#entries.filter(({ losses }) => losses.every((loss) => loss < Infinity))
    const ranks = ranksOf(finite.map(({ losses }) => losses))
    const chosen: Entry[] = []
    for (let rank = 0; chosen.length < Math.min(count, finite.length); rank++) {
      const front = finite.filter((_, i) => ranks[i] === rank)
      const left = count - chosen.length
      if (front.length <= left) chosen.push(...front)
      else {
        const losses = front.map((entry) => entry.losses)
        for (const i of selectByHypervolume(losses, referenceOf(losses), left)) chosen.push(front[i]!)
      }
    }
    return chosen
  }
}
