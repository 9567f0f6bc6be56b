import { knownOptions, wholeFrom } from '../base/check.ts'
import { TrialistError } from '../base/errors.ts'
import { mix } from '../base/random.ts'
import type { Dimension, EncodedSpace } from '../space/encoded.ts'
import type { Event } from '../trial/event.ts'
import { isActive } from './proposals.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'

/** An ordered dimension of at most so many levels has all of them on the grid. */
const listedLevels = 32

export interface GridSearchOptions {
  /** Levels of a continuous parameter, and of an ordered one with more than 32. Default: 5. */
  readonly resolution?: number
}

/**
 * Grid search: every combination of levels once, in an order that the seed decides, so that any first part of it is a
 * random sample of the grid. Continuous parameters stand at the middles of `resolution` equal cells of their range.
 * Ends when the grid is exhausted.
 */
export function gridSearch(options: GridSearchOptions = {}): SearcherFactory {
  knownOptions('gridSearch()', options, ['resolution'])
  const resolution = wholeFrom('gridSearch(): resolution', options.resolution ?? 5, 1)
  return {
    name: 'grid',
    options: { ...options },
    capabilities: { objectivesMax: Infinity },
    create: (context) => new GridSearch(context, resolution),
  }
}

class GridSearch implements Searcher {
  readonly #space: EncodedSpace
  readonly #seed: number
  /** Levels of each dimension on the grid. */
  readonly #levels: readonly number[]
  /** Indices of the grid, those that name no configuration included. */
  readonly #size: number
  /** The next index to look at; what the grid has suggested lies before it. */
  #next = 0

  constructor({ space, seed }: SearcherContext, resolution: number) {
    this.#space = space
    this.#seed = seed
    this.#levels = space.dimensions.map((dimension) => levelsOnGrid(dimension, resolution))
    this.#size = this.#levels.reduce((product, levels) => product * levels, 1)
    if (this.#size > 2 ** 52) throw tooLarge(this.#size)
  }

  observe(event: Event): void {
    if (event.type === 'suggested' && event.why.by === 'grid') this.#next = Number(event.why['index']) + 1
  }

  suggest(n: number): readonly Suggestion[] {
    const suggestions: Suggestion[] = []
    for (let index = this.#next; index < this.#size && suggestions.length < n; index++) {
      const point = this.#point(permuted(index, this.#size, this.#seed))
      if (point !== undefined) suggestions.push({ point, why: { by: 'grid', index } })
    }
    return suggestions
  }

  /** The configuration of a place on the grid; undefined for a duplicate, or where a constraint or candidate list forbids it. */
  #point(place: number): Float64Array | undefined {
    const { dimensions, candidates, constrained } = this.#space
    const point = new Float64Array(dimensions.length)
    let rest = place
    for (const dimension of dimensions) {
      const levels = this.#levels[dimension.index]!
      const level = rest % levels
      rest = Math.floor(rest / levels)
      // Of the places that differ in inactive dimensions alone, the one with their first levels stands for all.
      if (isActive(dimension, dimensions, point)) point[dimension.index] = (level + 0.5) / levels
      else if (level === 0) point[dimension.index] = NaN
      else return undefined
    }
    this.#space.activate(point)
    if (candidates !== undefined && !candidates.some((candidate) => candidate.join() === point.join())) return undefined
    return constrained && !this.#space.feasible(this.#space.decode(point)) ? undefined : point
  }
}

function levelsOnGrid({ kind, levels }: Dimension, resolution: number): number {
  return kind === 'unordered' || levels <= listedLevels ? levels : Math.min(levels, resolution)
}

/**
 * A permutation of 0 … size − 1: a Feistel network over the next power of four, walked until it lands inside (Black and
 * Rogaway, "Ciphers with arbitrary finite domains", 2002).
 */
function permuted(index: number, size: number, seed: number): number {
  const half = Math.max(1, Math.ceil(Math.log2(size) / 2))
  const base = 2 ** half
  let place = index
  do {
    let left = Math.floor(place / base)
    let right = place % base
    for (let round = 0; round < 4; round++) {
      const next = (left ^ mix(mix(seed >>> 0, round), right)) & (base - 1)
      left = right
      right = next
    }
    place = left * base + right
  } while (place >= size)
  return place
}

function tooLarge(size: number): TrialistError {
  return new TrialistError({
    code: 'unsupported',
    message: 'the grid is too large to be searched',
    expected: 'at most 2^52 combinations',
    received: size.toExponential(2),
    remedy: 'Use another searcher, or a smaller resolution.',
  })
}
