import { knownOptions, wholeFrom } from '../base/check.ts'
import { TrialistError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { purpose, stream } from '../base/random.ts'
import type { Dimension, EncodedSpace } from '../space/encoded.ts'
import type { Event } from '../trial/event.ts'
import type { History } from '../trial/history.ts'
import { Lattice } from './lattice.ts'
import type { Ticks } from './lattice.ts'
import { Candidates, keyOf } from './listing.ts'
import type { Listing } from './listing.ts'
import { Permutation } from './permutation.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'

/** An ordered dimension of at most so many levels has all of them on the grid. */
const listedLevels = 32
/** Combinations that the visiting order can number. */
const combinationsMax = 2 ** 52

export interface GridSearchOptions {
  /** Levels of a continuous parameter, and of an ordered one with more than 32. Default: 5. */
  readonly resolution?: number
}

/**
 * Grid search: every combination of levels once, in an order that the seed decides, so that any first part of it is a
 * random sample of the grid. Continuous parameters stand at the middles of `resolution` equal cells of their range.
 * Where candidates are given, these are the grid. Ends when the grid is exhausted.
 *
 * @throws TrialistError `unsupported` before the first trial for a grid of more than 2^52 combinations; `invalid_space`
 * where the constraints refuse all of it, or a million combinations in a row.
 */
export function gridSearch(options: GridSearchOptions = {}): SearcherFactory {
  knownOptions('gridSearch()', options, ['resolution'])
  const resolution = wholeFrom('gridSearch(): resolution', options.resolution ?? 5, 1)
  return {
    name: 'grid',
    options: { ...options },
    capabilities: { objectivesMax: Infinity, outcomeConstraints: true, warmStart: false },
    create: (context) => new GridSearch(context, resolution),
  }
}

class GridSearch implements Searcher {
  readonly #space: EncodedSpace
  readonly #history: History
  readonly #listing: Listing
  readonly #order: Permutation
  /** Configurations that others suggested, such as initial ones: the grid leaves them out. */
  readonly #others = new Set<string>()
  /** The next place of the order to look at; what the grid has suggested lies before it. */
  #next = 0

  constructor({ space, seed, history }: SearcherContext, resolution: number) {
    const { candidates, dimensions } = space
    this.#space = space
    this.#history = history
    this.#listing =
      candidates === undefined
        ? new Lattice(dimensions, (dimension) => ticksOf(dimension, resolution))
        : new Candidates(space, candidates)
    if (this.#listing.size > combinationsMax) throw tooLarge(this.#listing.size)
    this.#order = new Permutation(this.#listing.size, stream(seed, purpose.order).uint32())
  }

  observe(event: Event): void {
    if (event.type !== 'suggested') return
    if (event.why.by === 'grid') {
      this.#next = Number(event.why['index']) + 1
      return
    }
    const point = new Float64Array(this.#space.dimensions.length)
    this.#history.point(event.trial, point)
    this.#others.add(keyOf(this.#space, point))
  }

  suggest(n: number): readonly Suggestion[] {
    const suggestions: Suggestion[] = []
    let refused = 0
    for (let index = this.#next; index < this.#listing.size && suggestions.length < n; index++) {
      const point = this.#listing.at(this.#order.at(index)).slice()
      if (this.#isAllowed(point)) {
        suggestions.push({ point, why: { by: 'grid', index } })
        refused = 0
      } else if (++refused === limits.finiteSpace) throw noneAllowed(`${refused} combinations in a row`)
    }
    if (refused > 0 && suggestions.length === 0 && this.#history.trials === 0) throw noneAllowed('all of the grid')
    return suggestions
  }

  #isAllowed(point: Float64Array): boolean {
    if (this.#others.size > 0 && this.#others.has(keyOf(this.#space, point))) return false
    return !this.#space.constrained || this.#space.feasible(this.#space.decode(point))
  }
}

/** All levels of a dimension, or the middles of `resolution` equal parts of its range, snapped to its cells. */
function ticksOf(dimension: Dimension, resolution: number): Ticks {
  const { kind, levels } = dimension
  if (kind === 'unordered' || levels <= Math.max(listedLevels, resolution)) {
    return { count: levels, at: (level) => dimension.at(level) }
  }
  const middles = Array.from({ length: resolution }, (_, i) => dimension.snap((i + 0.5) / resolution))
  const ticks = [...new Set(middles)]
  return { count: ticks.length, at: (tick) => ticks[tick]! }
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

function noneAllowed(what: string): TrialistError {
  return new TrialistError({
    code: 'invalid_space',
    message: `the constraints refused ${what}`,
    expected: 'constraints that a fair share of the grid meets',
    remedy: 'Narrow the parameters so that most combinations meet the constraints, or list the candidates.',
  })
}
