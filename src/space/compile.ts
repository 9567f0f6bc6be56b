import { assert } from '../base/assert.ts'
import { TrialistError, messageOf, show } from '../base/errors.ts'
import { adopted } from './adopt.ts'
import { build } from './build.ts'
import { holds } from './dimension.ts'
import type { CompiledDimension } from './dimension.ts'
import type { EncodedSpace, LogValue, SpaceJSON } from './encoded.ts'
import { spaceToJSON } from './json.ts'
import type { ObjectNode } from './node.ts'
import { sizeOf } from './size.ts'
import type { Space } from './types.ts'

/** What may stand beside a space. */
export interface CompileOptions {
  /** Conditions on whole configurations; a configuration that fails one is never proposed. They answer true or false. */
  readonly constraints?: readonly ((config: never) => boolean)[]
  /** The only configurations that may be proposed. Repeated ones count once. Default: all of the space. */
  readonly candidates?: readonly Readonly<Record<string, unknown>>[]
}

/**
 * The encoded view of a space, which is all that the engine knows of it.
 *
 * @throws TrialistError `invalid_space` for a wrong space; `invalid_config` for a candidate that is not of the space or
 * fails a constraint; `invalid_option` for an empty list of candidates; `plugin` for a constraint that throws.
 */
export function compileSpace(space: Space, options: CompileOptions = {}): EncodedSpace {
  return new CompiledSpace(space, options)
}

class CompiledSpace implements EncodedSpace {
  readonly dimensions: readonly CompiledDimension[]
  readonly size: number
  readonly gridSize: number
  readonly candidates: readonly Float64Array[] | undefined
  readonly constrained: boolean
  readonly #root: ObjectNode
  readonly #json: SpaceJSON
  /** A point that is read within one call. */
  readonly #scratch: Float64Array
  readonly #constraints: readonly ((config: never) => boolean)[]

  constructor(space: Space, { constraints = [], candidates }: CompileOptions) {
    const { root, dimensions } = build(space)
    this.dimensions = dimensions
    this.size = sizeOf(dimensions)
    this.gridSize = dimensions.reduce((product, { grid, levels }) => (grid ? product * levels : product), 1)
    this.constrained = constraints.length > 0
    this.#root = root
    this.#json = spaceToJSON(space)
    this.#scratch = new Float64Array(dimensions.length)
    this.#constraints = constraints
    this.candidates = candidates === undefined ? undefined : this.#encodeCandidates(candidates)
  }

  activate(point: Float64Array): void {
    const dimensions = this.dimensions
    for (let i = 0; i < dimensions.length; i++) {
      const { parents, axis } = dimensions[i]!
      if (parents.length > 0 && !holds(parents, dimensions, point)) {
        point[i] = NaN
        continue
      }
      const u = axis.snap(point[i]!)
      if (Number.isNaN(u)) throw noCoordinate(dimensions[i]!.name)
      point[i] = u
    }
  }

  decode(point: Float64Array): Readonly<Record<string, unknown>> {
    return this.#root.decode(point, undefined)
  }

  encode(config: Readonly<Record<string, unknown>>): Float64Array {
    return this.#encoded(config).point
  }

  values(point: Float64Array): LogValue[] {
    const values = new Array<LogValue>(this.dimensions.length)
    for (let i = 0; i < values.length; i++) {
      const u = point[i]!
      values[i] = Number.isNaN(u) ? null : this.dimensions[i]!.axis.log(u)
    }
    return values
  }

  readValues(values: readonly LogValue[], out: Float64Array, offset: number): void {
    assert(values.length === this.dimensions.length, 'a record has one value a dimension')
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      const u = value === null ? NaN : this.dimensions[i]!.axis.read(value)
      if (value !== null && Number.isNaN(u)) throw unreadable(this.dimensions[i]!, value)
      out[offset + i] = u
    }
  }

  valuesOf(config: Readonly<Record<string, unknown>>): LogValue[] {
    return this.#encoded(config).record
  }

  configOf(values: readonly LogValue[]): Readonly<Record<string, unknown>> {
    this.readValues(values, this.#scratch, 0)
    return this.#root.decode(this.#scratch, values)
  }

  adopt(other: ReadonlyMap<string, LogValue>): Float64Array | undefined {
    return adopted(this.dimensions, other)
  }

  feasible(config: Readonly<Record<string, unknown>>): boolean {
    return this.#failed(config) < 0
  }

  defaults(): Float64Array | undefined {
    if (this.dimensions.every((dimension) => dimension.default === undefined)) return undefined
    return this.#point((dimension) => dimension.default ?? 0.5)
  }

  center(): Float64Array {
    return this.#point(() => 0.5)
  }

  toJSON(): SpaceJSON {
    return this.#json
  }

  #encoded(config: Readonly<Record<string, unknown>>): { point: Float64Array; record: LogValue[] } {
    const point = new Float64Array(this.dimensions.length).fill(NaN)
    const record = new Array<LogValue>(this.dimensions.length).fill(null)
    this.#root.encode(config, point, record)
    return { point, record }
  }

  #point(u: (dimension: CompiledDimension) => number): Float64Array {
    const point = Float64Array.from(this.dimensions, u)
    this.activate(point)
    return point
  }

  /** The index of the first constraint that a configuration fails, −1 where it meets all. */
  #failed(config: Readonly<Record<string, unknown>>): number {
    for (let i = 0; i < this.#constraints.length; i++) {
      if (!answerOf(this.#constraints[i]!, i, config)) return i
    }
    return -1
  }

  #encodeCandidates(candidates: readonly Readonly<Record<string, unknown>>[]): readonly Float64Array[] {
    if (!Array.isArray(candidates) || candidates.length === 0) {
      throw new TrialistError({
        code: 'invalid_option',
        message: 'candidates',
        expected: 'at least one configuration',
        received: show(candidates),
        remedy: 'Leave candidates out to search the whole space.',
      })
    }
    const points = new Map<string, Float64Array>()
    for (const [i, candidate] of candidates.entries()) {
      const point = this.#encodeCandidate(candidate as Readonly<Record<string, unknown>>, i)
      points.set(JSON.stringify(this.values(point)), point)
    }
    return [...points.values()]
  }

  #encodeCandidate(candidate: Readonly<Record<string, unknown>>, index: number): Float64Array {
    let point: Float64Array
    try {
      point = this.encode(candidate)
    } catch (error) {
      throw new TrialistError({
        code: 'invalid_config',
        message: `candidates[${index}]: ${messageOf(error)}`,
        cause: error,
      })
    }
    const failed = this.#failed(this.decode(point))
    if (failed < 0) return point
    throw new TrialistError({ code: 'invalid_config', message: `candidates[${index}] fails constraints[${failed}]` })
  }
}

function answerOf(
  constraint: (config: never) => boolean,
  index: number,
  config: Readonly<Record<string, unknown>>,
): boolean {
  let answer: unknown
  try {
    answer = constraint(config as never)
  } catch (error) {
    throw new TrialistError({
      code: 'plugin',
      message: `constraints[${index}] threw: ${messageOf(error)}`,
      cause: error,
    })
  }
  if (typeof answer === 'boolean') return answer
  throw new TrialistError({
    code: 'plugin',
    message: `constraints[${index}]`,
    expected: 'the answer true or false',
    received: answer instanceof Promise ? 'a promise' : show(answer),
  })
}

function noCoordinate(name: string): TrialistError {
  return new TrialistError({
    code: 'plugin',
    message: `A searcher proposed no coordinate for the active parameter ${name}`,
  })
}

function unreadable(dimension: CompiledDimension, value: LogValue): TrialistError {
  return new TrialistError({
    code: 'invalid_config',
    message: `A recorded value of ${dimension.name} is not of this space`,
    expected: dimension.axis.expected,
    received: show(value),
  })
}
