/** Vectors of losses, all of the same length: smaller is better in each entry. */
export type Losses = readonly ArrayLike<number>[]

/** Whether `a` is at least as good as `b` everywhere and better somewhere. */
export function dominates(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  let isBetter = false
  for (let k = 0; k < a.length; k++) {
    if (a[k]! > b[k]!) return false
    if (a[k]! < b[k]!) isBetter = true
  }
  return isBetter
}

/** The indices of those that none dominates, in their order; of equal ones all. */
export function frontOf(losses: Losses): number[] {
  const front: number[] = []
  // Whoever is dominated is so by one that comes before it in this order.
  const order = losses.map((_, i) => i).toSorted((a, b) => compareLosses(losses[a]!, losses[b]!) || a - b)
  for (const i of order) if (!isDominated(losses, front, i)) front.push(i)
  return front.toSorted((a, b) => a - b)
}

/**
 * The number of the front of each: 0 for those that none dominates, 1 for those that are so once these are taken away, and so
 * on. By binary search for the front (Zhang et al., "An efficient approach to nondominated sorting", IEEE TEVC 19, 2015).
 */
export function ranksOf(losses: Losses): Int32Array {
  const ranks = new Int32Array(losses.length)
  const fronts: number[][] = []
  const order = losses.map((_, i) => i).toSorted((a, b) => compareLosses(losses[a]!, losses[b]!) || a - b)
  for (const i of order) {
    let low = 0
    let high = fronts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isDominated(losses, fronts[middle]!, i)) low = middle + 1
      else high = middle
    }
    if (low === fronts.length) fronts.push([])
    fronts[low]!.push(i)
    ranks[i] = low
  }
  return ranks
}

/** Whether a front has one that dominates another vector, which comes after all of the front in lexicographic order. */
function isDominated(losses: Losses, front: readonly number[], i: number): boolean {
  const own = losses[i]!
  if (own.length > 2) return front.some((other) => dominates(losses[other]!, own))
  // Of two objectives the front's last one is the best in the second, and no worse than the other vector in the first.
  const last = front.at(-1)
  return last !== undefined && dominates(losses[last]!, own)
}

/**
 * How much room each vector of a front has to its neighbours: the sum over objectives of the distance between the next better
 * and the next worse one, in shares of the range; Infinity for the best and the worst in an objective (Deb et al., "A fast and
 * elitist multiobjective genetic algorithm: NSGA-II", IEEE TEVC 6, 2002, section III-B). Of equal ones all but the first have none.
 */
export function crowdingOf(losses: Losses): Float64Array {
  const room = new Float64Array(losses.length)
  const byValues = losses.map((_, i) => i).toSorted((a, b) => compareLosses(losses[a]!, losses[b]!) || a - b)
  const different = byValues.filter(
    (i, place) => place === 0 || compareLosses(losses[byValues[place - 1]!]!, losses[i]!) < 0,
  )
  for (let k = 0; k < (losses[0]?.length ?? 0); k++) {
    const order = different.toSorted((a, b) => losses[a]![k]! - losses[b]![k]! || a - b)
    const at = (place: number): number => losses[order[place]!]![k]!
    const last = order.length - 1
    const range = at(last) - at(0)
    // Where all are equal, none is at the edge.
    if (!(range > 0)) continue
    room[order[0]!] = Infinity
    room[order[last]!] = Infinity
    for (let place = 1; place < last; place++) room[order[place]!]! += (at(place + 1) - at(place - 1)) / range
  }
  return room
}

/** The lexicographic order. */
export function compareLosses(a: ArrayLike<number>, b: ArrayLike<number>): number {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return a[k]! < b[k]! ? -1 : 1
  return 0
}
