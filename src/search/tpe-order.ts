import { Fronts } from '../math/fronts.ts'
import { referenceOf, selectByHypervolume } from '../math/hypervolume.ts'
import { scrambledSobol } from '../math/sobol.ts'
import { Best, betterMax, betterOf, isBefore } from './ranking.ts'
import type { Ranked } from './ranking.ts'
import type { Violations } from './violations.ts'

/** A trial that is over, as far as it is compared with others. */
export interface Placed {
  readonly ranked: Ranked
  /** Of each objective. */
  readonly losses: Float64Array
  /** Of each constraint on reported metrics; NaN where it is unknown. */
  readonly violations: Float64Array
}

/** A trial of the better part, and how much it counts beside the others. */
export interface Better {
  readonly trial: number
  readonly weight: number
}

/** Tells the better part of a growing list of trials. */
export interface Order {
  /** Adds a trial, or gives one another place. */
  add(placed: Placed): void
  /** Best first; a function of the trials and of the order in which they came. */
  better(): readonly Better[]
}

/** Where scores are noisy, one lucky trial counts at most so many times as the median of the better ones. */
const luckMost = 3
/** Of several objectives a front is to be covered, which takes more trials. */
const frontMax = 50
/** Objectives up to which a front is thinned out by its exact hypervolume, whose time grows with the front's size to the power of these. */
const volumeObjectives = 3
/** Points by which the hypervolume of more objectives is counted. */
const samplesCounted = 1_024

/** The order of trials with one objective and no constraints: kept up to date in logarithmic time. */
export class LossOrder implements Order {
  readonly #best = new Best()
  readonly #isNoisy: boolean

  constructor(isNoisy: boolean) {
    this.#isNoisy = isNoisy
  }

  add({ ranked }: Placed): void {
    this.#best.add(ranked)
  }

  better(): readonly Better[] {
    const { best, next } = this.#best
    return byImprovement(best, next, this.#isNoisy)
  }
}

/**
 * The order of trials with several objectives, or with constraints on reported metrics: first those that meet all constraints, by
 * their loss or front by front (Ozaki et al., "Multiobjective tree-structured Parzen estimator", JAIR 73, 2022, section 4.1:
 * of the front that does not fit those are taken that cover it), then the others by how far they are off.
 */
export class FeasibleOrder implements Order {
  readonly #violations: Violations
  readonly #objectives: number
  readonly #isNoisy: boolean
  readonly #all: Placed[] = []
  /** Where each trial is among all. */
  readonly #places = new Map<number, number>()
  /** Of several objectives the trials that meet all constraints; undefined where one of them has changed since. */
  #met: MetFronts | undefined = new MetFronts()

  constructor(violations: Violations, objectives: number, isNoisy: boolean) {
    this.#violations = violations
    this.#objectives = objectives
    this.#isNoisy = isNoisy
  }

  add(placed: Placed): void {
    const { trial } = placed.ranked
    const place = this.#places.get(trial) ?? this.#all.length
    const before = this.#all[place]
    this.#places.set(trial, place)
    this.#all[place] = placed
    if (this.#objectives === 1) return
    if (before === undefined) this.#met?.add(placed, place)
    else if (isMet(before) !== isMet(placed) || !isSame(before.losses, placed.losses)) this.#met = undefined
  }

  better(): readonly Better[] {
    const isSingle = this.#objectives === 1
    const count = betterOf(this.#all.length, isSingle ? betterMax : frontMax)
    if (!isSingle) {
      this.#met ??= metOf(this.#all)
      if (this.#met.size >= count) return this.#met.first(count)
    }
    const measure = this.#violations.measure()
    const off = Float64Array.from(this.#all, ({ violations }) => measure(violations))
    const order = lowest(this.#all.length, count + 1, (i, j) => {
      if (off[i] !== off[j]) return off[i]! < off[j]!
      return isBefore(this.#all[i]!.ranked, this.#all[j]!.ranked)
    })
    const best = order.slice(0, count).map((i) => this.#all[i]!.ranked)
    const next = order[count]
    const areMet = isSingle && next !== undefined && off[next] === 0
    return byImprovement(best, areMet ? this.#all[next]!.ranked : undefined, this.#isNoisy)
  }
}

/** The fronts of the trials that meet all constraints. */
class MetFronts {
  readonly #fronts = new Fronts<{ readonly trial: number; readonly losses: Float64Array; readonly place: number }>()
  size = 0

  add(placed: Placed, place: number): void {
    if (!isMet(placed)) return
    this.#fronts.insert({ trial: placed.ranked.trial, losses: placed.losses, place })
    this.size += 1
  }

  /** Fronts in their order; of the first that has too many those that cover it. All count alike. */
  first(count: number): Better[] {
    const chosen: Better[] = []
    for (const front of this.#fronts.all) {
      const left = count - chosen.length
      if (left === 0) break
      const members = front.toSorted((a, b) => a.place - b.place)
      const losses = members.map((each) => each.losses)
      for (const i of thinned(losses, left)) chosen.push({ trial: members[i]!.trial, weight: 1 })
    }
    return chosen
  }
}

function metOf(all: readonly Placed[]): MetFronts {
  const met = new MetFronts()
  for (const [place, placed] of all.entries()) met.add(placed, place)
  return met
}

function isMet({ violations }: Placed): boolean {
  return violations.every((violation) => violation <= 0)
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.every((value, k) => value === b[k])
}

/** Weights by the improvement over the best of the worse, where the two can be compared. */
function byImprovement(best: readonly Ranked[], next: Ranked | undefined, isNoisy: boolean): Better[] {
  const isComparable = next?.reached === true && best.every(({ reached }) => reached)
  const weights = best.map(({ loss }) => (isComparable ? Math.max(1e-12, next.loss - loss) : 1))
  const most = isNoisy ? luckMost * (weights.toSorted((a, b) => a - b)[weights.length >> 1] ?? 1) : Infinity
  return best.map(({ trial }, i) => ({ trial, weight: Math.min(most, weights[i]!) }))
}

/** The lowest `count` of the numbers below `length`, in order. */
function lowest(length: number, count: number, isLower: (i: number, j: number) => boolean): number[] {
  const found: number[] = []
  for (let i = 0; i < length; i++) {
    if (found.length === count && !isLower(i, found[count - 1]!)) continue
    let place = found.length
    while (place > 0 && isLower(i, found[place - 1]!)) place -= 1
    found.splice(place, 0, i)
    if (found.length > count) found.pop()
  }
  return found
}

/** Indices of `count` vectors of a front that cover it. */
function thinned(losses: readonly Float64Array[], count: number): number[] {
  if (count >= losses.length) return losses.map((_, i) => i)
  const scaled = scaledToRange(losses)
  if (losses[0]!.length <= volumeObjectives) return selectByHypervolume(scaled, referenceOf(scaled), count)
  return covering(scaled, count)
}

/** Each objective from 0 to 1, so that no unit decides. */
function scaledToRange(losses: readonly Float64Array[]): Float64Array[] {
  const low = losses.reduce((a, b) => a.map((u, k) => Math.min(u, b[k]!)))
  const high = losses.reduce((a, b) => a.map((u, k) => Math.max(u, b[k]!)))
  return losses.map((each) => each.map((u, k) => (u - low[k]!) / (high[k]! - low[k]! || 1)))
}

/**
 * Of vectors between 0 and 1, greedily those that dominate most of an even sample of points that is not dominated yet: their
 * hypervolume by counting, with bounds of what each can add (Nemhauser, Wolsey and Fisher, 1978).
 */
function covering(points: readonly Float64Array[], count: number): number[] {
  const samples = sampleOf(points[0]!.length)
  const dominated = points.map((point) => samples.flatMap((sample, s) => (isBelow(point, sample) ? [s] : [])))
  const taken = new Uint8Array(samples.length)
  const bounds = dominated.map((some) => some.length)
  const left = new Set(points.keys())
  const chosen: number[] = []
  while (chosen.length < count) {
    let best = -1
    let gain = -1
    for (const i of [...left].toSorted((a, b) => bounds[b]! - bounds[a]! || a - b)) {
      if (bounds[i]! <= gain) break
      bounds[i] = dominated[i]!.reduce((sum, s) => sum + 1 - taken[s]!, 0)
      if (bounds[i] <= gain) continue
      best = i
      gain = bounds[i]
    }
    chosen.push(best)
    left.delete(best)
    for (const s of dominated[best]!) taken[s] = 1
  }
  return chosen
}

/** Evenly spread, from 0 to a tenth beyond 1. */
function sampleOf(dimensions: number): Float64Array[] {
  return Array.from({ length: samplesCounted }, (_, s) => {
    return Float64Array.from({ length: dimensions }, (__, k) => 1.1 * scrambledSobol(s, k, 0))
  })
}

function isBelow(point: Float64Array, sample: Float64Array): boolean {
  for (let k = 0; k < point.length; k++) if (point[k]! >= sample[k]!) return false
  return true
}
