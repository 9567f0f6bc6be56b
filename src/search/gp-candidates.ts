import type { Random } from '../base/random.ts'
import type { Dimension } from '../space/encoded.ts'
import type { Region } from './gp-region.ts'

/** Candidates all over the region, and such near the best points; half of those around the very best. */
const anywhere = 256
const nearby = 128
/** Of many dimensions, a candidate changes about so many. */
const changed = 20

/** Numbers that may become candidates of the acquisition's maximum: they are not activated yet. */
export function candidatesOf(
  dimensions: readonly Dimension[],
  region: Region,
  best: readonly Float64Array[],
  random: Random,
): Float64Array[] {
  const width = dimensions.length
  // One piece of memory for all: to the garbage collector each would be a burden of its own.
  const memory = new Float64Array((anywhere + nearby) * width)
  return Array.from({ length: anywhere + nearby }, (_, i) => {
    const point = memory.subarray(i * width, (i + 1) * width)
    const turn = i - anywhere
    if (turn < 0) writeWithin(region, dimensions, random, point)
    else {
      point.set(best[turn < nearby / 2 ? 0 : turn % best.length]!)
      move(point, dimensions, random, 0.2 * 2 ** -(turn % 5))
    }
    clamp(point, region)
    return point
  })
}

function clamp(point: Float64Array, { lower, upper }: Region): void {
  for (let i = 0; i < point.length; i++) point[i] = Math.min(upper[i]!, Math.max(lower[i]!, point[i]!))
}

function writeWithin(
  { lower, upper, center }: Region,
  dimensions: readonly Dimension[],
  random: Random,
  point: Float64Array,
): void {
  for (let i = 0; i < point.length; i++) point[i] = lower[i]! + (upper[i]! - lower[i]!) * random.float()
  if (center === undefined) return
  const kept = random.below(dimensions.length)
  for (let i = 0; i < point.length; i++) {
    const stays = random.float() * dimensions.length >= changed && i !== kept
    if (stays && !Number.isNaN(center[i]!)) point[i] = center[i]!
  }
}

/** Moves a point in some dimensions, by about `deviation` where they are numeric. */
function move(point: Float64Array, dimensions: readonly Dimension[], random: Random, deviation: number): void {
  const share = Math.min(1, Math.max(0.3, changed / dimensions.length))
  for (const { index, kind, levels } of dimensions) {
    const u = point[index]!
    if (Number.isNaN(u)) point[index] = random.float()
    else if (kind === 'unordered') {
      if (random.float() * Math.max(2, dimensions.length) < 1) point[index] = random.float()
    } else if (random.float() < share) {
      // At least one level on average.
      const width = kind === 'ordered' ? Math.max(deviation, 1 / levels) : deviation
      point[index] = Math.min(1, Math.max(0, u + width * random.normal()))
    }
  }
}
