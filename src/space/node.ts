import { TrialistError, show } from '../base/errors.ts'
import { holds } from './dimension.ts'
import type { CompiledDimension } from './dimension.ts'
import type { Activation, LogValue } from './encoded.ts'
import { isPlainObject, sameValue } from './literal.ts'
import { nearest } from '../base/nearest.ts'

/** One place of the configuration: how its value comes from a point, and the point from its value. */
export interface Node {
  /** Of an activated point; continuous values from `recorded`, where it is given, to the last bit. */
  decode(point: Float64Array, recorded: Recorded): unknown
  /** Writes the coordinates that stand for a value, and what the log records of it; `invalid_config` where it is none. */
  encode(value: unknown, out: Float64Array, record: LogValue[]): void
  /** Whether a value may stand here, conditions left aside. */
  accepts(value: unknown): boolean
}

/** One value a dimension, as the log records them. */
export type Recorded = readonly LogValue[] | undefined

/** A property of a configuration or of a part of it. */
export interface Field {
  readonly key: string
  readonly node: Node
  /** Empty where the property is always there. */
  readonly conditions: readonly Activation[]
}

export class ConstantNode implements Node {
  readonly value: unknown
  readonly #path: string

  constructor(path: string, value: unknown) {
    this.#path = path
    this.value = value
  }

  decode(): unknown {
    return this.value
  }

  encode(value: unknown): void {
    if (!sameValue(this.value, value)) throw invalidConfig(this.#path, `the constant ${show(this.value)}`, value)
  }

  accepts(value: unknown): boolean {
    return sameValue(this.value, value)
  }
}

export class DimensionNode implements Node {
  readonly dimension: CompiledDimension
  readonly #path: string

  constructor(path: string, dimension: CompiledDimension) {
    this.#path = path
    this.dimension = dimension
  }

  decode(point: Float64Array, recorded: Recorded): unknown {
    const { axis, index } = this.dimension
    return recorded !== undefined && axis.kind === 'continuous' ? recorded[index] : axis.decode(point[index]!)
  }

  encode(value: unknown, out: Float64Array, record: LogValue[]): void {
    const { axis, index } = this.dimension
    const u = axis.encode(value)
    if (Number.isNaN(u)) throw invalidConfig(this.#path, axis.expected, value)
    out[index] = u
    record[index] = axis.kind === 'continuous' ? (value as number) : axis.log(u)
  }

  accepts(value: unknown): boolean {
    return !Number.isNaN(this.dimension.axis.encode(value))
  }
}

/** A choice with sub-spaces among its options. */
export class GateNode implements Node {
  readonly dimension: CompiledDimension
  readonly #path: string
  /** One node a level. */
  readonly #options: readonly Node[]

  constructor(path: string, dimension: CompiledDimension, options: readonly Node[]) {
    this.#path = path
    this.dimension = dimension
    this.#options = options
  }

  decode(point: Float64Array, recorded: Recorded): unknown {
    const { axis, index } = this.dimension
    return this.#options[axis.level(point[index]!)]!.decode(point, recorded)
  }

  encode(value: unknown, out: Float64Array, record: LogValue[]): void {
    const { axis, index } = this.dimension
    const level = this.#optionOf(value)
    out[index] = axis.at(level)
    record[index] = axis.log(out[index])
    this.#options[level]!.encode(value, out, record)
  }

  accepts(value: unknown): boolean {
    return this.#options.some((option) => option.accepts(value))
  }

  /** The option that a value is of, or at least seems to be meant as. */
  #optionOf(value: unknown): number {
    const accepting = this.#options.findIndex((option) => option.accepts(value))
    if (accepting >= 0) return accepting
    const alike = this.#options.flatMap((option, level) =>
      option instanceof ObjectNode && option.resembles(value) ? [level] : [],
    )
    if (alike.length === 1) return alike[0]!
    throw invalidConfig(this.#path, this.dimension.axis.expected, value)
  }
}

export class ObjectNode implements Node {
  /** In the order of declaration, which is that of the configuration's properties. */
  readonly fields: readonly Field[]
  readonly #path: string
  /** Parents first. */
  readonly #ordered: readonly Field[]
  readonly #names: ReadonlySet<string>
  readonly #dimensions: readonly CompiledDimension[]

  constructor(
    path: string,
    fields: readonly Field[],
    ordered: readonly Field[],
    dimensions: readonly CompiledDimension[],
  ) {
    this.#path = path
    this.fields = fields
    this.#ordered = ordered
    this.#names = new Set(fields.map((field) => field.key))
    this.#dimensions = dimensions
  }

  decode(point: Float64Array, recorded: Recorded): Readonly<Record<string, unknown>> {
    const config: Record<string, unknown> = {}
    const fields = this.fields
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!
      if (field.conditions.length > 0 && !holds(field.conditions, this.#dimensions, point)) continue
      config[field.key] = field.node.decode(point, recorded)
    }
    return Object.freeze(config)
  }

  encode(value: unknown, out: Float64Array, record: LogValue[]): void {
    if (!isPlainObject(value)) throw invalidConfig(this.#path, 'an object', value)
    this.#checkNames(value)
    for (const { key, node, conditions } of this.#ordered) {
      const active = holds(conditions, this.#dimensions, out)
      const given = own(value, key) !== undefined
      if (active && !given) throw missing(pathOf(this.#path, key))
      if (!active && given) throw inactive(pathOf(this.#path, key), conditions, this.#dimensions)
      if (active) node.encode(own(value, key), out, record)
    }
  }

  accepts(value: unknown): boolean {
    if (!isPlainObject(value)) return false
    const known = Object.keys(value).every((key) => this.#names.has(key) || value[key] === undefined)
    return (
      known &&
      this.fields.every(({ key, node, conditions }) => {
        const given = own(value, key)
        return given === undefined ? conditions.length > 0 : node.accepts(given)
      })
    )
  }

  /** Whether every constant that tells this sub-space from others has its value. */
  resembles(value: unknown): boolean {
    if (!isPlainObject(value)) return false
    return this.fields.every(
      ({ key, node, conditions }) =>
        conditions.length > 0 || !(node instanceof ConstantNode) || node.accepts(own(value, key)),
    )
  }

  #checkNames(value: Readonly<Record<string, unknown>>): void {
    for (const key of Object.keys(value)) {
      if (this.#names.has(key) || value[key] === undefined) continue
      const names = [...this.#names]
      const near = nearest(key, names)
      throw new TrialistError({
        code: 'invalid_config',
        message: `The configuration has an unknown parameter ${pathOf(this.#path, key)}`,
        expected: `only ${names.join(', ')}`,
        ...(near === undefined ? {} : { remedy: `Did you mean ${near}?` }),
      })
    }
  }
}

export function pathOf(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`
}

/** A property of the object itself: a space may name a parameter `constructor`. */
function own(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined
}

function invalidConfig(path: string, expected: string, value: unknown): TrialistError {
  const message = path === '' ? 'The configuration is wrong' : `The configuration's ${path} is wrong`
  return new TrialistError({ code: 'invalid_config', message, expected, received: show(value) })
}

function missing(path: string): TrialistError {
  return new TrialistError({ code: 'invalid_config', message: `The configuration lacks ${path}` })
}

function inactive(
  path: string,
  conditions: readonly Activation[],
  dimensions: readonly CompiledDimension[],
): TrialistError {
  const needs = conditions.map(({ parent, levels }) => {
    const { axis, name } = dimensions[parent]!
    return `${name} is ${levels.map((level) => show(axis.log(axis.at(level)))).join(' or ')}`
  })
  return new TrialistError({
    code: 'invalid_config',
    message: `The configuration has ${path}, which is there only where ${needs.join(' and ')}`,
    remedy: `Leave ${path} out.`,
  })
}
