import { TrialistError } from '../base/errors.ts'
import type { Dimension } from '../space/encoded.ts'
import type { Listing } from './listing.ts'

/** Where a dimension can stand on a lattice, ascending. */
export interface Ticks {
  readonly count: number
  at(tick: number): number
}

/** Counts of completions that are kept, beyond which conditions are too entangled to be listed. */
const countsMax = 1_000_000

/** One dimension in the order in which a point is written: parents first, and branches closed before others are opened. */
interface Step {
  readonly dimension: Dimension
  readonly ticks: Ticks
  /** What it takes to be active: a gate's step to be in one of some groups. */
  readonly needs: readonly { readonly gate: number; readonly groups: ReadonlySet<number> }[]
  /** Of a gate: its ticks, together where they activate the same. */
  readonly groups: readonly (readonly number[])[] | undefined
  /** Of a gate: for each tick its group and its place in there. */
  readonly placeOf: readonly (readonly [group: number, place: number])[]
  /** Gates before this step that a condition from here on names. */
  readonly open: readonly number[]
  readonly counts: Map<string, number>
}

/**
 * All combinations of some ticks a dimension, those of inactive dimensions left out, numbered without listing them: the
 * number of completions of a beginning depends only on the gates whose branches are still open, and is kept for each.
 */
export class Lattice implements Listing {
  /** Number of combinations; exact up to 2^53, Infinity where it exceeds the largest double. */
  readonly size: number
  readonly #steps: readonly Step[]
  /** The group of each gate so far by its step, −1 where it is inactive. */
  readonly #state: Int32Array
  #counts = 0

  constructor(dimensions: readonly Dimension[], ticksOf: (dimension: Dimension) => Ticks) {
    this.#steps = stepsOf(dimensions, ticksOf)
    this.#state = new Int32Array(this.#steps.length)
    this.size = this.#count(0)
  }

  at(index: number): Float64Array {
    const point = new Float64Array(this.#steps.length)
    let rest = index
    for (let i = 0; i < this.#steps.length; i++) {
      const step = this.#steps[i]!
      if (!this.#isActive(step)) {
        this.#state[i] = -1
        point[step.dimension.index] = NaN
        continue
      }
      const group = step.groups === undefined ? undefined : this.#groupAt(step.groups, i, rest)
      if (group !== undefined) {
        this.#state[i] = group.number
        rest -= group.before
      }
      const each = this.#count(i + 1)
      const place = Math.floor(rest / each)
      rest -= place * each
      point[step.dimension.index] = step.ticks.at(group === undefined ? place : step.groups![group.number]![place]!)
    }
    return point
  }

  /** The number of an activated point whose dimensions all stand on ticks of full lattices, which are the levels. */
  find(point: Float64Array): number {
    let index = 0
    for (let i = 0; i < this.#steps.length; i++) {
      const { dimension, groups, placeOf } = this.#steps[i]!
      const u = point[dimension.index]!
      if (Number.isNaN(u)) {
        this.#state[i] = -1
        continue
      }
      const level = dimension.level(u)
      const [own, place] = groups === undefined ? [0, level] : placeOf[level]!
      for (let group = 0; group < own; group++) {
        this.#state[i] = group
        index += groups![group]!.length * this.#count(i + 1)
      }
      this.#state[i] = own
      index += place * this.#count(i + 1)
    }
    return index
  }

  /** The group of a gate that holds the combination at `rest`, and how many are in the groups before it. */
  #groupAt(groups: readonly (readonly number[])[], step: number, rest: number): { number: number; before: number } {
    let before = 0
    for (let number = 0; number < groups.length - 1; number++) {
      this.#state[step] = number
      const size = groups[number]!.length * this.#count(step + 1)
      if (rest < before + size) return { number, before }
      before += size
    }
    return { number: groups.length - 1, before }
  }

  #isActive({ needs }: Step): boolean {
    for (let i = 0; i < needs.length; i++) {
      if (!needs[i]!.groups.has(this.#state[needs[i]!.gate]!)) return false
    }
    return true
  }

  /** Combinations of the steps from `first` on, given the gates so far. */
  #count(first: number): number {
    const step = this.#steps[first]
    if (step === undefined) return 1
    let key = ''
    for (let i = 0; i < step.open.length; i++) key += `${this.#state[step.open[i]!]!},`
    const known = step.counts.get(key)
    if (known !== undefined) return known
    if (++this.#counts > countsMax) throw tooEntangled()
    const count = this.#counted(step, first)
    step.counts.set(key, count)
    return count
  }

  #counted(step: Step, number: number): number {
    if (!this.#isActive(step)) {
      this.#state[number] = -1
      return this.#count(number + 1)
    }
    if (step.groups === undefined) return step.ticks.count * this.#count(number + 1)
    let sum = 0
    for (const [group, ticks] of step.groups.entries()) {
      this.#state[number] = group
      sum += ticks.length * this.#count(number + 1)
    }
    return sum
  }
}

function stepsOf(dimensions: readonly Dimension[], ticksOf: (dimension: Dimension) => Ticks): Step[] {
  const order = branchByBranch(dimensions)
  const stepOf = new Map(order.map((dimension, step) => [dimension.index, step]))
  const lastUse = new Map<number, number>()
  for (const [step, { parents }] of order.entries()) {
    for (const { parent } of parents) lastUse.set(stepOf.get(parent)!, step)
  }
  const allTicks = order.map(ticksOf)
  const allGroups = order.map((dimension, step) => groupsOf(dimension, allTicks[step]!, dimensions))
  return order.map((dimension, step) => ({
    dimension,
    ticks: allTicks[step]!,
    needs: dimension.parents.map(({ parent, levels }) => {
      const gate = stepOf.get(parent)!
      const met = allGroups[gate]!.flatMap(([tick], group) => {
        return levels.includes(levelAt(dimensions[parent]!, allTicks[gate]!, tick!)) ? [group] : []
      })
      return { gate, groups: new Set(met) }
    }),
    groups: allGroups[step],
    placeOf: placesIn(allGroups[step] ?? []),
    open: [...lastUse].filter(([gate, last]) => gate < step && last >= step).map(([gate]) => gate),
    counts: new Map<string, number>(),
  }))
}

function placesIn(groups: readonly (readonly number[])[]): (readonly [number, number])[] {
  const places: (readonly [number, number])[] = []
  for (const [group, ticks] of groups.entries()) {
    for (const [place, tick] of ticks.entries()) places[tick] = [group, place]
  }
  return places
}

/** Every dimension as soon as all its parents are there, so that few gates are open at a time. */
function branchByBranch(dimensions: readonly Dimension[]): Dimension[] {
  const order: Dimension[] = []
  const placed = new Set<number>()
  const children = new Map<number, Dimension[]>()
  for (const dimension of dimensions) {
    for (const { parent } of dimension.parents) {
      children.set(parent, [...(children.get(parent) ?? []), dimension])
    }
  }
  const place = (dimension: Dimension): void => {
    if (placed.has(dimension.index) || !dimension.parents.every(({ parent }) => placed.has(parent))) return
    placed.add(dimension.index)
    order.push(dimension)
    for (const child of children.get(dimension.index) ?? []) place(child)
  }
  for (const dimension of dimensions) place(dimension)
  return order
}

/** A gate's ticks by what they activate; undefined for a dimension that is no gate. */
function groupsOf(dimension: Dimension, ticks: Ticks, dimensions: readonly Dimension[]): number[][] | undefined {
  const named = dimensions.flatMap(({ parents }) =>
    parents.filter(({ parent }) => parent === dimension.index).map(({ levels }) => new Set(levels)),
  )
  if (named.length === 0) return undefined
  const groups = new Map<string, number[]>()
  for (let tick = 0; tick < ticks.count; tick++) {
    const level = levelAt(dimension, ticks, tick)
    const activates = named.map((levels) => (levels.has(level) ? '1' : '0')).join('')
    const group = groups.get(activates)
    if (group === undefined) groups.set(activates, [tick])
    else group.push(tick)
  }
  return [...groups.values()]
}

function levelAt(dimension: Dimension, ticks: Ticks, tick: number): number {
  return dimension.level(ticks.at(tick))
}

function tooEntangled(): TrialistError {
  return new TrialistError({
    code: 'unsupported',
    message: 'the conditions of this space are too entangled for its configurations to be numbered',
    remedy: 'Use another searcher, or fewer parameters that depend on several others.',
  })
}
