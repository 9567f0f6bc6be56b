import type { Activation, Dimension } from './encoded.ts'

/** Steps of the count after which a space counts as infinite. */
const mostSteps = 1_000_000

/**
 * Number of different configurations: every combination of levels, inactive dimensions left out. Infinity where a
 * continuous dimension can be active, where the number exceeds 2^53 − 1, or where conditions are so entangled that
 * counting takes over a million steps.
 */
export function sizeOf(dimensions: readonly Dimension[]): number {
  const counter = { steps: 0 }
  const all = dimensions.map((dimension) => ({ dimension, conditions: dimension.parents }))
  return exact(countAll(all, counter))
}

/** A dimension that is active where its remaining conditions hold. */
interface Open {
  readonly dimension: Dimension
  readonly conditions: readonly Activation[]
}

/** Of dimensions in which parents come first. */
function countAll(open: readonly Open[], counter: { steps: number }): number {
  let product = 1
  for (const part of components(open)) {
    product *= countConnected(part, counter)
    if (product > Number.MAX_SAFE_INTEGER) return Infinity
  }
  return product
}

/** Fixes the first dimension, which has no conditions left, to each of its levels that matter. */
function countConnected(part: readonly Open[], counter: { steps: number }): number {
  const [first, ...rest] = part
  const { levels, index } = first!.dimension
  counter.steps += part.length
  if (levels === Infinity || counter.steps > mostSteps) return Infinity
  if (rest.length === 0) return levels
  const branches = new Map<string, { level: number; count: number }>()
  const named = new Set(
    rest.flatMap(({ conditions }) => conditions.flatMap((c) => (c.parent === index ? c.levels : []))),
  )
  for (const level of named) {
    const children = rest.map(({ conditions }) =>
      conditions.every((c) => c.parent !== index || c.levels.includes(level)),
    )
    const key = children.map(Number).join('')
    const known = branches.get(key)
    branches.set(key, { level, count: (known?.count ?? 0) + 1 })
  }
  let sum = 0
  if (levels > named.size) sum += (levels - named.size) * countAll(fixed(rest, index, -1), counter)
  for (const { level, count } of branches.values()) sum += count * countAll(fixed(rest, index, level), counter)
  return sum
}

/** What is left of the others when a dimension has a level, or (−1) none that any condition names. */
function fixed(others: readonly Open[], index: number, level: number): readonly Open[] {
  const dropped = new Set<number>()
  const left: Open[] = []
  for (const { dimension, conditions } of others) {
    const met = conditions.every((c) => !dropped.has(c.parent) && (c.parent !== index || c.levels.includes(level)))
    if (met) left.push({ dimension, conditions: conditions.filter((c) => c.parent !== index) })
    else dropped.add(dimension.index)
  }
  return left
}

/** Parts between which no condition reaches, each in order. */
function components(open: readonly Open[]): readonly (readonly Open[])[] {
  const partOf = new Map<number, Open[]>()
  for (const item of open) {
    const joined = new Set(item.conditions.map(({ parent }) => partOf.get(parent)!))
    const part = [...joined].flat()
    part.push(item)
    for (const { dimension } of part) partOf.set(dimension.index, part)
  }
  return [...new Set(partOf.values())].map((part) => part.toSorted((a, b) => a.dimension.index - b.dimension.index))
}

function exact(count: number): number {
  return count <= Number.MAX_SAFE_INTEGER ? count : Infinity
}
