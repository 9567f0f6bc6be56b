import { TrialistError } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import { mix, purpose, stream } from '../base/random.ts'
import type { Dimension, EncodedSpace } from '../space/encoded.ts'
import type { Event, Why } from '../trial/event.ts'
import { Lattice } from './lattice.ts'
import { Candidates } from './listing.ts'
import type { Listing } from './listing.ts'
import { Remaining } from './remaining.ts'
import type { SearcherContext, Suggestion } from './searcher.ts'

/** Draws a point for a trial; `attempt` counts from 0 where earlier draws were not allowed. */
export type Draw = (trial: number, point: Float64Array, attempt: number) => Why

/** Draws that may be duplicates before one of the configurations that are left is taken instead. */
const duplicateDraws = 10
/** The same where what is left can't be counted: then a duplicate is taken. */
const duplicateDrawsAtMost = 30
/** Of so many candidates that are left the nearest to a draw is taken. */
const candidatesCompared = 2_048

/**
 * What every searcher owes its user, once: `grid` dimensions are crossed with the samples, constraints and candidates are
 * kept, and no configuration is asked for twice where that can be helped: in a finite space, or in a discrete part of an
 * infinite one.
 */
export class Proposals {
  readonly #space: EncodedSpace
  readonly #context: SearcherContext
  readonly #grid: readonly Dimension[]
  readonly #candidates: Candidates | undefined
  /** All configurations, where they can be listed. */
  readonly #lattice: Lattice | undefined
  readonly #canRepeat: boolean
  /** True where any draw is allowed as it is. */
  readonly #free: boolean
  /** Configurations that were suggested, as keys; only where they can repeat. */
  readonly #seen = new Set<number>()
  /** Those of the batch that is being suggested. */
  readonly #batch = new Set<number>()
  /** Batches so far. */
  #batches = 0
  /** What is left, of all (−1) or of one cell of the grid. */
  readonly #remaining = new Map<number, Remaining>()

  constructor(context: SearcherContext) {
    const { space } = context
    const { candidates, dimensions } = space
    this.#context = context
    this.#space = space
    this.#grid = dimensions.filter(({ grid }) => grid)
    this.#candidates = candidates && new Candidates(space, candidates)
    this.#lattice = candidates === undefined && space.size <= limits.finiteSpace ? latticeOf(dimensions) : undefined
    // A continuous dimension never has the same value twice.
    this.#canRepeat =
      candidates !== undefined || !dimensions.some(({ kind, parents }) => kind === 'continuous' && parents.length === 0)
    this.#free = !this.#canRepeat && !space.constrained && this.#grid.length === 0
  }

  /** Must be handed every event. */
  observe(event: Event): void {
    if (!this.#canRepeat || event.type !== 'suggested') return
    const point = new Float64Array(this.#space.dimensions.length)
    this.#context.history.point(event.trial, point)
    const key = this.#key(point)
    if (key >= 0) this.#seen.add(key)
  }

  /** Suggestions for the next `n` trials, written to the end of `suggestions`; fewer where nothing is left. */
  propose(n: number, draw: Draw, suggestions: Suggestion[] = []): Suggestion[] {
    if (this.#free) {
      const first = this.#context.history.trials
      for (let trial = first; trial < first + n; trial++) suggestions.push(this.#draw(trial, draw, 0))
      return suggestions
    }
    return this.#collect(n, suggestions, (trial) => this.#allowed(trial, draw))
  }

  /** Suggestions for the next `n` trials out of what is left of a finite space, in a random order. */
  enumerate(n: number, why: Why): Suggestion[] {
    return this.#collect(n, [], (trial) => this.#left(trial, why))
  }

  /** In place: sets the `grid` dimensions to the cell of a trial, so that the cells are visited in turn. */
  pin(trial: number, point: Float64Array): void {
    let rest = trial % this.#space.gridSize
    for (const dimension of this.#grid) {
      point[dimension.index] = dimension.at(rest % dimension.levels)
      rest = Math.floor(rest / dimension.levels)
    }
  }

  /** Whether a point meets the constraints and was not suggested, also not in the batch so far. */
  allows(point: Float64Array): boolean {
    if (!this.#canRepeat && !this.#space.constrained) return true
    const activated = point.slice()
    this.#space.activate(activated)
    return this.#isOpen(activated)
  }

  /**
   * Candidates that are left for a trial, 2,048 at most, in a random order: of its own grid cell, else of all; undefined where there
   * is no list of candidates.
   */
  candidatesLeft(trial: number): readonly Float64Array[] | undefined {
    if (this.#candidates === undefined) return undefined
    const isOpen = (candidate: Float64Array): boolean => !this.#isTaken(candidate)
    const cells = this.#grid.length === 0 ? [-1] : [trial % this.#space.gridSize, -1]
    for (const cell of cells) {
      const left = this.#remainingIn(cell).some(candidatesCompared, isOpen)
      if (left.length > 0) return left
    }
    return []
  }

  #isOpen(point: Float64Array): boolean {
    if (this.#canRepeat && this.#isTaken(point)) return false
    return !this.#space.constrained || this.#space.feasible(this.#space.decode(point))
  }

  #collect(n: number, suggestions: Suggestion[], propose: (trial: number) => Suggestion | undefined): Suggestion[] {
    const first = this.#context.history.trials
    this.#batch.clear()
    this.#batches += 1
    for (let trial = first; trial < first + n; trial++) {
      const suggestion = propose(trial)
      if (suggestion === undefined) break
      if (this.#canRepeat) this.#batch.add(this.#key(suggestion.point))
      suggestions.push(suggestion)
    }
    if (suggestions.length === 0 && n > 0 && this.#seen.size === 0) throw noneAllowed()
    return suggestions
  }

  #draw(trial: number, draw: Draw, attempt: number): Suggestion {
    const point = new Float64Array(this.#space.dimensions.length)
    const why = draw(trial, point, attempt)
    this.pin(trial, point)
    this.#space.activate(point)
    return { point, why }
  }

  /** The first draw that is allowed, else whatever is left. */
  #allowed(trial: number, draw: Draw): Suggestion | undefined {
    // Asked again at each event, a model is not to think about an empty list.
    if (this.#isExhausted()) return undefined
    if (this.#candidates !== undefined) return this.#nearestCandidate(this.#draw(trial, draw, 0), trial)
    const isFinite = this.#lattice !== undefined
    const tries = isFinite ? duplicateDraws : limits.constraintTries
    let duplicate: Suggestion | undefined
    for (let attempt = 0; attempt < tries; attempt++) {
      const suggestion = this.#draw(trial, draw, attempt)
      if (this.#isOpen(suggestion.point)) return suggestion
      if (isFinite || !this.#isTaken(suggestion.point)) continue
      duplicate ??= suggestion
      if (attempt >= duplicateDrawsAtMost) break
    }
    if (isFinite) return this.#left(trial, { by: this.#draw(trial, draw, 0).why.by, phase: 'left' })
    if (duplicate === undefined) throw tooTight()
    return duplicate
  }

  #isExhausted(): boolean {
    if (this.#candidates === undefined && this.#lattice === undefined) return false
    return this.#remainingIn(-1).some(1, (point) => this.#isOpen(point)).length === 0
  }

  /** A configuration that is left, first of the trial's own grid cell; undefined where the space is exhausted. */
  #left(trial: number, why: Why): Suggestion | undefined {
    const isOpen = (point: Float64Array): boolean => this.#isOpen(point)
    const inCell =
      this.#grid.length === 0 ? undefined : this.#remainingIn(trial % this.#space.gridSize).take(this.#batches, isOpen)
    const point = inCell ?? this.#remainingIn(-1).take(this.#batches, isOpen)
    return point && { point: point.slice(), why }
  }

  #remainingIn(cell: number): Remaining {
    const known = this.#remaining.get(cell)
    if (known !== undefined) return known
    const fixed = new Float64Array(this.#space.dimensions.length).fill(NaN)
    if (cell >= 0) this.pin(cell, fixed)
    const listing =
      this.#candidates === undefined
        ? latticeOf(this.#space.dimensions, fixed)
        : within(this.#candidates, fixed, this.#grid)
    const isClosed = (each: Float64Array): boolean =>
      this.#seen.has(this.#key(each)) || (this.#space.constrained && !this.#space.feasible(this.#space.decode(each)))
    const made = new Remaining(listing, stream(this.#context.seed, purpose.order).uint32(), isClosed)
    this.#remaining.set(cell, made)
    return made
  }

  /** The candidate closest to a draw among those that are left, first of the trial's own grid cell. */
  #nearestCandidate({ point, why }: Suggestion, trial: number): Suggestion | undefined {
    if (this.#grid.length === 0 && this.#candidates!.find(point) >= 0 && !this.#isTaken(point)) return { point, why }
    let nearest: Float64Array | undefined
    let shortest = Infinity
    for (const candidate of this.candidatesLeft(trial)!) {
      const distance = distanceBetween(point, candidate, this.#space.dimensions)
      if (distance >= shortest) continue
      nearest = candidate
      shortest = distance
    }
    return nearest && { point: nearest.slice(), why }
  }

  #isTaken(point: Float64Array): boolean {
    const key = this.#key(point)
    return key >= 0 && (this.#seen.has(key) || this.#batch.has(key))
  }

  /** What tells configurations apart; negative for one that can't come again, or is no candidate. */
  #key(point: Float64Array): number {
    if (this.#candidates !== undefined) return this.#candidates.find(point)
    return this.#lattice === undefined ? hashOf(point, this.#space.dimensions) : this.#lattice.find(point)
  }
}

/** All configurations of a finite space, or those of a grid cell; `cell` is NaN where a dimension is not fixed. */
function latticeOf(dimensions: readonly Dimension[], cell?: Float64Array): Lattice {
  return new Lattice(dimensions, (dimension) => {
    const fixed = cell?.[dimension.index] ?? NaN
    if (!Number.isNaN(fixed)) return { count: 1, at: () => fixed }
    return { count: dimension.levels, at: (level) => dimension.at(level) }
  })
}

/** The candidates of a grid cell. */
function within({ points }: Candidates, cell: Float64Array, grid: readonly Dimension[]): Listing {
  const members = points.filter((point) =>
    grid.every(
      ({ index }) => Number.isNaN(cell[index]!) || Number.isNaN(point[index]!) || point[index] === cell[index],
    ),
  )
  return { size: members.length, at: (index) => members[index]! }
}

/** 53 bits that stand for a discrete configuration: two that are taken for one would cost no more than a draw. */
function hashOf(point: Float64Array, dimensions: readonly Dimension[]): number {
  let low = 0
  let high = 1
  for (let i = 0; i < point.length; i++) {
    const u = point[i]!
    const dimension = dimensions[i]!
    if (!Number.isNaN(u) && dimension.kind === 'continuous') return -1
    const level = Number.isNaN(u) ? -1 : dimension.level(u)
    low = mix(low, level)
    high = mix(high, level)
  }
  return low * 2 ** 21 + (high >>> 11)
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

/** Whether a dimension is active, given the entries of its parents. */
export function isActive({ parents }: Dimension, dimensions: readonly Dimension[], point: Float64Array): boolean {
  return parents.every(({ parent, levels }) => {
    const u = point[parent]!
    return !Number.isNaN(u) && levels.includes(dimensions[parent]!.level(u))
  })
}

function tooTight(): TrialistError {
  return new TrialistError({
    code: 'invalid_space',
    message: `the constraints refused ${limits.constraintTries} configurations in a row`,
    expected: 'constraints that a fair share of the space meets',
    remedy: 'Narrow the parameters so that most configurations meet the constraints, or list the candidates.',
  })
}

function noneAllowed(): TrialistError {
  return new TrialistError({
    code: 'invalid_space',
    message: 'no configuration of this space meets the constraints',
    remedy: 'Loosen the constraints, or widen the parameters.',
  })
}
