import type { Activation } from './encoded.ts'

/** Which levels each ancestor must have for something to be active. */
export type Closure = ReadonlyMap<number, readonly number[]>

/** When something is active: in the fewest words, and with all that follows from these. */
export interface Activity {
  readonly parents: readonly Activation[]
  readonly closure: Closure
}

export const always: Activity = { parents: [], closure: new Map() }

/**
 * The activity of what needs `outer` and also `conditions`, undefined where both can never hold. `closures` are those of
 * the dimensions so far.
 */
export function narrowed(
  outer: Activity,
  conditions: readonly Activation[],
  closures: readonly Closure[],
): Activity | undefined {
  if (conditions.length === 0) return outer
  const direct = new Map<number, readonly number[]>()
  for (const { parent, levels } of [...outer.parents, ...conditions]) intersect(direct, parent, levels)
  const closure = new Map(direct)
  for (const parent of direct.keys()) {
    for (const [ancestor, levels] of closures[parent]!) intersect(closure, ancestor, levels)
  }
  if ([...closure.values()].some((levels) => levels.length === 0)) return undefined
  const parents = [...direct].filter(([parent, levels]) => !isImplied(parent, levels, direct, closures))
  return { parents: parents.map(([parent, levels]) => Object.freeze({ parent, levels })), closure }
}

/** Whether another of the direct parents is only active where this one has one of its levels anyway. */
function isImplied(parent: number, levels: readonly number[], direct: Closure, closures: readonly Closure[]): boolean {
  for (const other of direct.keys()) {
    const implied = closures[other]!.get(parent)
    if (implied?.every((level) => levels.includes(level))) return true
  }
  return false
}

function intersect(into: Map<number, readonly number[]>, parent: number, levels: readonly number[]): void {
  const known = into.get(parent)
  into.set(parent, Object.freeze(known === undefined ? levels : known.filter((level) => levels.includes(level))))
}
