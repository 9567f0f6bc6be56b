import { show } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { always, narrowed } from './activation.ts'
import type { Activity, Closure } from './activation.ts'
import { CompiledDimension } from './dimension.ts'
import type { Activation } from './encoded.ts'
import { isPlainObject, frozenCopy, isJSON, sameValue } from './literal.ts'
import { nearest } from '../base/nearest.ts'
import { ConstantNode, DimensionNode, GateNode, ObjectNode, pathOf } from './node.ts'
import type { Field, Node } from './node.ts'
import { holdsParameters } from './option.ts'
import { definition, invalidSpace, isParameter } from './parameter.ts'
import type { Definition, Listed, VaryingDefinition } from './parameter.ts'
import { checkDistinguishable } from './distinguish.ts'
import { conditionOf, isConditional } from './when.ts'
import type { ConditionalDefinition } from './when.ts'

/** A space as numbered dimensions, and the tree of the configuration that refers to them. */
export interface Built {
  readonly root: ObjectNode
  readonly dimensions: readonly CompiledDimension[]
}

export function build(space: unknown): Built {
  return new Builder().build(space)
}

/** Where in the space an entry stands. */
interface Place {
  /** As in the configuration: `model.layers`. */
  readonly path: string
  /** As in the dimension's name, which also names the branch: `model[cnn].layers`. */
  readonly name: string
  readonly activity: Activity
}

/** An entry of an object, taken out of its conditions. */
interface Entry {
  readonly key: string
  readonly conditions: readonly ConditionalDefinition[]
  readonly of: unknown
}

class Builder {
  readonly #dimensions: CompiledDimension[] = []
  readonly #closures: Closure[] = []
  readonly #names = new Set<string>()

  build(space: unknown): Built {
    if (!isPlainObject(space)) {
      throw invalidSpace(
        'The space',
        'an object of parameters',
        isParameter(space) ? 'a single parameter' : show(space),
      )
    }
    const root = this.#object({ path: '', name: '', activity: always }, space)
    if (this.#dimensions.length > limits.dimensions) {
      throw invalidSpace('The space', `at most ${limits.dimensions} parameters`, `${this.#dimensions.length}`)
    }
    return { root, dimensions: Object.freeze(this.#dimensions) }
  }

  #object(place: Place, space: Readonly<Record<string, unknown>>): ObjectNode {
    const entries = Object.keys(space).map((key) => unwrapped(key, space[key]))
    const made = new Map<string, Field>()
    const ordered = parentsFirst(entries, place.path).map((entry) => {
      const field = this.#field(place, entry, made)
      made.set(entry.key, field)
      return field
    })
    const declared = entries.map(({ key }) => made.get(key)!)
    return new ObjectNode(place.path, declared, ordered, this.#dimensions)
  }

  #field(place: Place, { key, conditions, of }: Entry, siblings: ReadonlyMap<string, Field>): Field {
    const path = pathOf(place.path, key)
    if (key === '__proto__') throw invalidSpace(`The space's ${path}`, 'another name, as JavaScript reserves this one')
    const needs = conditions.flatMap((condition) => activationOf(path, condition, siblings.get(condition.parent)!.node))
    const activity = narrowed(place.activity, needs, this.#closures)
    if (activity === undefined) {
      throw invalidSpace(`The space's ${path}`, 'conditions that can hold together', 'ones that exclude each other')
    }
    return { key, conditions: needs, node: this.#node({ path, name: pathOf(place.name, key), activity }, of) }
  }

  #node(place: Place, entry: unknown): Node {
    if (isParameter(entry)) return this.#parameter(place, entry[definition])
    if (isPlainObject(entry)) return this.#object(place, entry)
    holdsParameters(`The space's ${place.path}`, entry)
    if (isJSON(entry)) return new ConstantNode(place.path, frozenCopy(entry))
    const remedy = typeof entry === 'function' ? 'Call it, or write' : 'Write'
    const expected = 'a parameter, a nested object, or a constant that JSON can hold'
    throw invalidSpace(`The space's ${place.path}`, expected, show(entry), `${remedy} constant(…) for a fixed value.`)
  }

  #parameter(place: Place, made: Definition): Node {
    if (made.kind === 'constant') return new ConstantNode(place.path, made.value)
    const dimension = this.#add(place, made)
    const { listed } = made
    return listed?.options.some((option) => option.isSpace)
      ? this.#gate(place, dimension, listed)
      : new DimensionNode(place.path, dimension)
  }

  #add(place: Place, made: VaryingDefinition): CompiledDimension {
    if (this.#names.has(place.name)) {
      throw invalidSpace(`The space's ${place.name}`, 'a path that only one parameter has', 'a name with a dot in it')
    }
    this.#names.add(place.name)
    const dimension = new CompiledDimension(place.name, this.#dimensions.length, place.activity.parents, made)
    this.#dimensions.push(dimension)
    this.#closures.push(place.activity.closure)
    return dimension
  }

  #gate(place: Place, dimension: CompiledDimension, { options }: Listed): Node {
    const nodes = options.map(({ isSpace, value, label }, level): Node => {
      if (!isSpace) return new ConstantNode(place.path, value)
      const conditions = [{ parent: dimension.index, levels: [level] }]
      const activity = narrowed(place.activity, conditions, this.#closures)!
      const name = `${place.name}[${label}]`
      return this.#object({ path: place.path, name, activity }, value as Readonly<Record<string, unknown>>)
    })
    checkDistinguishable(`The space's ${place.path}`, nodes, options)
    return new GateNode(place.path, dimension, nodes)
  }
}

function unwrapped(key: string, entry: unknown): Entry {
  const conditions: ConditionalDefinition[] = []
  let of = entry
  while (isConditional(of)) {
    const condition = conditionOf(of)
    conditions.push(condition)
    of = condition.of
  }
  return { key, conditions, of }
}

/** The entries so that every one comes after those it depends on, and otherwise as they were declared. */
function parentsFirst(entries: readonly Entry[], path: string): readonly Entry[] {
  const names = entries.map((entry) => entry.key)
  for (const { key, conditions } of entries) {
    const unknown = conditions.find(({ parent }) => !names.includes(parent))
    if (unknown === undefined) continue
    const others = names.filter((name) => name !== key)
    throw unknownParent(pathOf(path, key), unknown.parent, others)
  }
  const ordered: Entry[] = []
  const done = new Set<string>()
  const waiting = [...entries]
  while (waiting.length > 0) {
    const next = waiting.findIndex(({ conditions }) => conditions.every(({ parent }) => done.has(parent)))
    if (next < 0) {
      const circle = waiting.map(({ key }) => pathOf(path, key)).join(', ')
      throw invalidSpace('The space', 'conditions without a circle', `${circle} depending on each other`)
    }
    const [entry] = waiting.splice(next, 1)
    ordered.push(entry!)
    done.add(entry!.key)
  }
  return ordered
}

function unknownParent(path: string, parent: string, names: readonly string[]): Error {
  const near = nearest(parent, names)
  return invalidSpace(
    `The space's ${path}`,
    `when(…) to name a parameter beside it (${names.join(', ')})`,
    show(parent),
    near === undefined ? undefined : `Did you mean ${near}?`,
  )
}

/** The activation that a condition stands for; none where the parent is a constant that has the value anyway. */
function activationOf(path: string, { parent, values }: ConditionalDefinition, node: Node): readonly Activation[] {
  const what = `The space's ${path} with when(${show(parent)}, …)`
  if (node instanceof ConstantNode) {
    const other = values.find((value) => !sameValue(node.value, value))
    if (other === undefined) return []
    throw invalidSpace(what, `the value of the constant ${parent}, ${show(node.value)}`, show(other))
  }
  const dimension = node instanceof DimensionNode || node instanceof GateNode ? node.dimension : undefined
  if (dimension === undefined || dimension.kind === 'continuous') {
    const remedy = dimension && 'Give it a step, or use a choice, an int or a bool.'
    throw invalidSpace(what, 'a discrete parameter to depend on', dimension ? 'a continuous one' : 'an object', remedy)
  }
  const levels = values.map((value) => {
    const u = dimension.axis.encode(value)
    if (Number.isNaN(u)) throw invalidSpace(what, `values of ${parent}: ${dimension.axis.expected}`, show(value))
    return dimension.axis.level(u)
  })
  const sorted = [...new Set(levels)].toSorted((a, b) => a - b)
  return [Object.freeze({ parent: dimension.index, levels: Object.freeze(sorted) })]
}
