import { Heap } from '../base/heap.ts'
import { frontOf } from './pareto.ts'
import type { Losses } from './pareto.ts'

/**
 * The volume that is dominated by some vectors of losses and bounded by a reference point; those that are not better than it
 * everywhere add nothing. Exact, by the WFG algorithm (While, Bradstreet and Barone, "A fast way of calculating exact
 * hypervolumes", IEEE TEVC 16, 2012), with a sweep in two dimensions.
 */
export function hypervolume(losses: Losses, reference: ArrayLike<number>): number {
  const inside = losses.filter((each) => isBelow(each, reference))
  return volumeOf(
    frontOf(inside).map((i) => inside[i]!),
    reference,
  )
}

/**
 * A reference point by which a set can be measured: a tenth of its front's range beyond the worst of the front (Ishibuchi et
 * al., "How to specify a reference point in hypervolume calculation", Evolutionary Computation 26, 2018, in its simplest form).
 */
export function referenceOf(losses: Losses): Float64Array {
  const front = frontOf(losses).map((i) => losses[i]!)
  const count = front[0]?.length ?? 0
  return Float64Array.from({ length: count }, (_, k) => {
    const values = front.map((each) => each[k]!)
    const [low, high] = [Math.min(...values), Math.max(...values)]
    return high + 0.1 * (high - low || Math.abs(high) || 1)
  })
}

/**
 * Indices of `count` vectors that together have a large hypervolume, in the order of what each adds: greedy, with bounds of what
 * others can add (Nemhauser, Wolsey and Fisher 1978: at least 1 − 1/e of the best choice).
 */
export function selectByHypervolume(losses: Losses, reference: ArrayLike<number>, count: number): number[] {
  const chosen: number[] = []
  const dominated = reference.length === 2 ? new Area(reference) : new Volume(reference)
  const bounds = Float64Array.from(losses, (each) => dominated.gainOf(each))
  /** How many were chosen when each bound was what the vector adds. */
  const asOf = new Int32Array(losses.length)
  const left = new Heap<number>((i, j) => bounds[i]! > bounds[j]! || (bounds[i] === bounds[j] && i < j))
  for (const i of losses.keys()) left.push(i)
  while (chosen.length < count && left.size > 0) {
    const i = left.pop()!
    if (asOf[i] === chosen.length) {
      chosen.push(i)
      dominated.add(losses[i]!)
    } else {
      bounds[i] = dominated.gainOf(losses[i]!)
      asOf[i] = chosen.length
      left.push(i)
    }
  }
  return chosen
}

/** What some vectors dominate of the space below a reference. */
class Volume {
  readonly #reference: ArrayLike<number>
  readonly #chosen: ArrayLike<number>[] = []
  #volume = 0

  constructor(reference: ArrayLike<number>) {
    this.#reference = reference
  }

  /** By how much one more vector would add to it. */
  gainOf(own: ArrayLike<number>): number {
    return hypervolume([...this.#chosen, own], this.#reference) - this.#volume
  }

  add(own: ArrayLike<number>): void {
    this.#chosen.push(own)
    this.#volume = hypervolume(this.#chosen, this.#reference)
  }
}

/** The same of two objectives, as the stairs of those that none dominates, from the best in the first objective on. */
class Area {
  readonly #reference: ArrayLike<number>
  #stairs: ArrayLike<number>[] = []

  constructor(reference: ArrayLike<number>) {
    this.#reference = reference
  }

  gainOf(own: ArrayLike<number>): number {
    if (!isBelow(own, this.#reference)) return 0
    let area = 0
    let left = own[0]!
    let height = this.#reference[1]!
    for (const stair of this.#stairs) {
      if (height <= own[1]!) return area
      if (stair[0]! > left) {
        area += (stair[0]! - left) * (height - own[1]!)
        left = stair[0]!
      }
      height = stair[1]!
    }
    return height <= own[1]! ? area : area + (this.#reference[0]! - left) * (height - own[1]!)
  }

  add(own: ArrayLike<number>): void {
    if (this.gainOf(own) === 0) return
    const kept = this.#stairs.filter((stair) => !(own[0]! <= stair[0]! && own[1]! <= stair[1]!))
    this.#stairs = [...kept, own].toSorted((a, b) => a[0]! - b[0]!)
  }
}

function isBelow(losses: ArrayLike<number>, reference: ArrayLike<number>): boolean {
  for (let k = 0; k < losses.length; k++) if (!(losses[k]! < reference[k]!)) return false
  return true
}

/** Of vectors of which none dominates another, all below the reference. */
function volumeOf(front: Losses, reference: ArrayLike<number>): number {
  if (front.length === 0) return 0
  const dimensions = front[0]!.length
  if (dimensions === 1) return reference[0]! - front.reduce((low, each) => Math.min(low, each[0]!), Infinity)
  if (dimensions === 2) return areaOf(front, reference)
  // From the worst in the last objective on, so that what others limit gets small.
  const order = front.toSorted((a, b) => b[dimensions - 1]! - a[dimensions - 1]!)
  let volume = 0
  for (const [i, own] of order.entries()) {
    let box = 1
    for (let k = 0; k < dimensions; k++) box *= reference[k]! - own[k]!
    const limited = order.slice(i + 1).map((other) => worseOf(own, other))
    volume +=
      box -
      volumeOf(
        frontOf(limited).map((j) => limited[j]!),
        reference,
      )
  }
  return volume
}

function areaOf(front: Losses, reference: ArrayLike<number>): number {
  let area = 0
  let height = reference[1]!
  for (const each of front.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]!)) {
    if (each[1]! >= height) continue
    area += (reference[0]! - each[0]!) * (height - each[1]!)
    height = each[1]!
  }
  return area
}

function worseOf(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: a.length }, (_, k) => Math.max(a[k]!, b[k]!))
}
