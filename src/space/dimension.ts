import type { Axis } from './axis.ts'
import type { Activation, Dimension, DimensionKind, Prior } from './encoded.ts'
import type { VaryingDefinition } from './parameter.ts'

/** One numbered dimension of a compiled space. */
export class CompiledDimension implements Dimension {
  readonly name: string
  readonly index: number
  readonly kind: DimensionKind
  readonly levels: number
  readonly grid: boolean
  readonly parents: readonly Activation[]
  readonly prior: Prior | undefined
  readonly default: number | undefined
  readonly parameter: Readonly<Record<string, unknown>>
  readonly axis: Axis

  constructor(name: string, index: number, parents: readonly Activation[], made: VaryingDefinition) {
    this.name = name
    this.index = index
    this.kind = made.axis.kind
    this.levels = made.axis.levels
    this.grid = made.grid
    this.parents = parents
    this.prior = made.prior
    this.default = made.default
    this.parameter = made.listed === undefined ? made.fields : { type: made.listed.type, ...made.fields }
    this.axis = made.axis
  }

  snap(u: number): number {
    return this.axis.snap(u)
  }

  level(u: number): number {
    return this.axis.level(u)
  }

  at(level: number): number {
    return this.axis.at(level)
  }

  lower(u: number): number {
    return this.axis.lower(u)
  }

  upper(u: number): number {
    return this.axis.upper(u)
  }

  times(u: number, factor: number): number {
    return this.axis.times(u, factor)
  }
}

/** Whether every condition holds at an activated point. */
export function holds(
  conditions: readonly Activation[],
  dimensions: readonly CompiledDimension[],
  point: Float64Array,
): boolean {
  for (let i = 0; i < conditions.length; i++) {
    const { parent, levels } = conditions[i]!
    const u = point[parent]!
    if (Number.isNaN(u) || !levels.includes(dimensions[parent]!.axis.level(u))) return false
  }
  return true
}
