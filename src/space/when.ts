import { show } from '../base/errors.ts'
import { invalidSpace } from './parameter.ts'

const condition: unique symbol = Symbol.for('trialist.condition')
/** Types that a condition carries for the compiler: the property does not exist. */
declare const conditionType: unique symbol

/** What a parameter on which others depend can be compared with. */
export type Primitive = string | number | boolean | null

/** A part of a space that is there only while the sibling parameter `P` has one of the values `V`. */
export interface Conditional<out P extends string = string, out V = unknown, out T = unknown> {
  readonly [condition]: ConditionalDefinition
  readonly [conditionType]: { readonly parent: P; readonly value: V; readonly of: T }
}

export interface ConditionalDefinition {
  readonly parent: string
  readonly values: readonly unknown[]
  readonly of: unknown
}

/**
 * A parameter, constant or nested space that is active only while the parameter `parent` beside it has the value, or one
 * of the values, given. In the configuration it is an optional property, absent while inactive.
 *
 * `parent` is discrete: a choice, an ordinal, a bool, a grid, an integer or a stepped float. It may be conditional itself.
 */
export function when<const P extends string, const V extends Primitive, const T>(
  parent: P,
  values: V | readonly V[],
  of: T,
): Conditional<P, V, T> {
  const list: readonly unknown[] = Object.freeze([values].flat())
  const call = `when(${show(parent)}, …)`
  if (typeof parent !== 'string') throw invalidSpace(call, 'the name of the parameter it depends on', show(parent))
  if (list.length === 0) throw invalidSpace(call, `at least one value of ${parent}`)
  const made: Partial<Conditional<P, V, T>> = { [condition]: Object.freeze({ parent, values: list, of }) }
  return Object.freeze(made) as Conditional<P, V, T>
}

export function isConditional(value: unknown): value is Conditional {
  return typeof value === 'object' && value !== null && condition in value
}

export function conditionOf(value: Conditional): ConditionalDefinition {
  return value[condition]
}
