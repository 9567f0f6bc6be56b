import type { Axis } from './axis.ts'
import { holds } from './dimension.ts'
import type { CompiledDimension } from './dimension.ts'
import type { LogValue } from './encoded.ts'

/**
 * The point of a space that a configuration of another space stands for, parameters being taken for the same by their name and
 * by whether they are numbers: numbers keep their value, whatever bounds and scale they had, or take the nearest level;
 * options keep their label. What the other does not have stands at its default, or in the middle. Undefined where a value lies
 * outside of this space.
 */
export function adopted(
  dimensions: readonly CompiledDimension[],
  other: ReadonlyMap<string, LogValue>,
): Float64Array | undefined {
  const point = new Float64Array(dimensions.length).fill(NaN)
  for (const dimension of dimensions) {
    const { axis, index, name, parents } = dimension
    if (!holds(parents, dimensions, point)) continue
    const value = other.get(name) ?? null
    const isSame = value !== null && (typeof value === 'number') === (typeof axis.log(0) === 'number')
    point[index] = isSame ? coordinateOf(axis, value) : axis.snap(dimension.default ?? 0.5)
    if (Number.isNaN(point[index])) return undefined
  }
  return point
}

/** NaN outside. */
function coordinateOf(axis: Axis, value: LogValue): number {
  const u = axis.read(value)
  const isBetween = axis.kind === 'ordered' && typeof value === 'number'
  return Number.isNaN(u) && isBetween ? nearestLevel(axis, value) : u
}

/** The level whose number is nearest; NaN for what is beyond them all. */
function nearestLevel(axis: Axis, value: number): number {
  const number = (level: number): number => Number(axis.log(axis.at(level)))
  let low = 0
  let high = axis.levels - 1
  if (value < number(low) || value > number(high)) return NaN
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (number(middle) <= value) low = middle
    else high = middle
  }
  return axis.at(value - number(low) <= number(high) - value ? low : high)
}
