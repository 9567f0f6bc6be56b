import { limits } from '../base/limits.ts'
import type { Axis } from './axis.ts'
import type { Dimension, LogValue } from './encoded.ts'
import { frozenCopy, isJSON, isPlainObject } from './literal.ts'
import { parameterOf } from './parameter.ts'
import type { Parameter } from './parameter.ts'

const levels = 2 ** 40
const expected = 'an object that JSON can hold'

/**
 * A part of the configuration that no search algorithm of ours can choose: a program that searches by itself gives whole
 * objects, of whatever shape. The log keeps them as JSON texts.
 */
export function given(): Parameter<Readonly<Record<string, unknown>>> {
  return parameterOf({
    kind: 'varying',
    axis: new GivenAxis(),
    grid: false,
    default: undefined,
    prior: undefined,
    listed: undefined,
    fields: Object.freeze({ type: 'given' }),
  })
}

/** Whether a dimension is such a part. */
export function isGiven(dimension: Dimension): boolean {
  return dimension.levels === levels
}

/** Numbers the texts in the order in which they come: as many levels as there are texts, of very many that are possible. */
class GivenAxis implements Axis {
  readonly kind = 'unordered'
  readonly levels = levels
  readonly expected = expected
  readonly #texts: string[] = []
  readonly #known = new Map<string, number>()

  snap(u: number): number {
    return this.at(this.level(u))
  }

  level(u: number): number {
    return Math.min(levels - 1, Math.max(0, Math.floor(u * levels)))
  }

  at(level: number): number {
    return (level + 0.5) / levels
  }

  lower(u: number): number {
    return this.level(u) / levels
  }

  upper(u: number): number {
    return (this.level(u) + 1) / levels
  }

  /** Texts have no size. */
  times(u: number): number {
    return this.snap(u)
  }

  decode(u: number): unknown {
    const text = this.#texts[this.level(u)]
    return text === undefined ? undefined : frozenCopy(JSON.parse(text))
  }

  encode(value: unknown): number {
    return isPlainObject(value) && isJSON(value) ? this.read(JSON.stringify(value)) : NaN
  }

  log(u: number): LogValue {
    return this.#texts[this.level(u)] ?? null
  }

  read(value: LogValue): number {
    if (typeof value !== 'string' || value.length > limits.messageLength) return NaN
    let level = this.#known.get(value)
    if (level === undefined) {
      level = this.#texts.push(value) - 1
      this.#known.set(value, level)
    }
    return this.at(level)
  }
}
