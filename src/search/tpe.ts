import { knownOptions, wholeFrom } from '../base/check.ts'
import { purpose, stream } from '../base/random.ts'
import type { Dimension } from '../space/encoded.ts'
import type { Event, Why } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { isActive, Proposals } from './proposals.ts'
import { Ranking } from './ranking.ts'
import type { Ranked } from './ranking.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'
import { SobolSequence } from './sobol.ts'
import { bestOf } from './tpe-earlier.ts'
import { TpeGroup } from './tpe-group.ts'
import type { TpeSetting } from './tpe-group.ts'
import type { Placed } from './tpe-order.ts'
import { Violations, violationsOf } from './violations.ts'

export interface TpeOptions {
  /** Trials that are over before the model is asked. Default: an eighth of the experiment's trials, 5 to 10. */
  readonly startupTrials?: number
  /** Draws from the good trials' density, of which the most promising is suggested. Default: 24; more is not better. */
  readonly candidates?: number
}

/** Suggestions of the model that may be refused, by constraints or as duplicates, before one is drawn at random instead. */
const modelAttempts = 10
/** Trials before the model is asked: this share of all, but so many at least and at most (ablated). */
const startupShare = 1 / 8
const startupLeast = 5
const startupMost = 10
/** Earlier experiments of which the best configuration comes first. */
const earlierFirst = 2

/**
 * Multivariate tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011; joint kernels and constants as recommended
 * by Watanabe, "Tree-Structured Parzen Estimator", arXiv 2304.11127): the densities l of the better and g of the worse trials
 * are estimated, and of some draws from l the one with the highest l / g is suggested. Pending and failed trials count as
 * worse, so parallel suggestions keep away from each other. Conditional dimensions are chosen after their gates, by the
 * trials in which they were active, given what is chosen already. With several objectives the better trials are the first fronts
 * (MOTPE); each constraint on reported metrics has densities of its own (c-TPE).
 */
export function tpe(options: TpeOptions = {}): SearcherFactory {
  knownOptions('tpe()', options, ['startupTrials', 'candidates'])
  const { startupTrials } = options
  if (startupTrials !== undefined) wholeFrom('tpe(): startupTrials', startupTrials, 1)
  const candidates = wholeFrom('tpe(): candidates', options.candidates ?? 24, 1)
  return {
    name: 'tpe',
    options: { ...options },
    capabilities: { objectivesMax: Infinity, outcomeConstraints: true },
    create: (context) => new Tpe(context, startupTrials, candidates),
  }
}

class Tpe implements Searcher {
  readonly #context: SearcherContext
  readonly #startupTrials: number | undefined
  readonly #candidates: number
  readonly #proposals: Proposals
  readonly #sobol: SobolSequence
  readonly #ranking: Ranking
  readonly #violations: Violations
  readonly #groups: readonly TpeGroup[]
  /** The best of earlier experiments, which come first, and how many of them were suggested. */
  readonly #firsts: readonly Float64Array[]
  #firstsAsked = 0
  /** Trials that are over and left evidence, and all that are over. */
  #evidence = 0
  #over = 0

  constructor(context: SearcherContext, startupTrials: number | undefined, candidates: number) {
    const { space, history, objectives, earlier } = context
    this.#context = context
    this.#startupTrials = startupTrials
    this.#candidates = candidates
    this.#proposals = new Proposals(context)
    this.#sobol = new SobolSequence(context.space, context.seed)
    const lossAt = (report: number): number => lossOf(history.reportValue(report), objectives[0]!.mode)
    this.#ranking = new Ranking(history, lossAt, Math.max(space.dimensions.length + 2, 8))
    this.#violations = new Violations(context.outcomeConstraints.length)
    this.#firsts = earlier.slice(0, earlierFirst).flatMap((each) => bestOf(each).slice(0, 1))
    const setting: TpeSetting = {
      history,
      objectives: objectives.length,
      violations: this.#violations,
      earlier,
      isNoisy: context.noisy === true,
    }
    this.#groups = groupsOf(space.dimensions, setting)
  }

  observe(event: Event): void {
    this.#proposals.observe(event)
    if (event.type === 'suggested') {
      for (const group of this.#groups) group.suggested(event.trial)
      if (event.why['phase'] === 'earlier') this.#firstsAsked += 1
    }
    if (event.type !== 'ended' || event.state === 'pending') return
    this.#over += 1
    const { history, objectives } = this.#context
    if (objectives.some((_, k) => !(history.loss(event.trial, k) < Infinity))) return
    const standing = this.#ranking.end(event)
    if (standing === undefined) return
    this.#evidence = this.#ranking.size
    const violations = violationsOf(history, event.trial)
    this.#violations.add(violations)
    for (const group of this.#groups) group.constrained(event.trial, violations)
    const { ranked, renewed } = standing
    const placed = (renewed.length > 0 ? renewed : [ranked]).map((each) => this.#place(each))
    for (const group of this.#groups) group.placed(placed)
  }

  #place(ranked: Ranked): Placed {
    const { history, objectives } = this.#context
    return {
      ranked,
      losses: Float64Array.from(objectives, (_, k) => history.loss(ranked.trial, k)),
      violations: violationsOf(history, ranked.trial),
    }
  }

  suggest(n: number): readonly Suggestion[] {
    const first = this.#context.history.trials
    const suggestions: Suggestion[] = []
    let anticipated = 0
    const draw = (trial: number, point: Float64Array, attempt: number): Why => {
      // The suggestions before this one in the batch are pending for it.
      for (; anticipated < trial - first; anticipated++) {
        for (const group of this.#groups) group.anticipate(first + anticipated, suggestions[anticipated]!.point)
      }
      const asked = this.#firstsAsked + suggestions.filter(({ why }) => why['phase'] === 'earlier').length
      return this.#draw(trial, point, attempt, this.#firsts[asked])
    }
    try {
      return this.#proposals.propose(n, draw, suggestions)
    } finally {
      while (--anticipated >= 0) for (const group of this.#groups) group.withdraw(first + anticipated)
    }
  }

  #draw(trial: number, point: Float64Array, attempt: number, first: Float64Array | undefined): Why {
    if (first !== undefined && attempt === 0) {
      point.set(first.map((u) => (Number.isNaN(u) ? 0.5 : u)))
      return { by: 'tpe', phase: 'earlier' }
    }
    if (this.#evidence < this.#startup() || attempt >= modelAttempts) {
      if (trial === this.#firsts.length && attempt === 0)
        point.set(this.#context.space.center().map((u) => (Number.isNaN(u) ? 0.5 : u)))
      else this.#sobol.write(trial, point, attempt)
      return { by: 'tpe', phase: attempt >= modelAttempts ? 'random' : 'startup' }
    }
    this.#proposals.pin(trial, point)
    let logRatio = 0
    let root: TpeGroup | undefined
    for (const [index, group] of this.#groups.entries()) {
      if (!isActive(group.dimensions[0]!, this.#context.space.dimensions, point)) {
        for (const dimension of group.dimensions) point[dimension.index] = NaN
        continue
      }
      const random = stream(this.#context.seed, purpose.suggest, trial, attempt, index)
      logRatio += group.choose(point, this.#candidates, random, this.#approval(group), this.#trust())
      root ??= group
    }
    const { below, above } = root ?? { below: 0, above: 0 }
    return { by: 'tpe', phase: 'model', logRatio: Number(logRatio.toPrecision(4)), below, above }
  }

  /** Whether a draw is allowed; before the last group is chosen it is too early to tell. */
  #approval(group: TpeGroup): (point: Float64Array) => boolean {
    return group === this.#groups.at(-1) ? (point) => this.#proposals.allows(point) : () => true
  }

  /** For how many trials earlier experiments that agree count: β / n with a tenth of the trials as β (Hvarfner et al., ICLR 2022). */
  #trust(): number {
    const trials = this.#context.trialsMax()
    return (trials < Infinity ? trials / 10 : 10) / this.#over
  }

  #startup(): number {
    return (
      this.#startupTrials ??
      Math.max(startupLeast, Math.min(startupMost, Math.ceil(startupShare * this.#context.trialsMax())))
    )
  }
}

/**
 * The dimensions by condition, gates first. The roots are given to all others, as are a group's own gates; grid dimensions
 * are given by the trial's number.
 */
function groupsOf(dimensions: readonly Dimension[], setting: TpeSetting): TpeGroup[] {
  const byCondition = new Map<string, Dimension[]>()
  for (const dimension of dimensions) {
    const condition = JSON.stringify(dimension.parents)
    byCondition.set(condition, [...(byCondition.get(condition) ?? []), dimension])
  }
  const roots = byCondition.get('[]') ?? []
  return [...byCondition.values()].flatMap((members) => {
    const before = members === roots ? [] : [...roots, ...ancestorsOf(members[0]!, dimensions)]
    const given = [...new Set([...before, ...members.filter(({ grid }) => grid)])]
    const chosen = members.filter(({ grid }) => !grid)
    return chosen.length === 0 ? [] : [new TpeGroup(setting, chosen, given)]
  })
}

function ancestorsOf({ parents }: Dimension, dimensions: readonly Dimension[]): Dimension[] {
  return parents.flatMap(({ parent }) => [...ancestorsOf(dimensions[parent]!, dimensions), dimensions[parent]!])
}
