import { show } from '../base/errors.ts'
import { continuousAxis, equalAxis, scaledAxis } from './axis.ts'
import type { Axis } from './axis.ts'
import { powerOfTen } from './decimal.ts'
import type { Prior } from './encoded.ts'
import { numberLevels } from './levels.ts'
import type { Parameter } from './parameter.ts'
import { invalidSpace, parameterOf } from './parameter.ts'
import { linearScale, logScale, lognormalScale, normalReach, normalScale } from './scale.ts'
import type { Scale } from './scale.ts'

/** Options of every numeric parameter. */
export interface NumericOptions {
  /**
   * Distance between neighbouring values. Bounded parameters take low, low + step, … up to high; normal ones the
   * multiples of `step`, lognormal ones the positive multiples. Default: every value for floats, 1 for integers.
   */
  readonly step?: number
  /** The value of the default configuration, in [low, high] and on a step. Default: none. */
  readonly default?: number
  /** Where the user believes the optimum to be. Default: nowhere in particular. */
  readonly prior?: NumericPrior
}

/** A bell around `mode`, in the parameter's own units. */
export interface NumericPrior {
  /** The likeliest place of the optimum, within the bounds. */
  readonly mode: number
  /**
   * Standard deviation in the parameter's own units; for `loguniform`, `lognormal` and `logint` a factor above 1, so
   * that two thirds of the belief lie from mode / deviation to mode × deviation. Default: a quarter of the range.
   */
  readonly deviation?: number
}

/** A float between `low` and `high`, both included, each equally likely. `invalid_space` unless low < high. */
export function uniform(low: number, high: number, options: NumericOptions = {}): Parameter<number> {
  return numeric('uniform', low, high, options)
}

/** A float between `low` and `high`, both included, each order of magnitude equally likely. `invalid_space` unless 0 < low < high. */
export function loguniform(low: number, high: number, options: NumericOptions = {}): Parameter<number> {
  return numeric('loguniform', low, high, options)
}

/** A float from the normal distribution, at most 6 standard deviations from its mean. `invalid_space` unless sd > 0. */
export function normal(mean: number, sd: number, options: NumericOptions = {}): Parameter<number> {
  return numeric('normal', mean, sd, options)
}

/** A positive float whose natural logarithm is normal with mean `mu` and standard deviation `sigma`, at most 6 of these away. */
export function lognormal(mu: number, sigma: number, options: NumericOptions = {}): Parameter<number> {
  return numeric('lognormal', mu, sigma, options)
}

/** An integer between `low` and `high`, both included, each equally likely. */
export function int(low: number, high: number, options: NumericOptions = {}): Parameter<number> {
  return numeric('int', low, high, options)
}

/** An integer between `low` ≥ 1 and `high`, both included, each order of magnitude equally likely. */
export function logint(low: number, high: number, options: NumericOptions = {}): Parameter<number> {
  return numeric('logint', low, high, options)
}

/** The names of the numeric constructors, and what distinguishes them. */
export const families = {
  uniform: { names: ['low', 'high'], bounded: true, log: false, integer: false },
  loguniform: { names: ['low', 'high'], bounded: true, log: true, integer: false },
  normal: { names: ['mean', 'sd'], bounded: false, log: false, integer: false },
  lognormal: { names: ['mu', 'sigma'], bounded: false, log: true, integer: false },
  int: { names: ['low', 'high'], bounded: true, log: false, integer: true },
  logint: { names: ['low', 'high'], bounded: true, log: true, integer: true },
} as const

/** The narrowest cell, in encoded units, that doubles can tell apart with room to spare. */
const narrowestCell = 4e-15

/** The numeric parameter of one family. */
export function numeric(
  type: keyof typeof families,
  first: number,
  second: number,
  options: NumericOptions,
): Parameter<number> {
  const call = `${type}(${show(first)}, ${show(second)})`
  checkArguments(call, type, first, second)
  checkOptions(call, options)
  // A bound of −0 is 0.
  const shape = shapeOf(call, type, first + 0, second + 0, options.step)
  const [firstName, secondName] = families[type].names
  return parameterOf({
    kind: 'varying',
    axis: shape.axis,
    grid: false,
    default: encodedDefault(call, shape.axis, options.default),
    prior: encodedPrior(call, families[type].log, shape, options.prior),
    listed: undefined,
    fields: Object.freeze({ type, [firstName]: first, [secondName]: second, ...carried(options) }),
  })
}

function canonical({ mode, deviation }: NumericPrior): NumericPrior {
  return deviation === undefined ? { mode } : { mode, deviation }
}

interface Shape {
  readonly axis: Axis
  /** Scale on which priors are laid: for equal cells, half a step wider than the values on either side. */
  readonly scale: Scale
  readonly low: number
  readonly high: number
}

function checkArguments(call: string, type: keyof typeof families, first: number, second: number): void {
  const { names, bounded, log, integer } = families[type]
  for (const [i, value] of [first, second].entries()) {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw invalidSpace(call, `${names[i]} to be a finite number`, show(value))
    }
    if (integer && !Number.isSafeInteger(value)) {
      throw invalidSpace(call, `${names[i]} to be an integer of at most 2^53 − 1`, show(value))
    }
  }
  if (!bounded) return checkNormal(call, type, first, second)
  if (first >= second)
    throw invalidSpace(call, 'low < high', `low ${first}, high ${second}`, constantRemedy(first, second))
  if (log && first <= 0) {
    throw invalidSpace(call, 'low > 0, because it is searched on a logarithmic scale', `low ${first}`)
  }
  const finite = log ? second / first : second - first
  if (!Number.isFinite(finite))
    throw invalidSpace(call, 'bounds whose range is a finite number', `${first} to ${second}`)
}

function constantRemedy(first: number, second: number): string | undefined {
  return first === second ? `Write constant(${first}) for a fixed value.` : undefined
}

function checkNormal(call: string, type: keyof typeof families, first: number, second: number): void {
  const { names, log } = families[type]
  if (second <= 0) throw invalidSpace(call, `${names[1]} > 0`, `${names[1]} ${second}`)
  const reach = Math.abs(first) + normalReach * second
  if (log ? reach > 600 : !Number.isFinite(2 * reach)) {
    throw invalidSpace(call, `values within ${normalReach} standard deviations that a number can hold`, call)
  }
  if (!log && normalReach * second < Math.abs(first) * 1e-12) {
    throw invalidSpace(call, 'an sd that is not lost beside the mean', `sd ${second}`)
  }
}

function checkOptions(call: string, options: NumericOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw invalidSpace(call, 'options { step, default, prior }', show(options))
  }
  for (const key of Object.keys(options)) {
    if (key !== 'step' && key !== 'default' && key !== 'prior') {
      throw invalidSpace(call, 'the options step, default and prior', show(key))
    }
  }
}

function carried({ step, default: value, prior }: NumericOptions): Record<string, unknown> {
  return {
    ...(step === undefined ? {} : { step }),
    ...(value === undefined ? {} : { default: value }),
    ...(prior === undefined ? {} : { prior: Object.freeze(canonical(prior)) }),
  }
}

function shapeOf(
  call: string,
  type: keyof typeof families,
  first: number,
  second: number,
  step: number | undefined,
): Shape {
  const { integer } = families[type]
  if (step !== undefined) checkStep(call, step, integer)
  const size = step ?? (integer ? 1 : undefined)
  const scale = scaleOf(type, first, second)
  if (size === undefined) return { axis: continuousAxis(scale), scale, low: scale.low, high: scale.high }
  return families[type].bounded ? boundedSteps(call, type, first, second, size) : normalSteps(call, type, scale, size)
}

function checkStep(call: string, step: number, integer: boolean): void {
  if (typeof step !== 'number' || !Number.isFinite(step) || step <= 0) {
    throw invalidSpace(call, 'step to be a positive number', show(step))
  }
  if (integer && !Number.isSafeInteger(step)) throw invalidSpace(call, 'step to be an integer', show(step))
}

function scaleOf(type: keyof typeof families, first: number, second: number): Scale {
  const { bounded, log } = families[type]
  if (bounded) return log ? logScale(first, second) : linearScale(first, second)
  return log ? lognormalScale(first, second) : normalScale(first, second)
}

function boundedSteps(call: string, type: keyof typeof families, low: number, high: number, step: number): Shape {
  // A bound that is a whole number of steps away may miss by rounding.
  const count = Math.floor((high - low) / step + 1e-9) + 1
  if (count < 2) throw invalidSpace(call, 'a step that fits between the bounds', `step ${step}`)
  const top = low + (count - 1) * step
  checkDigits(call, step, Math.max(-low, high), families[type].integer)
  if (families[type].log && low <= step / 2) {
    throw invalidSpace(call, 'low to be more than half a step', `low ${low}, step ${step}`)
  }
  const levels = numberLevels(low, step, count, low, high)
  const scale = scaleOf(type, low - step / 2, top + step / 2)
  const axis = families[type].log ? scaledAxis(levels, scale, low, step) : equalAxis('ordered', levels)
  checkCells(call, axis, step)
  return { axis, scale, low, high }
}

function normalSteps(call: string, type: keyof typeof families, scale: Scale, step: number): Shape {
  const least = families[type].log ? 1 : -Infinity
  const first = Math.max(least, Math.round(scale.low / step))
  const count = Math.round(scale.high / step) - first + 1
  if (!(count >= 2)) throw invalidSpace(call, 'a step with at least two multiples among the values', `step ${step}`)
  const low = first * step
  const high = (first + count - 1) * step
  checkDigits(call, step, Math.max(-low, high), false)
  const axis = scaledAxis(numberLevels(low, step, count, low, high), scale, low, step)
  checkCells(call, axis, step)
  return { axis, scale, low, high }
}

/** Stepped values are rounded to 12 significant digits, which must keep neighbours apart. */
function checkDigits(call: string, step: number, largest: number, integer: boolean): void {
  if (!integer && step < largest * powerOfTen(-11)) {
    throw invalidSpace(
      call,
      `a step of at least ${largest * powerOfTen(-11)}, so that values differ in 12 digits`,
      `step ${step}`,
    )
  }
}

function checkCells(call: string, axis: Axis, step: number): void {
  const last = axis.levels - 1
  for (const level of [Math.min(1, last), Math.max(0, last - 1)]) {
    const u = axis.at(level)
    if (axis.upper(u) - axis.lower(u) < narrowestCell || axis.level(u) !== level) {
      throw invalidSpace(
        call,
        'fewer values, which 53 bits can tell apart',
        `${axis.levels} values`,
        `Give a step above ${step}.`,
      )
    }
  }
}

function encodedDefault(call: string, axis: Axis, value: number | undefined): number | undefined {
  if (value === undefined) return undefined
  const u = axis.encode(value)
  if (Number.isNaN(u)) throw invalidSpace(call, `default to be ${axis.expected}`, show(value))
  return u
}

function encodedPrior(call: string, log: boolean, shape: Shape, prior: NumericPrior | undefined): Prior | undefined {
  if (prior === undefined) return undefined
  if (typeof prior !== 'object' || prior === null) {
    throw invalidSpace(call, 'prior to be { mode, deviation }', show(prior))
  }
  const { mode, deviation, ...others } = prior
  const unknown = Object.keys(others)[0]
  if (unknown !== undefined) throw invalidSpace(call, 'the prior to be { mode, deviation }', show(unknown))
  const { low, high, scale } = shape
  if (typeof mode !== 'number' || !(mode >= low && mode <= high)) {
    throw invalidSpace(call, `prior.mode to be a number in [${low}, ${high}]`, show(mode))
  }
  const least = log ? 1 : 0
  if (deviation !== undefined && !(Number.isFinite(deviation) && deviation > least)) {
    throw invalidSpace(call, `prior.deviation to be a ${log ? 'factor' : 'number'} above ${least}`, show(deviation))
  }
  const spread = deviation === undefined ? 0.25 : scale.spread(mode, deviation)
  return {
    kind: 'normal',
    mode: Math.min(1, Math.max(0, scale.unit(mode))),
    deviation: Math.max(spread, narrowestCell),
  }
}
