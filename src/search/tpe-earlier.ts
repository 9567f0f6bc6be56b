import { bestFirst } from './earlier.ts'
import { Parzen } from './parzen.ts'
import type { Columns } from './parzen-columns.ts'
import { betterOf } from './ranking.ts'
import type { EarlierExperiment } from './searcher.ts'

/** Of each earlier experiment: its better configurations, at most, and of the others so many, the worst left out first. */
const betterMost = 10
const worseMost = 100
/** Trials that tell how far earlier experiments can be trusted: the first ones. */
const comparedMost = 50

/** The best configurations of an earlier experiment, best first: as many as `tpe` would take for the better part. */
export function bestOf(experiment: EarlierExperiment): readonly Float64Array[] {
  return bestFirst(experiment).slice(0, betterOf(experiment.points.length, betterMost))
}

/**
 * What earlier experiments say of the dimensions of a group, and how far this one's trials agree: Kendall's rank correlation of
 * their losses with what the earlier densities predict. A source that points the wrong way is found out by the first trials.
 */
export class EarlierTrials {
  /** Those of the better part that have all of the dimensions. */
  readonly better: readonly Float64Array[]
  readonly #columns: Columns
  readonly #good: Parzen
  readonly #bad: Parzen
  readonly #compared = new Map<number, { readonly predicted: number; readonly loss: number }>()
  #concordance = 0

  constructor(columns: Columns, earlier: readonly EarlierExperiment[]) {
    const isWhole = (point: Float64Array): boolean => columns.dimensions.every(({ index }) => point[index]! >= 0)
    this.#columns = columns
    this.better = earlier.flatMap(bestOf).filter(isWhole)
    this.#good = new Parzen(columns)
    this.#bad = new Parzen(columns)
    this.better.forEach((point, i) => this.#good.insert(i, point))
    earlier
      .flatMap((each) => bestFirst(each).slice(betterOf(each.points.length, betterMost)).slice(0, worseMost))
      .filter(isWhole)
      .forEach((point, i) => this.#bad.insert(i, point))
    this.#good.prepare()
    this.#bad.prepare()
  }

  /** From 0, where they can't be trusted, to 1. */
  get agreement(): number {
    const pairs = (this.#compared.size * (this.#compared.size - 1)) / 2
    return pairs === 0 ? 0 : Math.max(0, this.#concordance / pairs)
  }

  /** Takes note of a trial's loss. */
  compare(trial: number, point: Float64Array, loss: number): void {
    if (this.better.length === 0 || this.#compared.has(trial) || this.#compared.size === comparedMost) return
    this.#columns.read(point)
    const predicted = this.#bad.logDensity() - this.#good.logDensity()
    for (const other of this.#compared.values()) {
      this.#concordance += Math.sign(predicted - other.predicted) * Math.sign(loss - other.loss)
    }
    this.#compared.set(trial, { predicted, loss })
  }
}
