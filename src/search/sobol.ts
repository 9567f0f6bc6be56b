import { knownOptions } from '../base/check.ts'
import { mix, purpose, stream } from '../base/random.ts'
import { scrambledSobol } from '../math/sobol.ts'
import type { Dimension, EncodedSpace } from '../space/encoded.ts'
import { Proposals } from './proposals.ts'
import type { SearcherFactory } from './searcher.ts'

/** Scrambled Sobol points: they fill the space more evenly than random ones. */
export function sobol(options: object = {}): SearcherFactory {
  knownOptions('sobol()', options, [])
  return {
    name: 'sobol',
    options: {},
    capabilities: { objectivesMax: Infinity },
    create(context) {
      const proposals = new Proposals(context)
      const sequence = new SobolSequence(context.space, context.seed)
      return {
        observe: (event) => proposals.observe(event),
        suggest: (n) =>
          proposals.propose(n, (trial, point, attempt) => {
            sequence.write(trial, point, attempt)
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
    this.#seed = mix(seed >>> 0, purpose.scramble)
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

/** The coordinate of each dimension: its place on the path from the root, so that exclusive branches share theirs. */
function coordinatesOf(dimensions: readonly Dimension[]): number[] {
  const coordinates: number[] = []
  const roots = dimensions.filter(({ parents }) => parents.length === 0).length
  /** The next free coordinate of each branch: a gate at one set of levels. */
  const next = new Map<string, number>()
  let root = 0
  for (const { parents } of dimensions) {
    if (parents.length === 0) {
      coordinates.push(root++)
      continue
    }
    const branch = JSON.stringify(parents)
    const ancestors = parents.map(({ parent }) => coordinates[parent]! + 1)
    const coordinate = next.get(branch) ?? Math.max(roots, ...ancestors, ...overlapping(next, parents, branch))
    next.set(branch, coordinate + 1)
    coordinates.push(coordinate)
  }
  return coordinates
}

/** The free coordinates of branches that may be active together with this one. */
function overlapping(next: ReadonlyMap<string, number>, parents: Dimension['parents'], branch: string): number[] {
  const found: number[] = []
  for (const [other, coordinate] of next) {
    if (other !== branch && !areExclusive(parents, JSON.parse(other) as Dimension['parents'])) found.push(coordinate)
  }
  return found
}

/** True where both hang on one gate at different levels. */
function areExclusive(a: Dimension['parents'], b: Dimension['parents']): boolean {
  return a.some((one) =>
    b.some((two) => one.parent === two.parent && !one.levels.some((level) => two.levels.includes(level))),
  )
}
