import { knownOptions, wholeFrom } from '../base/check.ts'
import { purpose, stream } from '../base/random.ts'
import type { Ended, Event, Why } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { bestFirst } from './earlier.ts'
import { startAtModes } from './prior.ts'
import { Population } from './nsga2-population.ts'
import { Breeding } from './nsga2-variation.ts'
import type { Variation } from './nsga2-variation.ts'
import { drawFromPriors } from './prior.ts'
import { Proposals } from './proposals.ts'
import { Ranking } from './ranking.ts'
import type { EarlierExperiment, Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'
import { SobolSequence } from './sobol.ts'
import { Violations, violationsOf } from './violations.ts'

export interface Nsga2Options {
  /** Trials that others descend from, at least 4. Default: 10 for each objective, 20 at least. */
  readonly populationSize?: number
  /** Trials before the first that descends from others: the middle and evenly spread ones. Default: `populationSize`, but at most a third of the experiment's trials, or 8. */
  readonly startupTrials?: number
}

/** Mutations go farther than in the paper (η = 20), as trials are few: after 200 of them 3 % more of the volume, after 1,000 none less. */
const variation: Variation = { crossover: 0.9, mutations: 1, crossoverEta: 15, mutationEta: 5 }
/** Trials of the population for each objective, and at least; a larger one covers fronts that are no better. */
const populationEach = 10
const populationLeast = 20
/** Of few trials no more than a third are drawn before others descend from them. */
const startupShare = 1 / 3
const startupLeast = 8
/** Trials that must have come out before others descend from them. */
const parentsLeast = 4
/** Children that may be refused, by constraints or as duplicates, before a trial is drawn from all of the space. */
const childAttempts = 20
/** So many of the first trials may come from earlier experiments, of which the first objective alone is known. */
const earlierMost = 5

/**
 * NSGA-II (Deb et al., "A fast and elitist multiobjective genetic algorithm: NSGA-II", IEEE TEVC 6, 2002): thousands of trials of little cost with
 * several objectives. Trials descend from two others, which are chosen by how few dominate them and by how much room they
 * have on their front. Failed trials have no descendants. Trials that were stopped early come after those that were not, the longest
 * first, unless they got as far as most; then their scores count.
 */
export function nsga2(options: Nsga2Options = {}): SearcherFactory {
  knownOptions('nsga2()', options, ['populationSize', 'startupTrials'])
  const { populationSize, startupTrials } = options
  if (populationSize !== undefined) wholeFrom('nsga2(): populationSize', populationSize, 4)
  if (startupTrials !== undefined) wholeFrom('nsga2(): startupTrials', startupTrials, 1)
  return {
    name: 'nsga2',
    options: { ...options },
    capabilities: { objectivesMax: Infinity, outcomeConstraints: true },
    create: (context) => new Nsga2(context, options),
  }
}

class Nsga2 implements Searcher {
  readonly #context: SearcherContext
  readonly #paused = new Set<number>()
  readonly #populationSize: number
  readonly #startupTrials: number | undefined
  readonly #proposals: Proposals
  readonly #sobol: SobolSequence
  readonly #ranking: Ranking
  readonly #violations: Violations
  readonly #population: Population
  readonly #breeding: Breeding
  /** The best of earlier experiments, which come first, and how many of them were suggested. */
  readonly #firsts: readonly Float64Array[]
  #firstsAsked = 0
  /** Trials that have come from elsewhere, before the first. */
  #known = 0

  constructor(context: SearcherContext, { populationSize, startupTrials }: Nsga2Options) {
    const { space, history, objectives, seed, earlier } = context
    this.#context = context
    this.#populationSize = populationSize ?? Math.max(populationLeast, populationEach * objectives.length)
    this.#startupTrials = startupTrials
    this.#proposals = new Proposals(context)
    this.#sobol = new SobolSequence(space, seed)
    const lossAt = (report: number): number => lossOf(history.reportValue(report), objectives[0]!.mode)
    this.#ranking = new Ranking(history, lossAt, Math.max(space.dimensions.length + 2, 8))
    this.#violations = new Violations(context.outcomeConstraints.length)
    this.#population = new Population(this.#populationSize)
    this.#breeding = new Breeding(space.dimensions, variation)
    const modes = startAtModes(space)
    this.#firsts = bestOf(earlier, earlierMost).map((point) => point.map((u, i) => (Number.isNaN(u) ? modes[i]! : u)))
  }

  observe(event: Event): void {
    this.#proposals.observe(event)
    if (event.type === 'suggested') {
      if (event.why.by === 'known') this.#known += 1
      else if (event.why['phase'] === 'earlier') this.#firstsAsked += 1
    }
    if (event.type === 'ended' && event.state !== 'pending') this.#end(event)
  }

  suggest(n: number): readonly Suggestion[] {
    const suggestions: Suggestion[] = []
    const draw = (trial: number, point: Float64Array, attempt: number): Why => {
      const asked = this.#firstsAsked + suggestions.filter(({ why }) => why['phase'] === 'earlier').length
      return this.#draw(trial, point, attempt, this.#firsts[asked])
    }
    return this.#proposals.propose(n, draw, suggestions)
  }

  #end(event: Ended): void {
    const { history, objectives, space } = this.#context
    const { trial } = event
    const losses = Float64Array.from(objectives, (_, k) => history.loss(trial, k))
    if (!losses.every(Number.isFinite)) return
    const standing = this.#ranking.end(event)
    if (standing === undefined) return
    const { ranked, renewed } = standing
    this.#population.renew(new Map(renewed.map((each) => [each.trial, each])))
    // It was paused, and takes part with what it had then.
    if (this.#paused.has(trial)) return
    if (event.state === 'paused') this.#paused.add(trial)
    const violations = violationsOf(history, trial)
    this.#violations.add(violations)
    const point = new Float64Array(space.dimensions.length)
    history.point(trial, point)
    this.#population.add({ trial, point, losses, ranked, violations }, this.#violations.measure())
  }

  #draw(trial: number, point: Float64Array, attempt: number, first: Float64Array | undefined): Why {
    if (first !== undefined && attempt === 0 && trial - this.#known < startupLeast) {
      point.set(first)
      return { by: 'nsga2', phase: 'earlier' }
    }
    const isStartup = trial < this.#startup() || this.#population.members.length < parentsLeast
    if (isStartup || attempt >= childAttempts) return this.#start(trial, point, attempt)
    this.#proposals.pin(trial, point)
    const random = stream(this.#context.seed, purpose.suggest, trial, attempt)
    const [a, b] = [this.#population.select(random), this.#population.select(random)]
    // Where children are refused, the next ones differ more from their parents.
    this.#breeding.breed(a.point, b.point, point, random, 1 + attempt)
    return { by: 'nsga2', phase: 'child', parents: `${a.trial} and ${b.trial}` }
  }

  /** The middle or what the user believes in, or the sequence's point; where such a one was refused, a random one. */
  #start(trial: number, point: Float64Array, attempt: number): Why {
    const { space } = this.#context
    if (trial === this.#known && attempt === 0) point.set(startAtModes(space))
    else {
      this.#sobol.write(trial, point, attempt)
      drawFromPriors(space.dimensions, point)
    }
    return { by: 'nsga2', phase: attempt >= childAttempts ? 'random' : 'startup' }
  }

  #startup(): number {
    const share = Math.ceil(startupShare * this.#context.trialsMax())
    return this.#startupTrials ?? Math.min(this.#populationSize, Math.max(startupLeast, share))
  }
}

/** The best configurations of earlier experiments by their first objective, in turn of each, `count` at most. */
function bestOf(earlier: readonly EarlierExperiment[], count: number): Float64Array[] {
  const orders = earlier.map(bestFirst)
  const inTurn = Array.from({ length: count }, (_, place) => orders.flatMap((order) => order.slice(place, place + 1)))
  return inTurn.flat().slice(0, count)
}
