import type { Random } from '../base/random.ts'
import type { Dimension } from '../space/encoded.ts'
import type { History } from '../trial/history.ts'
import { Parzen } from './parzen.ts'
import { Columns } from './parzen-columns.ts'
import { Best, betterMax } from './ranking.ts'
import type { Ranked } from './ranking.ts'
import { Worse } from './worse.ts'

/**
 * Dimensions with the same condition, chosen together; others are given. Holds the densities of the better and of the worse
 * of the trials in which they were active, so a branch that is rarely tried is judged by its own trials.
 */
export class TpeGroup {
  readonly dimensions: readonly Dimension[]
  readonly #history: History
  readonly #columns: Columns
  readonly #best = new Best()
  readonly #better: Parzen
  readonly #worse: Worse
  readonly #inBetter = new Set<number>()
  readonly #point: Float64Array
  readonly #chances = new Float64Array(betterMax + 1)

  constructor(history: History, dimensions: readonly Dimension[], given: readonly Dimension[]) {
    this.dimensions = dimensions
    this.#history = history
    this.#columns = new Columns([...given, ...dimensions], given)
    this.#better = new Parzen(this.#columns)
    this.#worse = new Worse(this.#columns)
    this.#point = new Float64Array(history.dimensions)
  }

  get below(): number {
    return this.#inBetter.size
  }

  get above(): number {
    return this.#worse.size
  }

  /** A new trial: it counts as worse until it is over, and for good if it fails. */
  suggested(trial: number): void {
    if (this.#isActive(trial)) this.#worse.insert(trial, this.#pointOf(trial))
  }

  /** A trial got its rank. */
  ranked(ranked: Ranked): void {
    if (!this.#isActive(ranked.trial)) return
    this.#best.add(ranked)
    this.#divide()
  }

  /** All trials got new ranks. */
  ranksChanged(all: readonly Ranked[]): void {
    this.#best.clear()
    for (const ranked of all) if (this.#isActive(ranked.trial)) this.#best.add(ranked)
    this.#divide()
  }

  /** A suggestion of the batch at hand, which counts as worse until `withdraw`; the newest is withdrawn first. */
  anticipate(trial: number, point: Float64Array): void {
    if (!Number.isNaN(point[this.dimensions[0]!.index]!)) this.#worse.kernels.insert(trial, point)
  }

  withdraw(trial: number): void {
    if (this.#worse.kernels.has(trial)) this.#worse.kernels.remove(trial)
  }

  /**
   * Sets the dimensions to the best of some draws of which `allows` approves, and answers its log ratio; where it approves
   * of none, the last one stands.
   */
  choose(point: Float64Array, draws: number, random: Random, allows: (point: Float64Array) => boolean): number {
    const count = this.#prepare(point)
    const best = point.slice()
    let highest = -Infinity
    for (let draw = 0; draw < draws; draw++) {
      this.#better.sample(pick(this.#chances, count, random), point, random)
      if (!allows(point)) continue
      this.#columns.read(point)
      const log = this.#better.logDensity()
      const ratio = log - this.#worse.kernels.logDensity(log - highest)
      if (ratio <= highest) continue
      highest = ratio
      best.set(point)
    }
    if (highest === -Infinity) return 0
    for (const { index } of this.dimensions) point[index] = best[index]!
    return highest
  }

  #prepare(point: Float64Array): number {
    this.#weigh()
    this.#better.prepare()
    this.#worse.prepare()
    this.#columns.read(point)
    this.#better.chances(this.#chances)
    return this.#better.count
  }

  /** Weights by the improvement over the best of the worse, where the two can be compared. */
  #weigh(): void {
    const { best, next } = this.#best
    const isComparable = next !== undefined && next.reached && best.every(({ reached }) => reached)
    let sum = 0
    for (const { trial, loss } of best) {
      const weight = isComparable ? Math.max(1e-12, next.loss - loss) : 1
      this.#better.setWeight(trial, weight)
      sum += weight
    }
    this.#better.setPriorWeight(best.length === 0 ? 1 : sum / best.length)
  }

  /** Moves trials between the better and the worse so that the best ones are better. */
  #divide(): void {
    const best = new Set(this.#best.best.map(({ trial }) => trial))
    for (const trial of this.#inBetter) {
      if (best.has(trial)) continue
      this.#inBetter.delete(trial)
      this.#better.remove(trial)
      this.#worse.insert(trial, this.#pointOf(trial))
    }
    for (const trial of best) {
      if (this.#inBetter.has(trial)) continue
      this.#inBetter.add(trial)
      this.#worse.remove(trial)
      this.#better.insert(trial, this.#pointOf(trial))
    }
  }

  #isActive(trial: number): boolean {
    return !Number.isNaN(this.#history.u(trial, this.dimensions[0]!.index))
  }

  #pointOf(trial: number): Float64Array {
    this.#history.point(trial, this.#point)
    return this.#point
  }
}

/** An index below `count`, drawn with the given relative chances. */
function pick(chances: Float64Array, count: number, random: Random): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += chances[i]!
  let rest = random.float() * sum
  for (let i = 0; i < count - 1; i++) {
    rest -= chances[i]!
    if (rest < 0) return i
  }
  return count - 1
}
