import { mix, purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { normalQuantile } from '../math/normal.ts'
import { scrambledSobol } from '../math/sobol.ts'
import type { Dimension, EncodedSpace } from '../space/encoded.ts'
import { Categories } from './cmaes-categories.ts'
import { constantsOf } from './cmaes-constants.ts'
import { CmaesCore } from './cmaes-core.ts'
import { keepMargin } from './cmaes-margin.ts'

/** Draws until one lies inside; then it is moved to the edge. */
const insideDraws = 10
/** Deviations below which continuous dimensions have converged. */
const converged = 1e-9
/** Generations whose best losses differ by no more than this share of all losses have converged. */
const flat = 1e-9
/** No dimension needs more, in shares of the range. */
const deviationMost = 0.5

/** Where a run begins, in terms of the space. */
export interface RunStart {
  /** One entry a dimension, none NaN. */
  readonly mean: Float64Array
  readonly sigma: number
  /** Deviations relative to `sigma`, one a moving dimension; or their whole covariance. */
  readonly covariance?: Float64Array | undefined
  /** For each unordered dimension the probabilities of its levels. */
  readonly probabilities?: readonly Float64Array[] | undefined
}

/** The dimensions that a run moves, and those of which it chooses an option. */
export interface Moving {
  readonly numbers: readonly Dimension[]
  readonly options: readonly Dimension[]
}

export function movingOf({ dimensions }: EncodedSpace): Moving {
  const free = dimensions.filter(({ grid, levels }) => !grid && levels > 1)
  return {
    numbers: free.filter(({ kind }) => kind !== 'unordered'),
    options: free.filter(({ kind }) => kind === 'unordered'),
  }
}

/** A trial that is over, as a member of a generation. */
export interface Member {
  readonly trial: number
  readonly point: Float64Array
  /** Infinity where it failed. */
  readonly loss: number
}

/** One run of CMA-ES, from its start to the next restart. */
export class CmaesRun {
  /** Points of the current generation, and of each at least. */
  size: number
  readonly base: number
  /** Trials that it learned from. */
  spent = 0
  readonly #moving: Moving
  readonly #seed: number
  readonly #scramble: number
  readonly #core: CmaesCore | undefined
  readonly #categories: Categories
  readonly #bests: number[] = []
  #lowest = Infinity
  #highest = -Infinity

  constructor(moving: Moving, seed: number, size: number, start: RunStart) {
    const { numbers, options } = moving
    this.#moving = moving
    this.#seed = seed
    // Other points than those of the startup.
    this.#scramble = mix((seed ^ mix(Math.floor(seed / 2 ** 32), 1)) >>> 0, purpose.suggest)
    this.size = size
    this.base = size
    const { sigma, covariance } = start
    const mean = Float64Array.from(numbers, ({ index }) => start.mean[index]!)
    this.#core =
      numbers.length === 0 ? undefined : new CmaesCore(constantsOf(mean.length, size), { mean, sigma, covariance })
    this.#categories = new Categories(start.probabilities ?? options.map(({ levels }) => evenly(levels)))
    this.#keepMoving()
  }

  get sigma(): number {
    return this.#core?.sigma ?? 0
  }

  /** Draws a trial's point; `attempt` counts from 0 where earlier draws were refused. */
  draw(trial: number, attempt: number, point: Float64Array): void {
    const random = stream(this.#seed, purpose.suggest, trial, attempt)
    point.fill(0.5)
    const { numbers, options } = this.#moving
    if (this.#core !== undefined) {
      const z = new Float64Array(numbers.length)
      const at = new Float64Array(numbers.length)
      for (let tries = 0; tries < insideDraws; tries++) {
        const isEven = attempt === 0 && tries === 0
        for (let i = 0; i < z.length; i++) z[i] = isEven ? this.#even(trial, i) : random.normal()
        this.#core.place(z, at)
        if (at.every((u) => u >= 0 && u <= 1)) break
      }
      for (let i = 0; i < at.length; i++) point[numbers[i]!.index] = Math.min(1, Math.max(0, at[i]!))
    }
    for (const [c, dimension] of options.entries()) {
      point[dimension.index] = dimension.at(this.#categories.levelAt(c, random.float()))
    }
  }

  /** A standard normal number of a sequence of trials that are spread evenly (Teytaud and Gelly, "DCMA", GECCO 2007). */
  #even(trial: number, i: number): number {
    return normalQuantile(scrambledSobol(trial, i, this.#scramble))
  }

  /** Learns from a generation, best first; those that failed come last and have no weight. */
  learn(members: readonly Member[]): void {
    this.spent += members.length
    const { options } = this.#moving
    const { weights } = constantsOf(Math.max(1, this.#moving.numbers.length), members.length)
    const given = weights.map((weight, i) => (members[i]!.loss < Infinity ? weight : 0))
    const levels = members.map(({ point }) => {
      return Int32Array.from(options, (each) =>
        Number.isNaN(point[each.index]!) ? -1 : each.level(point[each.index]!),
      )
    })
    this.#categories.update(
      levels,
      given.map((weight) => Math.max(0, weight)),
    )
    if (this.#core !== undefined) {
      this.#core.resize(members.length)
      this.#core.update(
        members.map((member) => this.#coordinates(member)),
        given,
      )
    }
    this.#keepMoving()
    this.#note(members)
  }

  /** Whether nothing more is to be expected of it. */
  get isOver(): boolean {
    const core = this.#core
    if (core?.isSpent === true) return true
    const { numbers } = this.#moving
    const continuous = numbers.flatMap(({ kind }, i) => (kind === 'continuous' ? [i] : []))
    if (core !== undefined && continuous.length > 0 && continuous.every((i) => core.deviation(i) < converged))
      return true
    const generations = this.#window()
    if (this.#bests.length < generations) return false
    const recent = this.#bests.slice(-generations)
    return Math.max(...recent) - Math.min(...recent) <= flat * (this.#highest - this.#lowest)
  }

  #window(): number {
    return 10 + Math.ceil((30 * (this.#moving.numbers.length + this.#moving.options.length)) / this.size)
  }

  #note(members: readonly Member[]): void {
    const finite = members.filter(({ loss }) => Number.isFinite(loss))
    if (finite.length === 0) return
    for (const { loss } of finite) {
      this.#lowest = Math.min(this.#lowest, loss)
      this.#highest = Math.max(this.#highest, loss)
    }
    this.#bests.push(finite[0]!.loss)
    if (this.#bests.length > 2 * this.#window()) this.#bests.splice(0, this.#window())
  }

  /**
   * What a point says of the moving dimensions: a discrete one that did not leave the mean's cell says nothing, and one that was
   * inactive is drawn anew.
   */
  #coordinates({ trial, point }: Member): Float64Array {
    const core = this.#core!
    let random: Random | undefined
    return Float64Array.from(this.#moving.numbers, (dimension, i) => {
      const u = point[dimension.index]!
      const mean = core.mean[i]!
      if (Number.isNaN(u)) {
        random ??= stream(this.#seed, purpose.suggest, trial, 0, 2)
        return mean + core.deviation(i) * random.normal()
      }
      if (dimension.kind === 'ordered' && dimension.level(u) === dimension.level(clamp(mean))) return mean
      return u
    })
  }

  #keepMoving(): void {
    const core = this.#core
    if (core === undefined) return
    const { numbers } = this.#moving
    for (const [i, dimension] of numbers.entries()) {
      core.mean[i] = clamp(core.mean[i]!)
      if (core.deviation(i) > deviationMost) core.scale[i]! *= deviationMost / core.deviation(i)
      if (dimension.kind === 'ordered') keepMargin(core, i, dimension, 1 / (this.size * numbers.length))
    }
  }
}

function clamp(u: number): number {
  return Math.min(1, Math.max(0, u))
}

function evenly(levels: number): Float64Array {
  return new Float64Array(levels).fill(1 / levels)
}
