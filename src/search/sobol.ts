import { knownOptions } from '../base/check.ts'
import { mix, purpose, stream } from '../base/random.ts'
import { scrambledSobol } from '../math/sobol.ts'
import type { Activation, Dimension, EncodedSpace } from '../space/encoded.ts'
import { drawFromPriors } from './prior.ts'
import { Proposals } from './proposals.ts'
import type { SearcherFactory } from './searcher.ts'

/** Scrambled Sobol points: they fill the space, or what its priors believe, more evenly than random ones. */
export function sobol(options: object = {}): SearcherFactory {
  knownOptions('sobol()', options, [])
  return {
    name: 'sobol',
    options: {},
    capabilities: { objectivesMax: Infinity, outcomeConstraints: true, warmStart: false },
    create(context) {
      const proposals = new Proposals(context)
      const sequence = new SobolSequence(context.space, context.seed)
      return {
        observe: (event) => proposals.observe(event),
        suggest: (n) =>
          proposals.propose(n, (trial, point, attempt) => {
            sequence.write(trial, point, attempt)
            drawFromPriors(context.space.dimensions, point)
            return { by: 'sobol' }
          }),
      }
    },
  }
}

/**
 * The points of a space's scrambled Sobol sequence, by trial number: results play no part, so any number of trials may be
 * asked for at once. All cells of a grid see the same points. Dimensions that are never active together share a coordinate.
 */
export class SobolSequence {
  readonly #seed: number
  readonly #gridSize: number
  readonly #coordinates: readonly number[]

  constructor(space: EncodedSpace, seed: number) {
    this.#seed = mix((seed ^ mix(Math.floor(seed / 2 ** 32), 0)) >>> 0, purpose.scramble)
    this.#gridSize = space.gridSize
    this.#coordinates = coordinatesOf(space.dimensions)
  }

  /** Writes the point of a trial; an `attempt` above 0 draws one at random in its place. */
  write(trial: number, point: Float64Array, attempt: number): void {
    if (attempt > 0) {
      const random = stream(this.#seed, purpose.suggest, trial, attempt)
      for (let i = 0; i < point.length; i++) point[i] = random.float()
      return
    }
    const index = Math.floor(trial / this.#gridSize)
    for (let i = 0; i < point.length; i++) point[i] = scrambledSobol(index, this.#coordinates[i]!, this.#seed)
  }
}

/** For each dimension the lowest coordinate that none has with which it can be active, so that exclusive branches share. */
function coordinatesOf(dimensions: readonly Dimension[]): number[] {
  const coordinates: number[] = []
  const needs: ReadonlyMap<number, readonly number[]>[] = []
  for (const [index, { parents }] of dimensions.entries()) {
    needs.push(needsOf(parents, needs))
    const taken = new Set<number>()
    for (let other = 0; other < index; other++) {
      if (!areExclusive(needs[index]!, needs[other]!)) taken.add(coordinates[other]!)
    }
    let free = 0
    while (taken.has(free)) free += 1
    coordinates.push(free)
  }
  return coordinates
}

/** The levels that every ancestor must have. */
function needsOf(
  parents: readonly Activation[],
  known: readonly ReadonlyMap<number, readonly number[]>[],
): ReadonlyMap<number, readonly number[]> {
  const needs = new Map<number, readonly number[]>()
  const add = (gate: number, levels: readonly number[]): void => {
    const before = needs.get(gate)
    needs.set(gate, before === undefined ? levels : before.filter((level) => levels.includes(level)))
  }
  for (const { parent, levels } of parents) {
    for (const [gate, needed] of known[parent]!) add(gate, needed)
    add(parent, levels)
  }
  return needs
}

/** True where both need one gate at different levels. */
function areExclusive(a: ReadonlyMap<number, readonly number[]>, b: ReadonlyMap<number, readonly number[]>): boolean {
  for (const [gate, levels] of a) {
    const others = b.get(gate)
    if (others !== undefined && !others.some((level) => levels.includes(level))) return true
  }
  return false
}
