import { isTest } from './module.ts'
import { targetOf, unitOf } from './tree.ts'
import type { Tree, Violation } from './tree.ts'

interface Edge {
  readonly from: string
  readonly to: string
  readonly line: number
  readonly typeOnly: boolean
}

/** Cycles of value imports, and cycles with type imports that cross folders. Each knot of modules is told by one cycle. */
export function cycleViolations(tree: Tree): Violation[] {
  const edges = edgesOf(tree)
  const values = edges.filter(({ typeOnly }) => !typeOnly)
  const inValueKnot = new Set<Edge>()
  const found: Violation[] = []
  for (const knot of knotsOf(values)) {
    for (const edge of knot) inValueKnot.add(edge)
    found.push(violation('imports form a cycle', cycleThrough(knot[0]!, knot)))
  }
  for (const knot of knotsOf(edges)) {
    const crossing = knot.find((edge) => unitOf(edge.from) !== unitOf(edge.to) && !inValueKnot.has(edge))
    if (crossing) found.push(violation('type imports form a cycle between folders', cycleThrough(crossing, knot)))
  }
  return found
}

function violation(message: string, cycle: readonly Edge[]): Violation {
  const { from, line } = cycle[0]!
  const path = [from, ...cycle.map(({ to }) => to)].join(' → ')
  return { file: from, line, rule: 'cycles', message: `${message}: ${path}` }
}

function edgesOf({ modules }: Tree): Edge[] {
  const edges: Edge[] = []
  for (const module of modules.values()) {
    if (!module.path.startsWith('src/') || isTest(module.path)) continue
    for (const imported of module.imports) {
      const to = targetOf(module, imported)
      if (to === undefined || !modules.has(to)) continue
      edges.push({ from: module.path, to, line: imported.line, typeOnly: imported.typeOnly })
    }
  }
  return edges
}

/** The edges of each strongly connected component: two modules belong together when each reaches the other. */
function knotsOf(edges: readonly Edge[]): Edge[][] {
  const reach = new Map<string, ReadonlySet<string>>()
  const next = outgoing(edges)
  for (const from of next.keys()) reach.set(from, reachable(from, next))
  const knots = new Map<string, Edge[]>()
  for (const edge of edges) {
    if (!reach.get(edge.to)?.has(edge.from)) continue
    const members = [...reach.get(edge.from)!].filter((to) => reach.get(to)?.has(edge.from))
    const key = members.sort().join(' ')
    knots.set(key, [...(knots.get(key) ?? []), edge])
  }
  return [...knots.values()]
}

function outgoing(edges: readonly Edge[]): Map<string, Edge[]> {
  const next = new Map<string, Edge[]>()
  for (const edge of edges) next.set(edge.from, [...(next.get(edge.from) ?? []), edge])
  return next
}

/** All that can be reached from `start` by one edge or more. */
function reachable(start: string, next: ReadonlyMap<string, readonly Edge[]>): Set<string> {
  const seen = new Set<string>()
  const waiting = [start]
  for (let from = waiting.pop(); from !== undefined; from = waiting.pop()) {
    for (const { to } of next.get(from) ?? []) {
      if (seen.has(to)) continue
      seen.add(to)
      waiting.push(to)
    }
  }
  return seen
}

/** A shortest cycle that starts with `first`, breadth first. */
function cycleThrough(first: Edge, knot: readonly Edge[]): Edge[] {
  const next = outgoing(knot)
  const paths: Edge[][] = [[first]]
  const seen = new Set<string>([first.to])
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    const last = path.at(-1)!
    if (last.to === first.from) return path
    for (const edge of next.get(last.to) ?? []) {
      if (seen.has(edge.to) && edge.to !== first.from) continue
      seen.add(edge.to)
      paths.push([...path, edge])
    }
  }
  return [first]
}
