import type { Random } from '../base/random.ts'
import { logPeak, minusLogInside } from './cells.ts'
import { bandwidthFloor } from './parzen-columns.ts'
import type { Columns } from './parzen-columns.ts'
import { SortedSlots } from './sorted-slots.ts'

/** A kernel whose log density is so much below the highest is left out: thousands of them would change the sum by 1e-5. */
const negligible = 20
/** Dense columns of which the shapes are kept together: by these most kernels of a density are given up. */
const headColumns = 2
/** Up to so many trials the floor of the bandwidths still depends on their number. */
const fewTrials = 4

/**
 * A Parzen estimator over encoded dimensions: a mixture of one kernel a trial and a prior kernel (slot 0), each a product of
 * truncated normals (continuous), their means over cells (ordered) and smoothed one-hot vectors (unordered); Watanabe,
 * "Tree-Structured Parzen Estimator: Understanding Its Algorithm Components", arXiv 2304.11127, sections 3.3 and 4. Trials
 * come and go one at a time, which changes the bandwidths of their neighbours only. Removing the newest restores the state
 * before it, bit for bit.
 */
export class Parzen {
  readonly #columns: Columns
  readonly #width: number
  /** Slots are taken from 0 to `count` − 1. */
  #count = 1
  #ids = new Int32Array(16)
  readonly #slots = new Map<number, number>()
  /** Slot by slot and column by column the centre, then one over the bandwidth. */
  #shapes: Float64Array
  /** The same of the first columns, without what lies between. */
  #heads = new Float64Array(32 * headColumns)
  /** Slot by slot and numeric column by column: what makes the kernel integrate to 1, as a log. */
  #norms: Float64Array
  /** Slot by slot and column by column: the table of its cells. */
  #tables: Int32Array
  /** The sum of a slot's norms, where it is not stale. */
  #constants = new Float64Array(16)
  #stale = new Uint8Array(16)
  /** Relative weights of the kernels, and the log of weight and constant as they count in a density. */
  #weights = new Float64Array(16)
  #bases = new Float64Array(16)
  /** Slots whose weight is the common one. */
  #isCommon = new Uint8Array(16)
  #commonWeight = 1
  #logTotal = 0
  readonly #sorted: readonly SortedSlots[]
  /** Of the unordered columns: log factor of a kernel with the point's level, and of another. */
  readonly #hits: Float64Array
  readonly #misses: Float64Array

  constructor(columns: Columns) {
    this.#columns = columns
    this.#width = columns.dimensions.length
    this.#shapes = new Float64Array(32 * this.#width)
    this.#norms = new Float64Array(16 * this.#width)
    this.#tables = new Int32Array(16 * this.#width)
    this.#hits = new Float64Array(this.#width)
    this.#misses = new Float64Array(this.#width)
    this.#sorted = Array.from({ length: columns.numeric }, () => new SortedSlots())
    this.#weights[0] = 1
    this.#ids[0] = -1
    for (let j = 0; j < columns.numeric; j++) {
      const { mode, deviation } = columns.priors[j]!
      this.#shapes[2 * j] = mode
      this.#sorted[j]!.insert(mode, 0)
      this.#shape(j, 0, deviation)
    }
  }

  /** Kernels, the prior's included. */
  get count(): number {
    return this.#count
  }

  has(id: number): boolean {
    return this.#slots.has(id)
  }

  setWeight(id: number, weight: number): void {
    this.#weights[this.#slots.get(id)!] = weight
  }

  /** From now on a trial has the weight that `setCommonWeight` says. */
  makeCommon(id: number): void {
    this.#isCommon[this.#slots.get(id)!] = 1
  }

  setCommonWeight(weight: number): void {
    this.#commonWeight = weight
  }

  setPriorWeight(weight: number): void {
    this.#weights[0] = weight
  }

  /** Adds the kernel of a trial, with weight 1. */
  insert(id: number, point: Float64Array): void {
    const slot = this.#count
    if (slot === this.#weights.length) this.#grow()
    this.#count += 1
    this.#slots.set(id, slot)
    this.#ids[slot] = id
    this.#weights[slot] = 1
    this.#isCommon[slot] = 0
    this.#stale[slot] = 1
    for (let j = 0; j < this.#width; j++) {
      const center = point[this.#columns.dimensions[j]!.index]!
      const cell = 2 * (slot * this.#width + j)
      this.#shapes[cell] = center
      this.#shapes[cell + 1] = 0
      if (j >= this.#columns.numeric) continue
      const place = this.#sorted[j]!.insert(center, slot)
      this.#refresh(j, place - 1, place + 1)
    }
  }

  /** Takes the kernel of a trial out. */
  remove(id: number): void {
    const slot = this.#slots.get(id)!
    const last = this.#count - 1
    this.#slots.delete(id)
    this.#count = last
    for (let j = 0; j < this.#columns.numeric; j++) {
      const sorted = this.#sorted[j]!
      const place = sorted.find(this.#centerOf(slot, j), slot)
      sorted.remove(place)
      this.#refresh(j, place - 1, place)
      if (slot !== last) sorted.slots[sorted.find(this.#centerOf(last, j), last)] = slot
    }
    if (slot !== last) this.#move(last, slot)
  }

  /** Must be called after changes, before densities and chances are asked for. */
  prepare(): void {
    let total = 0
    const logCommon = Math.log(this.#commonWeight)
    for (let slot = 0; slot < this.#count; slot++) {
      if (this.#stale[slot] === 1) this.#renew(slot)
      const isCommon = this.#isCommon[slot] === 1
      const weight = this.#weightOf(slot)
      total += weight
      this.#bases[slot] = this.#constants[slot]! + (isCommon ? logCommon : weight === 1 ? 0 : Math.log(weight))
    }
    this.#logTotal = Math.log(total)
    const share = 1 / this.#count
    for (let j = this.#columns.numeric; j < this.#width; j++) {
      const all = Math.log(1 + this.#columns.dimensions[j]!.levels * share)
      this.#hits[j] = Math.log(1 + share) - all
      this.#misses[j] = Math.log(share) - all
    }
  }

  /**
   * The log density of the columns' point. As a density only grows while kernels are added up, counting ends with Infinity
   * once it has reached `enough`.
   */
  logDensity(enough: number = Infinity): number {
    const { at, dense } = this.#columns
    const width = this.#width
    const shapes = this.#shapes
    const heads = this.#heads
    const bases = this.#bases
    const at0 = dense > 0 ? at[0]! : 0
    const at1 = dense > 1 ? at[1]! : 0
    const limit = enough + this.#logTotal
    let highest = -Infinity
    let sum = 0
    let sumEnough = Infinity
    // The newest trials are the nearest to what is asked now.
    for (let slot = this.#count - 1; slot >= 0; slot--) {
      let log = bases[slot]!
      // A kernel is given up as soon as it is negligible.
      const most = 2 * (log - highest + negligible)
      const head = 2 * headColumns * slot
      const z0 = (at0 - heads[head]!) * heads[head + 1]!
      const z1 = (at1 - heads[head + 2]!) * heads[head + 3]!
      let squares = z0 * z0 + z1 * z1
      if (squares > most) continue
      for (let j = headColumns, cell = 2 * (slot * width + j); j < dense && squares <= most; j++, cell += 2) {
        const z = (at[j]! - shapes[cell]!) * shapes[cell + 1]!
        squares += z * z
      }
      if (squares > most) continue
      log -= 0.5 * squares
      if (dense < width) log = this.#withDiscrete(slot, log, highest - negligible)
      if (log > highest) {
        sum = sum * Math.exp(highest - log) + 1
        highest = log
        sumEnough = Math.exp(limit - highest)
      } else if (log > highest - negligible) sum += Math.exp(log - highest)
      if (sum >= sumEnough) return Infinity
    }
    return highest + Math.log(sum) - this.#logTotal
  }

  /** The weight of each kernel where the given dimensions of the columns' point are given, written to `out`. */
  chances(out: Float64Array): void {
    let highest = -Infinity
    for (let slot = 0; slot < this.#count; slot++) {
      let log = Math.log(this.#weightOf(slot))
      for (let j = 0; j < this.#width; j++) if (this.#columns.given[j]!) log += this.#logFactor(slot, j)
      out[slot] = log
      highest = Math.max(highest, log)
    }
    for (let slot = 0; slot < this.#count; slot++) out[slot] = Math.exp(out[slot]! - highest)
  }

  /** Draws the dimensions that are not given, around one kernel. */
  sample(slot: number, point: Float64Array, random: Random): void {
    for (let j = 0; j < this.#width; j++) {
      if (this.#columns.given[j]!) continue
      const cell = 2 * (slot * this.#width + j)
      const center = this.#shapes[cell]!
      point[this.#columns.dimensions[j]!.index] =
        j < this.#columns.numeric
          ? this.#columns.sampleNormal(j, center, 1 / this.#shapes[cell + 1]!, random)
          : this.#sampleChoice(j, slot, center, random)
    }
  }

  #sampleChoice(j: number, slot: number, center: number, random: Random): number {
    const isKept = slot > 0 && random.float() < 1 / (1 + this.#columns.dimensions[j]!.levels / this.#count)
    return isKept ? center : this.#columns.samplePrior(j, random)
  }

  /** Adds the factors of the discrete columns, as far as the kernel stays above `least`. */
  #withDiscrete(slot: number, dense: number, least: number): number {
    const { numeric, at, levels, low, high, cells } = this.#columns
    const width = this.#width
    const shapes = this.#shapes
    let log = dense
    let j = this.#columns.dense
    for (let cell = slot * width + j; j < numeric && log > least; j++, cell++) {
      const center = shapes[2 * cell]!
      log += cells[j]!.log(this.#tables[cell]!, center, shapes[2 * cell + 1]!, at[j]!, levels[j]!, low[j]!, high[j]!)
    }
    if (slot === 0) {
      for (; j < width; j++) log += this.#logChoice(slot, j)
      return log
    }
    for (let cell = 2 * (slot * width + j); j < width && log > least; j++, cell += 2) {
      log += shapes[cell] === at[j] ? this.#hits[j]! : this.#misses[j]!
    }
    return log
  }

  #logChoice(slot: number, j: number): number {
    if (slot === 0) return this.#columns.priors[j]!.logWeights[this.#columns.levels[j]!]!
    return this.#centerOf(slot, j) === this.#columns.at[j] ? this.#hits[j]! : this.#misses[j]!
  }

  /** One factor of a kernel, complete. */
  #logFactor(slot: number, j: number): number {
    const { dense, numeric, at, levels, low, high, cells } = this.#columns
    if (j >= numeric) return this.#logChoice(slot, j)
    const cell = slot * this.#width + j
    const [center, inverse, norm] = [this.#shapes[2 * cell]!, this.#shapes[2 * cell + 1]!, this.#norms[cell]!]
    if (j >= dense) {
      return norm + cells[j]!.log(this.#tables[cell]!, center, inverse, at[j]!, levels[j]!, low[j]!, high[j]!)
    }
    return norm - 0.5 * ((at[j]! - center) * inverse) ** 2
  }

  #weightOf(slot: number): number {
    return this.#isCommon[slot] === 1 ? this.#commonWeight : this.#weights[slot]!
  }

  #centerOf(slot: number, j: number): number {
    return this.#shapes[2 * (slot * this.#width + j)]!
  }

  /** Sets the bandwidths from one place of a column to another: a kernel reaches to its farther neighbour. */
  #refresh(j: number, from: number, to: number): void {
    const { at, slots, count } = this.#sorted[j]!
    const trials = this.#count - 1
    const floor = Math.max(bandwidthFloor, (trials + 2) ** -2)
    const isAll = trials <= fewTrials
    const end = isAll ? count - 1 : Math.min(to, count - 1)
    for (let place = isAll ? 0 : Math.max(from, 0); place <= end; place++) {
      const left = place > 0 ? at[place - 1]! : 0
      const right = place < count - 1 ? at[place + 1]! : 1
      const reach = Math.max(at[place]! - left, right - at[place]!, floor)
      // The prior's kernel keeps its own.
      if (slots[place]! > 0) this.#shape(j, slots[place]!, Math.min(1, reach))
    }
  }

  #shape(j: number, slot: number, bandwidth: number): void {
    const cell = slot * this.#width + j
    const inverse = 1 / bandwidth
    if (this.#shapes[2 * cell + 1] === inverse) return
    const center = this.#shapes[2 * cell]!
    const cells = this.#columns.cells[j]
    this.#shapes[2 * cell + 1] = inverse
    this.#norms[cell] = minusLogInside(center, bandwidth) + (cells === undefined ? logPeak(bandwidth) : 0)
    if (cells !== undefined) this.#tables[cell] = cells.table(center, bandwidth)
    this.#stale[slot] = 1
  }

  #renew(slot: number): void {
    let sum = 0
    for (let j = 0; j < this.#columns.numeric; j++) sum += this.#norms[slot * this.#width + j]!
    this.#constants[slot] = sum
    const from = 2 * slot * this.#width
    const end = 2 * Math.min(headColumns, this.#columns.dense)
    for (let i = 0; i < end; i++) this.#heads[2 * headColumns * slot + i] = this.#shapes[from + i]!
    this.#stale[slot] = 0
  }

  #move(from: number, to: number): void {
    const width = this.#width
    this.#shapes.copyWithin(2 * to * width, 2 * from * width, 2 * (from + 1) * width)
    this.#norms.copyWithin(to * width, from * width, (from + 1) * width)
    this.#tables.copyWithin(to * width, from * width, (from + 1) * width)
    this.#weights[to] = this.#weights[from]!
    this.#isCommon[to] = this.#isCommon[from]!
    this.#stale[to] = 1
    this.#ids[to] = this.#ids[from]!
    this.#slots.set(this.#ids[to], to)
  }

  #grow(): void {
    const slots = 2 * this.#weights.length
    const width = this.#width
    this.#ids = grownTo(this.#ids, new Int32Array(slots))
    this.#shapes = grownTo(this.#shapes, new Float64Array(2 * slots * width))
    this.#heads = grownTo(this.#heads, new Float64Array(2 * headColumns * slots))
    this.#norms = grownTo(this.#norms, new Float64Array(slots * width))
    this.#tables = grownTo(this.#tables, new Int32Array(slots * width))
    this.#constants = grownTo(this.#constants, new Float64Array(slots))
    this.#stale = grownTo(this.#stale, new Uint8Array(slots))
    this.#weights = grownTo(this.#weights, new Float64Array(slots))
    this.#isCommon = grownTo(this.#isCommon, new Uint8Array(slots))
    this.#bases = grownTo(this.#bases, new Float64Array(slots))
  }
}

function grownTo<A extends Float64Array | Int32Array | Uint8Array>(old: A, longer: A): A {
  longer.set(old)
  return longer
}
