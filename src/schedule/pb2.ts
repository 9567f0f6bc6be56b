import { knownOptions, wrongOption } from '../base/check.ts'
import type { Random } from '../base/random.ts'
import type { EncodedSpace, LogValue } from '../space/encoded.ts'
import { explored, perturbed } from './explore.ts'
import { ChangeModel } from './pb2-model.ts'
import type { Observation } from './pb2-model.ts'
import { Population } from './population.ts'
import type { Explorer, Member } from './population.ts'
import { movesOf, populationOptionNames, populationRules } from './population-rules.ts'
import type { PopulationOptions } from './population-rules.ts'
import type { SchedulerContext, SchedulerFactory } from './scheduler.ts'

export interface Pb2Options extends PopulationOptions {
  /** Parameters that may change; of a nested one all that is in it. Default: all. */
  readonly mutate?: readonly string[]
  /** Probability that a parameter in no order, which the model does not know, is drawn anew. Default: 0.25. */
  readonly resample?: number
}

/** How configurations are explored before: as `pbt` does by default. */
const unguided = { resample: 0.25, factors: [1.2, 0.8] }
/** Observations from which the model is asked. */
const observationsLeast = 4
/** Points drawn at first, and around the best one, ever nearer to it. */
const draws = 120
const refinements = 60
/** How far from the donor's configuration it may lie in each encoded dimension. */
const region = 0.35

/**
 * Population based bandits (Parker-Holder, Nguyen and Roberts, "Provably Efficient Online Hyperparameter Optimization with
 * Population-Based Bandits", NeurIPS 2020, arXiv 2002.02518, algorithm 1): as `pbt`, but the new configuration is the one that
 * maximises an upper confidence bound of how much the next interval improves, by a Gaussian process of what intervals did so
 * far. β = 0.2 + ln(0.4 n) of n observations; what others try at the moment counts as observed where deviations are concerned. It
 * lies near the donor's configuration (a trust region, as in Wan et al., "Bayesian Generational Population-Based Training", arXiv
 * 2207.09405), and while too little is known that one is perturbed as by `pbt`.
 * Parameters are encoded as their scales say. Those in no order are drawn anew now and then.
 */
export function pb2(options: Pb2Options): SchedulerFactory {
  knownOptions('pb2()', options, [...populationOptionNames, 'mutate', 'resample'])
  const rules = populationRules('pb2()', options)
  const { mutate, resample = 0.25 } = options
  if (!(resample >= 0 && resample <= 1)) throw wrongOption('pb2(): resample', 'a number from 0 to 1', resample)
  return {
    name: 'pb2',
    options: { ...options },
    capabilities: { objectivesMax: 1, pauses: true, explores: true },
    create: (context) =>
      new Population(context, rules, (_context, members) => {
        return new BanditExplorer(context, members, rules.interval, resample, movesOf('pb2()', context.space, mutate))
      }),
  }
}

class BanditExplorer implements Explorer {
  readonly #space: EncodedSpace
  readonly #history: SchedulerContext['history']
  readonly #members: ReadonlyMap<number, Member>
  readonly #interval: number
  readonly #resample: number
  readonly #moves: readonly boolean[]
  /** Moving dimensions that have an order, by index. */
  readonly #ordered: readonly number[]
  readonly #observations: Observation[] = []

  constructor(
    { space, history }: SchedulerContext,
    members: ReadonlyMap<number, Member>,
    interval: number,
    resample: number,
    moves: readonly boolean[],
  ) {
    this.#space = space
    this.#history = history
    this.#members = members
    this.#interval = interval
    this.#resample = resample
    this.#moves = moves
    this.#ordered = space.dimensions
      .filter(({ index, kind }) => moves[index] && kind !== 'unordered')
      .map(({ index }) => index)
  }

  ready(member: Member, before: { readonly used: number; readonly loss: number }): void {
    const change = (before.loss - member.loss) / (member.used - before.used)
    if (!Number.isFinite(change)) return
    const { time, point } = this.#standing(member, before.used)
    this.#observations.push({ time, point, reward: -before.loss, change })
  }

  explore(donor: Member, values: readonly LogValue[], random: Random): readonly LogValue[] {
    const from = this.#moving(this.#encoded(values))
    const point = this.#choose(donor, from, random)
    if (point === undefined) return perturbed(this.#space, values, { ...unguided, moves: this.#moves }, random)
    return explored(
      this.#space,
      values,
      ({ index, kind }, u) => {
        if (!this.#moves[index]) return u
        if (kind === 'unordered') return random.float() < this.#resample ? random.float() : u
        return point[this.#ordered.indexOf(index)]!
      },
      random,
    )
  }

  /** The moving dimensions of the most promising configuration; undefined while too little is known. */
  #choose(donor: Member, from: Float64Array, random: Random): Float64Array | undefined {
    const count = this.#observations.length
    if (count < observationsLeast || this.#ordered.length === 0) return undefined
    const time = donor.used / this.#interval
    const reward = -donor.loss
    const model = new ChangeModel(this.#observations, this.#pending())
    const beta = 0.2 + Math.max(0, Math.log(0.4 * count))
    let best = new Float64Array(this.#ordered.length)
    let highest = -Infinity
    for (let i = 0; i < draws + refinements; i++) {
      const reach = i < draws ? 1 : 0.2 * 0.97 ** (i - draws)
      const point = best.map((u, d) => {
        const centre = from[d]!
        if (Number.isNaN(centre)) return random.float()
        const drawn = i < draws ? centre + region * (2 * random.float() - 1) : u + reach * random.normal()
        return Math.min(1, centre + region, Math.max(0, centre - region, drawn))
      })
      const bound = model.bound({ time, reward, point }, beta)
      if (bound > highest) [best, highest] = [point, bound]
    }
    return best
  }

  /** What members try at the moment. */
  #pending(): Omit<Observation, 'change'>[] {
    const running = [...this.#members.values()].filter(({ loss }) => Number.isFinite(loss))
    return running.map((member) => ({ ...this.#standing(member, member.ready), reward: -member.loss }))
  }

  #standing({ trial, next }: Member, used: number): { readonly time: number; readonly point: Float64Array } {
    const point = new Float64Array(this.#space.dimensions.length)
    if (next === undefined) this.#history.point(trial, point)
    return { time: used / this.#interval, point: this.#moving(next === undefined ? point : this.#encoded(next)) }
  }

  #encoded(values: readonly LogValue[]): Float64Array {
    const point = new Float64Array(values.length)
    this.#space.readValues(values, point, 0)
    return point
  }

  #moving(point: Float64Array): Float64Array {
    return Float64Array.from(this.#ordered, (index) => point[index]!)
  }
}
