/**
 * Expected hypervolume improvement of independent normal predictions, exactly and in log form. With G(t) = E[max(0, t − Y)] =
 * σ h((t − μ) / σ), it is the sum over boxes that make up the region that nothing dominates yet of Π (G(upper) − G(lower))
 * (Emmerich, Deutz and Klinkenberg, "Hypervolume-based expected improvement", CEC 2011; Yang et al., "Efficient computation of
 * expected hypervolume improvement using box decomposition", J. Global Optimization 75, 2019).
 */
import { logH, logNormalCdf } from './log-ei.ts'
import { frontOf } from './pareto.ts'
import type { Losses } from './pareto.ts'

/** Boxes by the numbers of their edges in `edges`, of which 0 is −Infinity; two numbers an objective and box. */
export interface Boxes {
  readonly edges: readonly Float64Array[]
  readonly sides: Int32Array
  readonly count: number
}

/** Decomposes the region below the reference that no vector dominates, for two or three objectives. */
export function boxesOf(losses: Losses, reference: ArrayLike<number>): Boxes {
  const objectives = reference.length
  const inside = losses.filter((each) => Array.from(each).every((loss, k) => loss < reference[k]!))
  const front = frontOf(inside).map((i) => inside[i]!)
  const edges = Array.from({ length: objectives }, (_, k) => {
    const values = [...front.map((each) => each[k]!), reference[k]!, -Infinity].toSorted((a, b) => a - b)
    return Float64Array.from(new Set(values))
  })
  const sides: number[] = []
  if (objectives === 2) strips(front, edges, sides, [])
  else slices(front, edges, sides)
  return { edges, sides: Int32Array.from(sides), count: sides.length / (2 * objectives) }
}

/** Between two values of the third objective, what is not dominated is that of the first two by those below. */
function slices(front: Losses, edges: readonly Float64Array[], sides: number[]): void {
  const levels = edges[2]!
  for (let level = 1; level < levels.length; level++) {
    const below = front.filter((each) => each[2]! < levels[level]!)
    const pairs = below.map((each) => [each[0]!, each[1]!])
    strips(
      frontOf(pairs).map((i) => pairs[i]!),
      edges,
      sides,
      [level - 1, level],
    )
  }
}

/** From one vector of the front to the next, in ascending order of the first objective. */
function strips(front: Losses, edges: readonly Float64Array[], sides: number[], rest: readonly number[]): void {
  const [first, second] = edges as [Float64Array, Float64Array]
  const order = front.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]!)
  let left = 0
  let height = second.length - 1
  for (const each of order) {
    const at = first.indexOf(each[0]!)
    if (at > left) sides.push(left, at, 0, height, ...rest)
    left = at
    height = second.indexOf(each[1]!)
  }
  if (first.length - 1 > left) sides.push(left, first.length - 1, 0, height, ...rest)
}

/** Derivatives of the logarithm go to `byMeans` and `byDeviations`. */
export function logExpectedHypervolumeImprovement(
  { edges, sides, count }: Boxes,
  means: Float64Array,
  deviations: Float64Array,
  byMeans: Float64Array,
  byDeviations: Float64Array,
): number {
  const gains = edges.map((each, k) => each.map((edge) => logGain(edge, means[k]!, deviations[k]!)))
  const logs = new Float64Array(count)
  let highest = -Infinity
  for (let box = 0; box < count; box++) {
    let log = 0
    for (let k = 0; k < edges.length; k++) log += logOfSide(gains[k]!, sides, (box * edges.length + k) * 2)
    logs[box] = log
    highest = Math.max(highest, log)
  }
  byMeans.fill(0, 0, edges.length)
  byDeviations.fill(0, 0, edges.length)
  if (highest === -Infinity) return -Infinity
  let sum = 0
  for (let box = 0; box < count; box++) sum += Math.exp(logs[box]! - highest)
  for (let box = 0; box < count; box++) {
    const share = Math.exp(logs[box]! - highest) / sum
    if (share < 1e-12) continue
    for (let k = 0; k < edges.length; k++) {
      const at = (box * edges.length + k) * 2
      const log = logOfSide(gains[k]!, sides, at)
      const upper = (edges[k]![sides[at + 1]!]! - means[k]!) / deviations[k]!
      const lower = (edges[k]![sides[at]!]! - means[k]!) / deviations[k]!
      byMeans[k]! -= share * (expOfCdf(upper, log) - expOfCdf(lower, log))
      byDeviations[k]! += share * (expOfDensity(upper, log) - expOfDensity(lower, log))
    }
  }
  return highest + Math.log(sum)
}

/** log G(edge). */
function logGain(edge: number, mean: number, deviation: number): number {
  return edge === -Infinity ? -Infinity : Math.log(deviation) + logH((edge - mean) / deviation)
}

/** log(G(upper) − G(lower)). */
function logOfSide(gains: Float64Array, sides: Int32Array, at: number): number {
  const lower = gains[sides[at]!]!
  const upper = gains[sides[at + 1]!]!
  return lower === -Infinity ? upper : upper + Math.log(-Math.expm1(lower - upper))
}

/** Φ(z) / e^log. */
function expOfCdf(z: number, log: number): number {
  return z === -Infinity ? 0 : Math.exp(logNormalCdf(z) - log)
}

/** φ(z) / e^log. */
function expOfDensity(z: number, log: number): number {
  return z === -Infinity ? 0 : Math.exp(-0.5 * z * z - 0.5 * Math.log(2 * Math.PI) - log)
}
