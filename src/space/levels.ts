import { show } from '../base/errors.ts'
import { significant } from './decimal.ts'
import type { LogValue } from './encoded.ts'
import { isJSON, sameValue } from './literal.ts'

/** The values of a discrete parameter, numbered from 0. */
export interface Levels {
  readonly count: number
  /** The values in words, for messages. */
  readonly expected: string
  value(level: number): unknown
  /** The inverse of `value`; NaN for what is none of the values. */
  find(value: unknown): number
  /** The level nearest to the value times a factor, but another one where there is any on that side; of a list its neighbour. */
  times(level: number, factor: number): number
  log(level: number): LogValue
  /** The inverse of `log`; NaN for what is none of the values. */
  read(value: LogValue): number
}

/** The numbers first, first + step, … Nothing is stored a level. */
export function numberLevels(first: number, step: number, count: number, low: number, high: number): Levels {
  const integers = Number.isInteger(first) && Number.isInteger(step)
  return new NumberLevels(first, step, count, low, high, integers)
}

/** Listed values; `labels` are what the log records, all different. */
export function listedLevels(values: readonly unknown[], labels: readonly LogValue[]): Levels {
  return new ListedLevels(values, labels)
}

class NumberLevels implements Levels {
  readonly count: number
  readonly #first: number
  readonly #step: number
  readonly #low: number
  readonly #high: number
  readonly #integers: boolean

  constructor(first: number, step: number, count: number, low: number, high: number, integers: boolean) {
    this.#first = first
    this.#step = step
    this.count = count
    this.#low = low
    this.#high = high
    this.#integers = integers
  }

  get expected(): string {
    const range = `from ${this.value(0)} to ${this.value(this.count - 1)}`
    if (this.#integers && this.#step === 1) return `an integer ${range}`
    return `a number ${range} in steps of ${this.#step}`
  }

  value(level: number): number {
    const value = this.#first + level * this.#step
    if (this.#integers) return value
    const round = significant(value, 12)
    return round < this.#low ? this.#low : round > this.#high ? this.#high : round
  }

  find(value: unknown): number {
    if (typeof value !== 'number') return NaN
    const level = Math.round((value - this.#first) / this.#step)
    const known = level >= 0 && level < this.count
    return known && Math.abs(value - this.value(level)) <= 1e-9 * this.#step ? level + 0 : NaN
  }

  times(level: number, factor: number): number {
    const value = this.value(level)
    const nearest = Math.round((value * factor - this.#first) / this.#step)
    const moved = nearest === level ? level + directionOf(value, factor) : nearest
    return Math.min(this.count - 1, Math.max(0, moved))
  }

  log(level: number): number {
    return this.value(level)
  }

  read(value: LogValue): number {
    return this.find(value)
  }
}

class ListedLevels implements Levels {
  readonly count: number
  readonly #values: readonly unknown[]
  readonly #labels: readonly LogValue[]
  readonly #byValue: ReadonlyMap<unknown, number>
  readonly #byLabel: ReadonlyMap<LogValue, number>

  constructor(values: readonly unknown[], labels: readonly LogValue[]) {
    this.count = values.length
    this.#values = values
    this.#labels = labels
    this.#byValue = new Map(values.map((value, level) => [value, level]))
    this.#byLabel = new Map(labels.map((label, level) => [label, level]))
  }

  get expected(): string {
    const shown = this.#values.slice(0, 12).map((value, level) => (isJSON(value) ? show(value) : this.#labels[level]))
    return `one of ${shown.join(', ')}${this.count > 12 ? `, … (${this.count} in all)` : ''}`
  }

  value(level: number): unknown {
    return this.#values[level]
  }

  find(value: unknown): number {
    const level = this.#byValue.get(value)
    if (level !== undefined) return level
    if (typeof value !== 'object' || value === null) return NaN
    const equal = this.#values.findIndex((known) => sameValue(known, value))
    return equal < 0 ? NaN : equal
  }

  times(level: number, factor: number): number {
    return Math.min(this.count - 1, Math.max(0, level + directionOf(1, factor)))
  }

  log(level: number): LogValue {
    return this.#labels[level]!
  }

  read(value: LogValue): number {
    return this.#byLabel.get(value) ?? NaN
  }
}

/** The side of a value on which its product lies; 0 is taken for what is above it. */
function directionOf(value: number, factor: number): number {
  return Math.sign(factor - 1) * (value < 0 ? -1 : 1)
}
