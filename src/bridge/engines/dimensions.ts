import type { Dimension } from '../../space/encoded.ts'

/** A configuration as it passes to Python and back: a discrete dimension's level, a continuous one's coordinate, null where inactive. */
export type Wire = readonly (number | null)[]

/** The dimensions as data. */
export function describeDimensions(dimensions: readonly Dimension[]): object[] {
  return dimensions.map(({ name, kind, levels, grid, parents, parameter, prior }) => ({
    name,
    kind,
    levels: Number.isFinite(levels) ? levels : null,
    grid,
    parents,
    parameter,
    weights: prior?.kind === 'weights' ? prior.weights : null,
  }))
}

export function wireOf(point: Float64Array, dimensions: readonly Dimension[]): Wire {
  return dimensions.map((dimension, i) => {
    const u = point[i]!
    if (Number.isNaN(u)) return null
    return dimension.kind === 'continuous' ? u : dimension.level(u)
  })
}

/** Writes what Python said; where it said nothing the point stays as it is. */
export function writePoint(wire: Wire, dimensions: readonly Dimension[], point: Float64Array): void {
  for (const [i, value] of wire.entries()) {
    if (value === null) continue
    point[i] = dimensions[i]!.kind === 'continuous' ? value : dimensions[i]!.at(value)
  }
}
