import type { Random } from '../base/random.ts'
import type { Dimension } from '../space/encoded.ts'
import type { History } from '../trial/history.ts'
import { Parzen } from './parzen.ts'
import { Columns } from './parzen-columns.ts'
import { EarlierTrials } from './tpe-earlier.ts'
import { FeasibleOrder, LossOrder } from './tpe-order.ts'
import type { Better, Order, Placed } from './tpe-order.ts'
import type { EarlierExperiment } from './searcher.ts'
import type { Violations } from './violations.ts'
import { Worse } from './worse.ts'

/** What all groups of a search are made with. */
export interface TpeSetting {
  readonly history: History
  readonly objectives: number
  /** Of all trials, in the units of which the constraints on reported metrics are measured. */
  readonly violations: Violations
  readonly earlier: readonly EarlierExperiment[]
  readonly isNoisy: boolean
}

/** Rank correlation from which earlier experiments take part. */
const leastAgreement = 0.1

/**
 * Dimensions with the same condition, chosen together; others are given. Holds the densities of the better and of the worse
 * of the trials in which they were active, so a branch that is rarely tried is judged by its own trials; and for each constraint on
 * reported metrics those of the trials that met it and of those that did not.
 */
export class TpeGroup {
  readonly dimensions: readonly Dimension[]
  readonly #history: History
  readonly #columns: Columns
  readonly #order: Order
  readonly #better: Parzen
  /** The better part as of the last end. */
  #best: readonly Better[] = []
  readonly #worse: Worse
  readonly #constraints: readonly Constraint[]
  readonly #inBetter = new Set<number>()
  /** Its better configurations are kernels of the better density while one is chosen. */
  readonly #earlier: EarlierTrials
  readonly #point: Float64Array
  #chances = new Float64Array(0)

  constructor(setting: TpeSetting, dimensions: readonly Dimension[], given: readonly Dimension[]) {
    const { history, objectives, violations, isNoisy } = setting
    this.dimensions = dimensions
    this.#history = history
    this.#columns = new Columns([...given, ...dimensions], given)
    const isPlain = objectives === 1 && history.outcomeConstraints === 0
    this.#order = isPlain ? new LossOrder(isNoisy) : new FeasibleOrder(violations, objectives, isNoisy)
    this.#better = new Parzen(this.#columns)
    this.#worse = new Worse(this.#columns)
    this.#constraints = Array.from({ length: history.outcomeConstraints }, () => new Constraint(this.#columns))
    this.#point = new Float64Array(history.dimensions)
    this.#earlier = new EarlierTrials(this.#columns, setting.earlier)
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

  /** Trials got their places, or others than they had. */
  placed(all: readonly Placed[]): void {
    const active = all.filter(({ ranked }) => this.#isActive(ranked.trial))
    if (active.length === 0) return
    for (const placed of active) {
      const { trial } = placed.ranked
      this.#earlier.compare(trial, this.#pointOf(trial), placed.losses[0]!)
      this.#order.add(placed)
    }
    this.#divide()
  }

  /** What is known of the constraints on a trial that is over. */
  constrained(trial: number, violations: Float64Array): void {
    if (!this.#isActive(trial)) return
    this.#constraints.forEach((constraint, c) => constraint.set(trial, violations[c]!, this.#pointOf(trial)))
  }

  /** A suggestion of the batch at hand, which counts as worse until `withdraw`; the newest is withdrawn first. */
  anticipate(trial: number, point: Float64Array): void {
    if (!Number.isNaN(point[this.dimensions[0]!.index]!)) this.#worse.kernels.insert(trial, point)
  }

  withdraw(trial: number): void {
    if (this.#worse.kernels.has(trial)) this.#worse.kernels.remove(trial)
  }

  /**
   * Sets the dimensions to the best of some draws of which `allows` approves, and answers its log ratio, or the criterion under
   * constraints; where it approves of none, the last one stands. `trust` is how many trials earlier experiments count for at most.
   */
  choose(
    point: Float64Array,
    draws: number,
    random: Random,
    allows: (point: Float64Array) => boolean,
    trust: number = 0,
  ): number {
    const count = this.#prepare(point, trust)
    const best = point.slice()
    let highest = -Infinity
    for (let draw = 0; draw < draws; draw++) {
      this.#better.sample(pick(this.#chances, count, random), point, random)
      if (!allows(point)) continue
      this.#columns.read(point)
      const ratio = this.#constraints.length === 0 ? this.#logRatio(highest) : this.#constrainedRatio()
      if (ratio <= highest) continue
      highest = ratio
      best.set(point)
    }
    // The newest first, which restores the density bit for bit.
    for (let i = this.#earlier.better.length - 1; i >= 0; i--) {
      if (this.#better.has(earlierId(i))) this.#better.remove(earlierId(i))
    }
    if (highest === -Infinity) return 0
    for (const { index } of this.dimensions) point[index] = best[index]!
    return highest
  }

  /** The log ratio at the columns' point; lower than any where it is not above `highest`. */
  #logRatio(highest: number): number {
    const log = this.#better.logDensity()
    return log - this.#worse.kernels.logDensity(log - highest)
  }

  /**
   * The probability that the point is among the better and meets each constraint, as far as the densities tell it: the log of the
   * product over all of l / (γ l + (1 − γ) g), with the share γ of the better (Watanabe and Hutter, "c-TPE", IJCAI 2023, equation 7).
   */
  #constrainedRatio(): number {
    const logs = this.#worse.kernels.logDensity() - this.#better.logDensity()
    const share = this.#inBetter.size / Math.max(1, this.#inBetter.size + this.#worse.size)
    return this.#constraints.reduce((sum, constraint) => sum + constraint.logChance(), logChance(share, logs))
  }

  #prepare(point: Float64Array, trust: number): number {
    this.#weigh(trust)
    this.#better.prepare()
    this.#worse.prepare()
    for (const constraint of this.#constraints) constraint.prepare()
    this.#columns.read(point)
    if (this.#chances.length < this.#better.count) this.#chances = new Float64Array(2 * this.#better.count)
    this.#better.chances(this.#chances)
    return this.#better.count
  }

  #weigh(trust: number): void {
    let sum = 0
    for (const { trial, weight } of this.#best) {
      this.#better.setWeight(trial, weight)
      sum += weight
    }
    const mean = this.#best.length === 0 ? 1 : sum / this.#best.length
    this.#better.setPriorWeight(mean)
    const { better, agreement } = this.#earlier
    if (agreement < leastAgreement) return
    better.forEach((point, i) => {
      this.#better.insert(earlierId(i), point)
      this.#better.setWeight(earlierId(i), (mean * trust * agreement) / better.length)
    })
  }

  /** Moves trials between the better and the worse so that the best ones are better. */
  #divide(): void {
    this.#best = this.#order.better()
    const best = new Set(this.#best.map(({ trial }) => trial))
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

/** Kernels of earlier configurations have numbers below those of the prior and of trials. */
function earlierId(i: number): number {
  return -2 - i
}

/** What trials say of one constraint on a reported metric. */
class Constraint {
  readonly #met: Worse
  readonly #missed: Worse
  /** Whether each trial whose violation is known has met it. */
  readonly #known = new Map<number, boolean>()

  constructor(columns: Columns) {
    this.#met = new Worse(columns)
    this.#missed = new Worse(columns)
  }

  /** Of a trial that was paused more may be known when it ends again. */
  set(trial: number, violation: number, point: Float64Array): void {
    const before = this.#known.get(trial)
    const isMet = violation <= 0
    if (Number.isNaN(violation) || before === isMet) return
    if (before !== undefined) (before ? this.#met : this.#missed).remove(trial)
    this.#known.set(trial, isMet)
    ;(isMet ? this.#met : this.#missed).insert(trial, point)
  }

  prepare(): void {
    this.#met.prepare()
    this.#missed.prepare()
  }

  /** At the columns' point; 0 while all trials have met it, or none has. */
  logChance(): number {
    const [met, missed] = [this.#met.size, this.#missed.size]
    if (met === 0 || missed === 0) return 0
    return logChance(met / (met + missed), this.#missed.kernels.logDensity() - this.#met.kernels.logDensity())
  }
}

/** −ln(γ + (1 − γ) g / l), of the log of g / l. */
function logChance(share: number, logs: number): number {
  return -Math.log(share + (1 - share) * Math.exp(Math.min(700, logs)))
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
