import { show } from '../base/errors.ts'
import { equalAxis } from './axis.ts'
import type { Prior } from './encoded.ts'
import { listedLevels } from './levels.ts'
import { frozenCopy, sameValue } from './literal.ts'
import { optionsOf } from './option.ts'
import { definition, invalidSpace, isParameter, parameterOf } from './parameter.ts'
import type { Choice, Listed, Option, Parameter, VaryingDefinition } from './parameter.ts'
import type { Value } from './types.ts'

/** Options of `bool`. */
export interface BoolOptions {
  /** The value of the default configuration. Default: none. */
  readonly default?: boolean
  /** Weights of false and true, in this order; need not sum to 1. Default: equal. */
  readonly prior?: readonly [number, number]
}

/** What `prefer` adds to a choice. */
export interface Preferences<O> {
  /** The option of the default configuration. Default: none. */
  readonly default?: O
  /** One weight an option, in the options' order, that the best is among them; need not sum to 1. Default: equal. */
  readonly prior?: readonly number[]
}

/**
 * One of the options, in no order. An option is any value; a plain object with parameters in it is a sub-space, searched
 * only while it is chosen, whose configuration is the value. Values that are not JSON (functions, instances of classes)
 * reach the trainable as they are and the log by their name.
 */
export function choice<const O extends readonly [unknown, ...unknown[]]>(
  ...options: O
): Choice<Value<O[number]>, O[number]> {
  return written('choice', options)
}

/** One of the options, which lie in this order: neighbours are alike. */
export function ordinal<const O extends readonly [unknown, ...unknown[]]>(...options: O): Choice<O[number], O[number]> {
  return written('ordinal', options)
}

/** false or true. */
export function bool(options: BoolOptions = {}): Parameter<boolean> {
  return listed('bool', [false, true], options)
}

/** Every one of the options in turn: crossed with all other `grid` parameters and with the samples of the rest. */
export function grid<const O extends readonly [unknown, ...unknown[]]>(...options: O): Parameter<Value<O[number]>> {
  return written('grid', options)
}

/** A fixed value. Numbers, strings, booleans, null and arrays can stand in a space as they are; functions and instances need this. */
export function constant<const T>(value: T): Parameter<T> {
  if (value === undefined)
    throw invalidSpace('constant(undefined)', 'a value', undefined, 'Leave the name out instead.')
  return parameterOf({ kind: 'constant', value: frozenCopy(value) })
}

/**
 * The same choice with a default option, or with a prior belief about which is best.
 *
 * @example prefer(choice('adam', 'sgd'), { default: 'sgd', prior: [1, 3] })
 */
export function prefer<T, O>(parameter: Choice<T, O>, preferences: Preferences<NoInfer<O>>): Choice<T, O> {
  const made = isParameter(parameter) ? parameter[definition] : undefined
  const known = made?.kind === 'varying' ? made.listed : undefined
  if (known === undefined || known.type === 'bool' || known.type === 'grid') {
    throw invalidSpace(
      'prefer(…)',
      'a choice or an ordinal',
      show(parameter),
      'Other parameters take options themselves.',
    )
  }
  return withPreferences(known, preferences)
}

/** As a person writes it: whoever hands over a list means its elements. */
function written<P extends Parameter>(type: Listed['type'], values: readonly unknown[]): P {
  const [only] = values
  if (values.length > 1 || !Array.isArray(only)) return listed(type, values, {})
  const remedy = `Write ${type}(...list) where it is a list already, and constant(list) where the list is the one value.`
  throw invalidSpace(`${type}(…)`, 'the options one by one', `one list, ${abridged(show(only))}`, remedy)
}

/** The listed parameter of one type. */
export function listed<P extends Parameter>(
  type: Listed['type'],
  values: readonly unknown[],
  preferences: Preferences<unknown>,
): P {
  const call = `${type}(${type === 'bool' ? '' : abridged(values.map((value) => show(value)).join(', '))})`
  const options = optionsOf(call, values)
  if (type === 'ordinal' && options.some((option) => option.isSpace)) {
    throw invalidSpace(call, 'plain values', 'a sub-space', 'Write choice(…) for sub-spaces.')
  }
  return withPreferences({ type, options: Object.freeze(options), call }, preferences)
}

function abridged(text: string): string {
  return text.length > 100 ? `${text.slice(0, 97)}...` : text
}

function withPreferences<P extends Parameter>(known: Listed, preferences: Preferences<unknown>): P {
  const { type, options, call } = known
  checkKeys(call, preferences)
  const values = options.map((option) => option.value)
  const labels = options.map((option) => option.label)
  const axis = equalAxis(type === 'ordinal' ? 'ordered' : 'unordered', listedLevels(values, labels))
  const level = defaultLevel(call, options, preferences.default)
  const made: VaryingDefinition = {
    kind: 'varying',
    axis,
    grid: type === 'grid',
    default: level === undefined ? undefined : axis.at(level),
    prior: weightsOf(call, options.length, preferences.prior),
    listed: known,
    fields: Object.freeze({
      ...(level === undefined ? {} : { default: labels[level] }),
      ...(preferences.prior === undefined ? {} : { prior: Object.freeze([...preferences.prior]) }),
    }),
  }
  return parameterOf(made)
}

function checkKeys(call: string, preferences: Preferences<unknown>): void {
  if (typeof preferences !== 'object' || preferences === null) {
    throw invalidSpace(call, 'options { default, prior }', show(preferences))
  }
  const unknown = Object.keys(preferences).find((key) => key !== 'default' && key !== 'prior')
  if (unknown !== undefined) throw invalidSpace(call, 'the options default and prior', show(unknown))
}

function defaultLevel(call: string, options: readonly Option[], value: unknown): number | undefined {
  if (value === undefined) return undefined
  const level = options.findIndex((option) => sameValue(option.value, value))
  if (level < 0) throw invalidSpace(call, 'default to be one of the options', show(value))
  return level
}

function weightsOf(call: string, count: number, prior: readonly number[] | undefined): Prior | undefined {
  if (prior === undefined) return undefined
  const sum = Array.isArray(prior) ? prior.reduce<number>((total, weight) => total + Number(weight), 0) : NaN
  if (
    !(
      sum > 0 &&
      Number.isFinite(sum) &&
      prior.length === count &&
      prior.every((weight) => Number.isFinite(weight) && weight >= 0)
    )
  ) {
    throw invalidSpace(call, `prior to be ${count} weights, none negative and not all 0`, show(prior))
  }
  return { kind: 'weights', weights: Object.freeze(prior.map((weight) => weight / sum)) }
}
