import { knownOptions, wholeFrom, wrongOption } from '../base/check.ts'
import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { createKernels } from '../math/kernels.ts'
import type { Kernels } from '../math/kernels.ts'
import { visibleReports } from '../trial/columns.ts'
import type { Event, Reported, Why } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { isApart } from './apart.ts'
import { candidatesOf } from './gp-candidates.ts'
import { Features } from './gp-features.ts'
import { conditionedInPart, GpModel } from './gp-model.ts'
import type { Conditioned } from './gp-model.ts'
import { PriorBonus } from './gp-prior.ts'
import { regionOf } from './gp-region.ts'
import { AcquisitionSearch } from './gp-search.ts'
import type { Found } from './gp-search.ts'
import { cascade, summed } from './mfes-cascade.ts'
import type { Cascade } from './mfes-cascade.ts'
import { ensembleImprovement, rankingWeights } from './mfes-ensemble.ts'
import type { Level } from './mfes-ensemble.ts'
import { drawFromPriors } from './prior.ts'
import { Proposals } from './proposals.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'
import { SobolSequence } from './sobol.ts'

export interface MfesOptions {
  /**
   * How the rungs' models are combined: `ranking`, weighted by how well each orders the highest rung's results; `recursive`, each a
   * correction of the one below. Default: `ranking`.
   */
  readonly weights?: 'ranking' | 'recursive'
  /** Trials that were judged before the models are asked. Default: 6. */
  readonly startupTrials?: number
}

/** Levels that are modelled, and trials that stand at one so that it is. */
const levelsMost = 7
const levelTrials = 3
/** Results that a level needs to be the target (Li et al. 2022). */
const targetLeast = 6
const modelAttempts = 10
const centers = 5
/** Suggestions keep this distance, in one dimension at least, from what is known, and from what is being evaluated. */
const apartFromKnown = 0.01
const apartFromPending = 0.06
const slowFrom = 30

/**
 * Multi-fidelity ensemble of Gaussian processes, one for each rung at which a scheduler compares trials (Li et al.,
 * "MFES-HB", AAAI 2021; weights and use of all rungs as in "Hyper-Tune", VLDB 2022): what the lower rungs, of which there are many
 * results, say of the highest counts as far as they order its results well; or, with recursive weights, as far as they explain its
 * values (`cascade`), which also takes from a rung that is opposed, and nothing from one that is chance. For use with `asha` or `hyperband`; the levels are the
 * steps at which trials ended or were paused. Where none is, it is one process. Failed trials teach it nothing.
 */
export function mfes(options: MfesOptions = {}): SearcherFactory {
  knownOptions('mfes()', options, ['weights', 'startupTrials'])
  const { weights = 'ranking' } = options
  if (weights !== 'ranking' && weights !== 'recursive') {
    throw wrongOption('mfes(): weights', "'ranking' or 'recursive'", weights)
  }
  const startupTrials = wholeFrom('mfes(): startupTrials', options.startupTrials ?? 6, 2)
  return {
    name: 'mfes',
    options: { ...options },
    capabilities: { objectivesMax: 1, warmStart: false },
    create: (context) => new Mfes(context, startupTrials, weights === 'recursive'),
  }
}

/** A level, with the trials behind its rows. */
interface Recorded extends Level {
  readonly step: number
  readonly trials: readonly number[]
}

class Mfes implements Searcher {
  readonly #context: SearcherContext
  readonly #startupTrials: number
  readonly #proposals: Proposals
  readonly #sobol: SobolSequence
  readonly #features: Features
  readonly #models = new Map<number, GpModel>()
  readonly #recursive: boolean
  readonly #foldKernels: Kernels = createKernels()
  readonly #levelKernels: Kernels[] = []
  /** How many trials ended or were paused at a step. */
  readonly #ends = new Map<number, number>()
  /** Trials without a result. */
  readonly #pending = new Set<number>()
  readonly #judged = new Set<number>()
  /** The newest step of each trial. */
  readonly #steps = new Map<number, number>()

  constructor(context: SearcherContext, startupTrials: number, recursive: boolean) {
    this.#context = context
    this.#recursive = recursive
    this.#startupTrials = startupTrials
    this.#proposals = new Proposals(context)
    this.#sobol = new SobolSequence(context.space, context.seed)
    this.#features = new Features(context.space)
  }

  get slow(): boolean {
    return this.#judged.size >= slowFrom
  }

  observe(event: Event): void {
    this.#proposals.observe(event)
    if (event.type === 'suggested' || event.type === 'reopened') this.#pending.add(event.trial)
    else if (event.type === 'reported' && event.judged) {
      this.#reported(event)
    } else if (event.type === 'ended' && event.state !== 'pending') this.#ended(event.trial)
  }

  #reported({ trial, step }: Reported): void {
    this.#pending.delete(trial)
    this.#judged.add(trial)
    // What a later attempt supersedes changes what models were fitted to.
    if (step <= (this.#steps.get(trial) ?? -Infinity)) this.#models.clear()
    this.#steps.set(trial, step)
  }

  #ended(trial: number): void {
    this.#pending.delete(trial)
    const { history } = this.#context
    const report = history.lastReport(trial)
    if (report < 0) return
    const step = history.reportStep(report)
    this.#ends.set(step, (this.#ends.get(step) ?? 0) + 1)
  }

  suggest(n: number): readonly Suggestion[] {
    const first = this.#context.history.trials
    const suggestions: Suggestion[] = []
    let found: readonly Found[] = []
    let foundFor = -1
    const draw = (trial: number, point: Float64Array, attempt: number): Why => {
      if (this.#judged.size < this.#startupTrials || attempt >= modelAttempts) return this.#start(trial, point, attempt)
      if (foundFor !== trial) {
        const batch = suggestions.slice(suggestions.length - (trial - first)).map((each) => each.point)
        found = this.#search(trial, batch)
        foundFor = trial
      }
      const chosen = found[attempt]
      if (chosen === undefined) return this.#start(trial, point, modelAttempts)
      point.set(chosen.point)
      return { by: 'mfes', phase: 'model', logEi: Number(chosen.value.toPrecision(4)) }
    }
    return this.#proposals.propose(n, draw, suggestions)
  }

  #start(trial: number, point: Float64Array, attempt: number): Why {
    const { space } = this.#context
    if (trial === 0 && attempt === 0) point.set(space.center().map((u) => (Number.isNaN(u) ? 0.5 : u)))
    else {
      this.#sobol.write(trial, point, attempt)
      drawFromPriors(space.dimensions, point)
    }
    return { by: 'mfes', phase: attempt >= modelAttempts ? 'random' : 'startup' }
  }

  #search(trial: number, batch: readonly Float64Array[]): readonly Found[] {
    const levels = this.#levels()
    const lowest = levels[0]
    if (lowest === undefined) return []
    const { space, seed, trialsMax } = this.#context
    const { dimensions } = space
    const waiting = [...this.#pending].map((each) => this.#pointOf(each)).concat(batch)
    const models = levels.map(({ step, rows, losses }) =>
      this.#modelOf(step).condition({ rows, losses }, this.#rowsOf(waiting)),
    )
    const random = stream(seed, purpose.suggest, trial, 0, 1)
    const { posteriors, weights: shares } = this.#combined(models, levels, this.#rowsOf(waiting), random)
    const means = summed(this.#features, { posteriors, weights: shares }, lowest.rows, lowest.losses.length)
    const order = Array.from(means, (_, i) => i).toSorted((a, b) => means[a]! - means[b]!)
    const points = lowest.trials.map((each) => this.#pointOf(each))
    const best = order.slice(0, centers).map((i) => points[i]!)
    const settle = (point: Float64Array): boolean => {
      this.#proposals.pin(trial, point)
      space.activate(point)
      return this.#proposals.allows(point)
    }
    const { hyper } = models.at(-1)!
    const lengthscales = Float64Array.from(this.#features.first, (coordinate) => hyper.lengthscales[coordinate]!)
    const region = regionOf(dimensions, lowest.losses, best[0]!, lengthscales)
    const bonus = new PriorBonus(dimensions, (trialsMax() < Infinity ? trialsMax() / 10 : 10) / this.#judged.size)
    const criterion = ensembleImprovement(means[order[0]!]!, shares)
    const search = new AcquisitionSearch(this.#features, dimensions, posteriors, criterion, { bonus, region, settle })
    const listed = this.#proposals.candidatesLeft(trial)
    if (listed !== undefined) return search.best(listed)
    const found = search.maximise(
      candidatesOf(dimensions, region, best, random).filter(settle),
      best.slice(0, 1),
      random,
    )
    return found.filter(({ point }) => {
      return isApart(point, points, apartFromKnown) && isApart(point, waiting, apartFromPending)
    })
  }

  #combined(
    models: readonly Conditioned[],
    levels: readonly Recorded[],
    waiting: Float64Array,
    random: Random,
  ): Cascade {
    if (this.#recursive) {
      while (this.#levelKernels.length < levels.length) this.#levelKernels.push(createKernels())
      return cascade(this.#features, models, levels, waiting, this.#levelKernels)
    }
    const weights = rankingWeights(this.#features, models, levels.at(-1)!, this.#foldKernels, random)
    const used = models.map((_, i) => i).filter((i) => weights[i]! > 0)
    return { posteriors: used.map((i) => models[i]!.posterior), weights: used.map((i) => weights[i]!) }
  }

  /** By rising step; the last one is the target: the highest that has enough results, of which the lowest has most. */
  #levels(): readonly Recorded[] {
    const steps = [...this.#ends].filter(([, trials]) => trials >= levelTrials)
    const most = steps.toSorted((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, levelsMost)
    const rising = most.map(([step]) => step).toSorted((a, b) => a - b)
    const recorded = (rising.length > 0 ? rising : [-Infinity]).map((step) => this.#recorded(step))
    const enough = recorded.filter(({ losses }) => losses.length >= targetLeast)
    return enough.length > 0 ? enough : [this.#recorded(-Infinity)]
  }

  /** The first value of each trial from a step on that results show, in the order in which they came. */
  #recorded(step: number): Recorded {
    const { history, objectives } = this.#context
    const reports = [...this.#judged].flatMap((trial) => this.#reportAt(trial, step)).toSorted((a, b) => a - b)
    const trials = reports.map((report) => history.reportTrial(report))
    const rows = this.#rowsOf(trials.map((trial) => this.#pointOf(trial)))
    const { mode } = objectives[0]!
    return {
      step,
      trials,
      rows,
      losses: Float64Array.from(reports, (report) => lossOf(history.reportValue(report), mode)),
    }
  }

  #reportAt(trial: number, step: number): readonly number[] {
    const { history } = this.#context
    let at = -1
    for (const report of visibleReports(history, history.lastReport(trial))) {
      if (history.reportStep(report) < step) break
      at = report
    }
    return at < 0 ? [] : [at]
  }

  #modelOf(step: number): GpModel {
    const model = this.#models.get(step) ?? new GpModel(this.#features, conditionedInPart)
    this.#models.set(step, model)
    return model
  }

  #pointOf(trial: number): Float64Array {
    const point = new Float64Array(this.#context.space.dimensions.length)
    this.#context.history.point(trial, point)
    return point
  }

  #rowsOf(points: readonly Float64Array[]): Float64Array {
    const rows = new Float64Array(points.length * this.#features.count)
    points.forEach((point, i) => this.#features.write(point, rows, i * this.#features.count))
    return rows
  }
}
