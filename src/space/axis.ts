import type { DimensionKind, LogValue } from './encoded.ts'
import type { Levels } from './levels.ts'
import type { Scale } from './scale.ts'

/** How the values of one parameter are laid out on [0, 1], apart from its name and its place in a space. */
export interface Axis {
  readonly kind: DimensionKind
  readonly levels: number
  /** The values in words, for messages: "a number in [0, 1]". */
  readonly expected: string
  snap(u: number): number
  level(u: number): number
  at(level: number): number
  lower(u: number): number
  upper(u: number): number
  /** `Dimension.times`. */
  times(u: number, factor: number): number
  /** The value of the configuration. */
  decode(u: number): unknown
  /** The inverse of `decode`; NaN for what is none of the values. */
  encode(value: unknown): number
  /** The value as the log records it. */
  log(u: number): LogValue
  /** The inverse of `log`; NaN for what is none of the values. */
  read(value: LogValue): number
}

/** Every value between the bounds of a scale. */
export function continuousAxis(scale: Scale): Axis {
  return new ContinuousAxis(scale)
}

/** Cells of equal width. */
export function equalAxis(kind: 'ordered' | 'unordered', levels: Levels): Axis {
  return new EqualAxis(kind, levels)
}

/** Evenly spaced numbers on a scale that is not linear: each cell reaches half a step to either side. */
export function scaledAxis(levels: Levels, scale: Scale, first: number, step: number): Axis {
  return new ScaledAxis(levels, scale, first, step)
}

class ContinuousAxis implements Axis {
  readonly kind = 'continuous'
  readonly levels = Infinity
  readonly expected: string
  readonly #scale: Scale

  constructor(scale: Scale) {
    this.#scale = scale
    this.expected = `a number in [${scale.low}, ${scale.high}]`
  }

  snap(u: number): number {
    return clampUnit(u)
  }

  level(): number {
    return NaN
  }

  at(): number {
    return NaN
  }

  lower(u: number): number {
    return clampUnit(u)
  }

  upper(u: number): number {
    return clampUnit(u)
  }

  times(u: number, factor: number): number {
    const value = this.#scale.value(clampUnit(u))
    const product = value * factor
    // 0 stays 0: the range is what tells how far to go.
    if (value === 0) return clampUnit(u + (factor - 1))
    return clampUnit(this.#scale.unit(Math.min(this.#scale.high, Math.max(this.#scale.low, product))))
  }

  decode(u: number): number {
    return this.#scale.value(clampUnit(u))
  }

  encode(value: unknown): number {
    if (typeof value !== 'number' || !(value >= this.#scale.low && value <= this.#scale.high)) return NaN
    return clampUnit(this.#scale.unit(value + 0))
  }

  log(u: number): number {
    return this.#scale.value(clampUnit(u))
  }

  read(value: LogValue): number {
    return this.encode(value)
  }
}

class EqualAxis implements Axis {
  readonly kind: 'ordered' | 'unordered'
  readonly levels: number
  readonly expected: string
  readonly #levels: Levels

  constructor(kind: 'ordered' | 'unordered', levels: Levels) {
    this.kind = kind
    this.levels = levels.count
    this.expected = levels.expected
    this.#levels = levels
  }

  snap(u: number): number {
    return this.at(this.level(u))
  }

  level(u: number): number {
    return clampLevel(Math.floor(u * this.levels), this.levels)
  }

  at(level: number): number {
    return (level + 0.5) / this.levels
  }

  lower(u: number): number {
    return this.level(u) / this.levels
  }

  upper(u: number): number {
    return (this.level(u) + 1) / this.levels
  }

  times(u: number, factor: number): number {
    return this.at(this.#levels.times(this.level(u), factor))
  }

  decode(u: number): unknown {
    return this.#levels.value(this.level(u))
  }

  encode(value: unknown): number {
    return this.at(this.#levels.find(value))
  }

  log(u: number): LogValue {
    return this.#levels.log(this.level(u))
  }

  read(value: LogValue): number {
    return this.at(this.#levels.read(value))
  }
}

class ScaledAxis implements Axis {
  readonly kind = 'ordered'
  readonly levels: number
  readonly expected: string
  readonly #levels: Levels
  readonly #scale: Scale
  readonly #first: number
  readonly #step: number

  constructor(levels: Levels, scale: Scale, first: number, step: number) {
    this.levels = levels.count
    this.expected = levels.expected
    this.#levels = levels
    this.#scale = scale
    this.#first = first
    this.#step = step
  }

  snap(u: number): number {
    return this.at(this.level(u))
  }

  level(u: number): number {
    return clampLevel(Math.round((this.#scale.raw(clampUnit(u)) - this.#first) / this.#step), this.levels)
  }

  at(level: number): number {
    return this.#scale.unit(this.#first + level * this.#step)
  }

  lower(u: number): number {
    return this.#edge(this.level(u))
  }

  upper(u: number): number {
    return this.#edge(this.level(u) + 1)
  }

  times(u: number, factor: number): number {
    return this.at(this.#levels.times(this.level(u), factor))
  }

  decode(u: number): unknown {
    return this.#levels.value(this.level(u))
  }

  encode(value: unknown): number {
    return this.at(this.#levels.find(value))
  }

  log(u: number): LogValue {
    return this.#levels.log(this.level(u))
  }

  read(value: LogValue): number {
    return this.at(this.#levels.read(value))
  }

  /** The edge below a level. */
  #edge(level: number): number {
    if (level === 0) return 0
    return level === this.levels ? 1 : this.#scale.unit(this.#first + (level - 0.5) * this.#step)
  }
}

function clampUnit(u: number): number {
  return u < 0 ? 0 : u > 1 ? 1 : u
}

function clampLevel(level: number, levels: number): number {
  return level <= 0 ? 0 : level >= levels ? levels - 1 : level
}
