import { finiteAbove, knownOptions, wholeFrom, wrongOption } from '../base/check.ts'
import { purpose, stream } from '../base/random.ts'
import type { Ended, Event, Why } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { Regimes } from './cmaes-regimes.ts'
import { CmaesRun, movingOf } from './cmaes-run.ts'
import type { Moving, RunStart } from './cmaes-run.ts'
import { startFrom, startFromEarlier } from './cmaes-start.ts'
import { startAtModes } from './prior.ts'
import { Standings } from './cmaes-standings.ts'
import type { Placed } from './cmaes-standings.ts'
import { drawFromPriors } from './prior.ts'
import { Proposals } from './proposals.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'
import { SobolSequence } from './sobol.ts'

export interface CmaesOptions {
  /** Trials of a generation, at least 4; as many as run at once where those are more. Default: by the number of dimensions, 5 or more; twice as many where scores are `noisy`. */
  readonly populationSize?: number
  /** The first standard deviation as a share of each parameter's range, above 0 and at most 1. Default: 0.15. */
  readonly sigma?: number
  /** Trials that are over before the first generation: the middle and evenly spread ones. Default: 4; 3 where the experiment has fewer than 32. */
  readonly startupTrials?: number
}

/** Draws that may be refused before a trial is drawn from all of the space. */
const modelAttempts = 100
const sigmaFirst = 0.15
/** Trials before the first generation, and of a generation in few dimensions (all three ablated). */
const startupFirst = 4
const sizeLeast = 5

/**
 * CMA-ES: many trials of little cost, numeric parameters above all. The covariance matrix adaptation evolution strategy with
 * restarts (BIPOP), a margin for discrete parameters and probabilities for unordered ones.
 */
export function cmaes(options: CmaesOptions = {}): SearcherFactory {
  knownOptions('cmaes()', options, ['populationSize', 'sigma', 'startupTrials'])
  const { populationSize, sigma, startupTrials } = options
  if (populationSize !== undefined) wholeFrom('cmaes(): populationSize', populationSize, 4)
  if (sigma !== undefined && finiteAbove('cmaes(): sigma', sigma, 0) > 1) {
    throw wrongOption('cmaes(): sigma', 'a number above 0 and at most 1', sigma)
  }
  if (startupTrials !== undefined) wholeFrom('cmaes(): startupTrials', startupTrials, 1)
  return factory(options)
}

/**
 * The same for a searcher that hands over to it: it begins when so many trials are over, whoever suggested them, from the
 * best tenth of them.
 */
export function cmaesAfter(trials: number): SearcherFactory {
  return factory({ startupTrials: trials })
}

function factory(options: CmaesOptions): SearcherFactory {
  return {
    name: 'cmaes',
    options: { ...options },
    capabilities: { objectivesMax: 1, outcomeConstraints: true },
    create: (context) => new Cmaes(context, options),
  }
}

class Cmaes implements Searcher {
  readonly #context: SearcherContext
  readonly #proposals: Proposals
  readonly #sobol: SobolSequence
  readonly #moving: Moving
  readonly #standings: Standings
  readonly #regimes: Regimes
  readonly #size: number
  readonly #sigma: number
  readonly #startupTrials: number
  /** The best of earlier experiments, which comes first. */
  readonly #firsts: readonly Float64Array[]
  /** Trials that are over before the first run began. */
  #startup: Placed[] = []
  #over = 0
  /** Trials that have come from elsewhere, before the first. */
  #known = 0
  #run: CmaesRun | undefined
  #restarts = 0
  /** Rises with each generation, and by more with a restart. */
  #generation = 0
  /** The generations of own trials that run. */
  readonly #pending = new Map<number, number>()
  #members: Placed[] = []
  /** Trials that were paused, and may end again. */
  readonly #paused = new Set<number>()
  /** The best of the run so far. */
  #elite: Placed | undefined

  constructor(context: SearcherContext, options: CmaesOptions) {
    const { space, history, objectives, seed, earlier } = context
    this.#context = context
    this.#proposals = new Proposals(context)
    this.#sobol = new SobolSequence(space, seed)
    this.#moving = movingOf(space)
    const d = this.#moving.numbers.length + this.#moving.options.length
    this.#size = options.populationSize ?? sizeOf(d, context.noisy === true)
    this.#sigma = options.sigma ?? sigmaFirst
    this.#startupTrials = options.startupTrials ?? (context.trialsMax() < 32 ? 3 : startupFirst)
    this.#regimes = new Regimes(this.#size, this.#sigma)
    const lossAt = (report: number): number => lossOf(history.reportValue(report), objectives[0]!.mode)
    this.#standings = new Standings(context, lossAt)
    const start = startFromEarlier(space, this.#moving, earlier)
    this.#firsts = start?.firsts ?? []
    if (start !== undefined) this.#begin(start, this.#size)
  }

  observe(event: Event): void {
    this.#proposals.observe(event)
    if (event.type === 'suggested') {
      if (event.why.by === 'cmaes') this.#pending.set(event.trial, this.#generation)
      else if (event.why.by === 'known') this.#known += 1
    }
    // Its generation learnt from it when it failed.
    if (event.type === 'reopened') this.#paused.add(event.trial)
    if (event.type === 'ended' && event.state !== 'pending') this.#end(event)
  }

  suggest(n: number): readonly Suggestion[] {
    return this.#proposals.propose(n, (trial, point, attempt) => this.#draw(trial, point, attempt))
  }

  #draw(trial: number, point: Float64Array, attempt: number): Why {
    const { space } = this.#context
    const own = trial - this.#known
    const first = attempt === 0 ? this.#firsts[own] : undefined
    if (first !== undefined) {
      point.set(first)
      return { by: 'cmaes', phase: 'earlier' }
    }
    if (this.#run !== undefined && attempt < modelAttempts) {
      this.#run.draw(trial, attempt, point)
      return { by: 'cmaes', phase: 'model', generation: this.#generation, sigma: rounded(this.#run.sigma) }
    }
    if (own === 0 && attempt === 0) point.set(startAtModes(space))
    else {
      this.#sobol.write(trial, point, attempt)
      drawFromPriors(space.dimensions, point)
    }
    return { by: 'cmaes', phase: this.#run === undefined ? 'startup' : 'random' }
  }

  #end(event: Ended): void {
    const { history, space } = this.#context
    const { trial } = event
    const isAgain = this.#paused.has(trial)
    if (event.state === 'paused') this.#paused.add(trial)
    const generation = this.#pending.get(trial)
    this.#pending.delete(trial)
    if (!isAgain) this.#over += 1
    const point = new Float64Array(space.dimensions.length)
    history.point(trial, point)
    const member = { trial, point, ...this.#standings.end(event) }
    this.#members = this.#standings.renew(this.#members)
    this.#startup = this.#standings.renew(this.#startup)
    if (this.#elite !== undefined) this.#elite = this.#standings.renew([this.#elite])[0]
    // Its generation learnt from it when it was paused, or had failed.
    if (isAgain) return
    if (this.#run === undefined) {
      this.#startup.push(member)
      if (this.#over >= this.#startupTrials) this.#beginFromTrials()
      return
    }
    // What belongs to an older generation says little of where this one is.
    if (generation === undefined || this.#generation - generation > 1) return
    this.#members.push(member)
    if (this.#members.length >= this.#run.size) this.#learn(this.#run)
  }

  #beginFromTrials(): void {
    const best = this.#standings.sorted(this.#startup)
    this.#startup = []
    this.#elite = best[0]?.ranked && best[0]
    this.#begin(startFrom(this.#context.space, this.#moving, best, this.#sigma), this.#size)
  }

  #begin(start: RunStart, size: number): void {
    this.#run = new CmaesRun(this.#moving, this.#context.seed, size, start)
    this.#run.size = Math.max(size, this.#pending.size)
    this.#generation += 1
  }

  /**
   * The trials to learn from, best first. The best of the run takes part in every generation, which makes the most of few
   * trials; where scores are noisy it may just have been lucky.
   */
  #generationOf(): Placed[] {
    const members = this.#standings.sorted(this.#members)
    if (this.#context.noisy === true) return members
    const elite = this.#elite
    const all = elite === undefined ? members : this.#standings.sorted([...members, elite])
    if (all[0]?.ranked !== undefined) this.#elite = all[0]
    return all[0] === elite ? all : members
  }

  #learn(run: CmaesRun): void {
    run.learn(this.#generationOf())
    this.#members = []
    this.#generation += 1
    run.size = Math.max(run.base, this.#pending.size)
    if (!run.isOver) return
    this.#restarts += 1
    this.#elite = undefined
    const { space, seed } = this.#context
    const random = stream(seed, purpose.order, this.#restarts)
    const { size, sigma } = this.#regimes.next(run.spent, random)
    const mean = startAtModes(space).map(() => random.float())
    drawFromPriors(space.dimensions, mean)
    this.#generation += 1
    this.#begin({ mean, sigma }, size)
  }
}

/** Small, as trials are few; larger ones average noise. */
function sizeOf(d: number, isNoisy: boolean): number {
  const size = Math.max(sizeLeast, Math.floor(3 * Math.log(Math.max(1, d))))
  return isNoisy ? 2 * size : size
}

function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
