import { TrialistError } from '../base/errors.ts'
import type { Axis } from './axis.ts'
import type { LogValue, Prior } from './encoded.ts'

/** Where a parameter holds its definition. Shared between copies of this package in one process. */
export const definition: unique symbol = Symbol.for('trialist.parameter')
/** Types that a parameter carries for the compiler: the properties do not exist. */
declare const valueType: unique symbol
declare const optionType: unique symbol

/** A parameter of a search space whose values are `T`. Made by `uniform`, `choice` and their siblings; plain data. */
export interface Parameter<out T = unknown> {
  readonly [definition]: Definition
  readonly [valueType]: { readonly value: T }
}

/** A `choice` or `ordinal` parameter with values `T`, listed as `O` (a sub-space is an option whose value is a configuration). */
export interface Choice<out T = unknown, out O = unknown> extends Parameter<T> {
  readonly [optionType]: { readonly option: O }
}

export type Definition = VaryingDefinition | ConstantDefinition

/** A parameter that takes more than one value. */
export interface VaryingDefinition {
  readonly kind: 'varying'
  readonly axis: Axis
  readonly grid: boolean
  /** Encoded. */
  readonly default: number | undefined
  readonly prior: Prior | undefined
  /** What the parameter lists, where its values are not numbers. */
  readonly listed: Listed | undefined
  /** Its JSON form, all but the options. */
  readonly fields: Readonly<Record<string, unknown>>
}

export interface Listed {
  readonly type: 'choice' | 'ordinal' | 'bool' | 'grid'
  readonly options: readonly Option[]
  /** The constructor call, for messages. */
  readonly call: string
}

/** One option: a literal or opaque value, or a sub-space whose configuration is the value. */
export interface Option {
  readonly label: LogValue
  readonly value: unknown
  readonly isSpace: boolean
}

export interface ConstantDefinition {
  readonly kind: 'constant'
  readonly value: unknown
}

/** Makes a parameter of its definition. */
export function parameterOf<P extends Parameter>(made: Definition): P {
  return Object.freeze({ [definition]: Object.freeze(made) }) as unknown as P
}

export function isParameter(value: unknown): value is Parameter {
  return typeof value === 'object' && value !== null && definition in value
}

/** The error of a wrong space: `what` names the parameter's constructor or its path. */
export function invalidSpace(what: string, expected: string, received?: string, remedy?: string): TrialistError {
  return new TrialistError({
    code: 'invalid_space',
    message: what,
    expected,
    ...(received === undefined ? {} : { received }),
    ...(remedy === undefined ? {} : { remedy }),
  })
}
