import { TrialistError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { Dimension, EncodedSpace } from '../space/encoded.ts'
import type { Event, Suggested, Why } from '../trial/event.ts'
import type { SearcherContext, Suggestion } from './searcher.ts'

/** Draws a point for a trial; `attempt` counts from 0 where earlier draws were not allowed. */
export type Draw = (trial: number, point: Float64Array, attempt: number) => Why

/** Draws that were tried before, before a finite space is searched for what is left. */
const drawsBeforeSearch = 10

/**
 * What every searcher owes its user, once: `grid` dimensions are crossed with the samples, constraints and candidates are
 * kept, and a finite space is never asked the same twice.
 */
export class Proposals {
  readonly #space: EncodedSpace
  readonly #seed: number
  readonly #context: SearcherContext
  readonly #grid: readonly Dimension[]
  readonly #finite: boolean
  /** True where any draw is allowed as it is. */
  readonly #free: boolean
  /** Configurations that were suggested, as keys; only of a finite space. */
  readonly #seen = new Set<string>()

  constructor(context: SearcherContext) {
    const { space, seed } = context
    this.#context = context
    this.#space = space
    this.#seed = seed
    this.#grid = space.dimensions.filter(({ grid }) => grid)
    this.#finite = space.candidates !== undefined || space.size <= limits.finiteSpace
    this.#free = !this.#finite && !space.constrained && this.#grid.length === 0
  }

  /** Must be handed every event. */
  observe(event: Event): void {
    if (this.#finite && event.type === 'suggested') this.#seen.add(this.#keyOf(event))
  }

  /** Suggestions for the next `n` trials, written to the end of `suggestions`; fewer where nothing is left. */
  propose(n: number, draw: Draw, suggestions: Suggestion[] = []): Suggestion[] {
    const batch = new Set<string>()
    const first = this.#context.history.trials
    for (let trial = first; trial < first + n; trial++) {
      const suggestion = this.#free ? this.#draw(trial, draw, 0) : this.#allowed(trial, draw, batch)
      if (suggestion === undefined) break
      if (this.#finite) batch.add(key(suggestion.point))
      suggestions.push(suggestion)
    }
    return suggestions
  }

  /** In place: sets the `grid` dimensions to the cell of a trial, so that the cells are visited in turn. */
  pin(trial: number, point: Float64Array): void {
    let rest = trial % this.#space.gridSize
    for (const dimension of this.#grid) {
      point[dimension.index] = dimension.at(rest % dimension.levels)
      rest = Math.floor(rest / dimension.levels)
    }
  }

  #draw(trial: number, draw: Draw, attempt: number): Suggestion {
    const point = new Float64Array(this.#space.dimensions.length)
    const why = draw(trial, point, attempt)
    this.pin(trial, point)
    this.#space.activate(point)
    return { point, why }
  }

  /** The first draw that is allowed, else whatever is left. */
  #allowed(trial: number, draw: Draw, batch: ReadonlySet<string>): Suggestion | undefined {
    const tries = this.#finite ? drawsBeforeSearch : limits.constraintTries
    let why: Why | undefined
    for (let attempt = 0; attempt < tries; attempt++) {
      const suggestion = this.#draw(trial, draw, attempt)
      why ??= suggestion.why
      if (this.#space.candidates !== undefined) return this.#nearestCandidate(suggestion, batch)
      if (this.#isOpen(suggestion.point, batch)) return suggestion
    }
    if (!this.#finite) throw tooTight()
    const point = this.#searchFinite(trial, batch)
    return point === undefined ? undefined : { point, why: { ...why!, leftover: true } }
  }

  #isOpen(point: Float64Array, batch: ReadonlySet<string>): boolean {
    if (this.#finite && this.#isSeen(point, batch)) return false
    return !this.#space.constrained || this.#space.feasible(this.#space.decode(point))
  }

  #isSeen(point: Float64Array, batch: ReadonlySet<string>): boolean {
    const text = key(point)
    return this.#seen.has(text) || batch.has(text)
  }

  /** The candidate closest to a draw among those that were not suggested yet. */
  #nearestCandidate({ point, why }: Suggestion, batch: ReadonlySet<string>): Suggestion | undefined {
    let nearest: Float64Array | undefined
    let shortest = Infinity
    for (const candidate of this.#space.candidates!) {
      const distance = distanceBetween(point, candidate, this.#space.dimensions)
      if (distance >= shortest || this.#isSeen(candidate, batch)) continue
      nearest = candidate
      shortest = distance
    }
    return nearest === undefined ? undefined : { point: nearest.slice(), why }
  }

  /** Some configuration that is left, first in the trial's own grid cell; undefined where the space is exhausted. */
  #searchFinite(trial: number, batch: ReadonlySet<string>): Float64Array | undefined {
    const cell = new Float64Array(this.#space.dimensions.length).fill(NaN)
    this.pin(trial, cell)
    const open = (point: Float64Array): boolean => this.#isOpen(point, batch)
    const random = stream(this.#seed, purpose.order, trial)
    const inCell = this.#grid.length === 0 ? undefined : firstPoint(this.#space, random, open, cell)
    return inCell ?? firstPoint(this.#space, random, open)
  }

  #keyOf(event: Suggested): string {
    const point = new Float64Array(this.#space.dimensions.length)
    this.#space.readValues(event.values, point, 0)
    return key(point)
  }
}

/** The first open point of a finite space, in an order that `random` decides; `fixed` dimensions stay where they are. */
function firstPoint(
  space: EncodedSpace,
  random: Random,
  open: (point: Float64Array) => boolean,
  fixed?: Float64Array,
): Float64Array | undefined {
  const { dimensions } = space
  const starts = dimensions.map(({ levels }) => random.below(levels))
  const point = new Float64Array(dimensions.length)
  const search = (index: number): boolean => {
    const dimension = dimensions[index]
    if (dimension === undefined) return open(point)
    if (!isActive(dimension, dimensions, point)) {
      point[index] = NaN
      return search(index + 1)
    }
    if (fixed !== undefined && !Number.isNaN(fixed[index]!)) {
      point[index] = fixed[index]!
      return search(index + 1)
    }
    for (let k = 0; k < dimension.levels; k++) {
      point[index] = dimension.at((starts[index]! + k) % dimension.levels)
      if (search(index + 1)) return true
    }
    return false
  }
  return search(0) ? point : undefined
}

/** Whether a dimension is active, given the entries of its parents. */
export function isActive({ parents }: Dimension, dimensions: readonly Dimension[], point: Float64Array): boolean {
  return parents.every(({ parent, levels }) => {
    const u = point[parent]!
    return !Number.isNaN(u) && levels.includes(dimensions[parent]!.level(u))
  })
}

/** Squared distance; a difference in an unordered dimension, or in activation, counts as 1. */
function distanceBetween(a: Float64Array, b: Float64Array, dimensions: readonly Dimension[]): number {
  let distance = 0
  for (const { index, kind } of dimensions) {
    const difference = a[index]! - b[index]!
    if (Number.isNaN(a[index]!) && Number.isNaN(b[index]!)) continue
    if (Number.isNaN(difference) || kind === 'unordered') distance += difference === 0 ? 0 : 1
    else distance += difference * difference
  }
  return distance
}

function key(point: Float64Array): string {
  return point.join()
}

function tooTight(): TrialistError {
  return new TrialistError({
    code: 'invalid_space',
    message: `the constraints refused ${limits.constraintTries} configurations in a row`,
    expected: 'constraints that a fair share of the space meets',
    remedy: 'Narrow the parameters so that most configurations meet the constraints, or list the candidates.',
  })
}
