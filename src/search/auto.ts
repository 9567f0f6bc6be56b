import { knownOptions } from '../base/check.ts'
import type { Ended, Event } from '../trial/event.ts'
import { cmaesAfter } from './cmaes.ts'
import { gp } from './gp.ts'
import { mfes } from './mfes.ts'
import { nsga2 } from './nsga2.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'
import { sobol } from './sobol.ts'
import { tpe } from './tpe.ts'

/** A finite space of at most so many configurations is searched to its end where the budget covers it. */
const enumerable = 4_096
/** Trials that are over when the time of one is taken for good. */
const timedTrials = 8
/**
 * Trials up to which the Gaussian process is asked, by the median time of a trial in milliseconds: its own time grows with
 * their number, and is to stay small beside theirs, or small in all.
 */
const modelled: readonly { readonly fromMs: number; readonly trials: number }[] = [
  { fromMs: 30_000, trials: 1_000 },
  { fromMs: 5_000, trials: 400 },
  // It costs a second or two in all up to here.
  { fromMs: 2, trials: 250 },
  { fromMs: 0, trials: 100 },
]
/** The same where nobody knows how long a trial takes, as in `Study`. */
const modelledUntimed = 250

/** Trials from which fronts of several objectives are bred: what TPE does for them takes time that grows with their number. */
const bredFrom = 1_500
/** Trials that must be left for each dimension, so that an evolution strategy is worth its start. */
const trialsEach = 10
/** Share of unordered or conditional dimensions up to which it is taken. */
const otherShare = 0.4

/**
 * Chooses the searcher by rule, from what the log holds alone: where no more trials are wanted than twice those that run at once, and for
 * the members of a population, the space is filled evenly; a Gaussian process proposes as long as it takes little time beside the trials, one for each rung (`mfes`)
 * once a scheduler ends or pauses trials early; CMA-ES goes on in numeric spaces where many trials are left, TPE in others, and in finite
 * spaces that the budget covers. Of two or three objectives the process proposes as well, then TPE, in the end NSGA-II; of more it is
 * these two alone. `why.by` names the searcher that was used.
 */
export function auto(options: object = {}): SearcherFactory {
  knownOptions('auto()', options, [])
  return {
    name: 'auto',
    options: {},
    capabilities: { objectivesMax: Infinity, outcomeConstraints: true },
    create: (context) => new Auto(context),
  }
}

class Auto implements Searcher {
  readonly #context: SearcherContext
  readonly #sobol: Searcher
  readonly #gp: Searcher | undefined
  readonly #mfes: Searcher | undefined
  readonly #tpe: Searcher
  readonly #nsga2: Searcher | undefined
  /** Trials that are not over, and the most there have been. */
  #pending = 0
  #pendingMax = 0
  #over = 0
  /** Whether trials were ended or paused before they were complete. */
  #isPartial = false
  /** Milliseconds of the first trials, and from `timedTrials` on their median. */
  readonly #times: number[] = []
  #modelled = modelledUntimed
  /** Trials that were paused, and may end again. */
  readonly #paused = new Set<number>()
  /** Events until it is known when the evolution strategy would take over. */
  #early: Event[] | undefined = []
  #evolution: Searcher | undefined

  constructor(context: SearcherContext) {
    this.#context = context
    this.#sobol = sobol().create(context)
    const able = (factory: SearcherFactory): Searcher | undefined => {
      return context.objectives.length <= factory.capabilities.objectivesMax ? factory.create(context) : undefined
    }
    this.#gp = able(gp())
    this.#mfes =
      context.earlier.length + context.outcomeConstraints.length === 0
        ? able(mfes({ weights: 'recursive' }))
        : undefined
    this.#tpe = tpe().create(context)
    this.#nsga2 = context.objectives.length > 1 ? nsga2().create(context) : undefined
  }

  get slow(): boolean {
    return this.#choose(1).slow === true
  }

  observe(event: Event): void {
    for (const searcher of [this.#sobol, this.#gp, this.#mfes, this.#tpe, this.#nsga2]) searcher?.observe?.(event)
    if (this.#early === undefined) this.#evolution?.observe?.(event)
    else this.#early.push(event)
    if (event.type === 'suggested') this.#pending += 1
    else if (event.type === 'reopened') this.#paused.add(event.trial)
    else if (event.type === 'ended' && event.state !== 'pending') this.#end(event)
    this.#pendingMax = Math.max(this.#pendingMax, this.#pending)
  }

  #end({ trial, state }: Ended): void {
    if (state === 'paused' || state === 'stopped') this.#isPartial = true
    const isAgain = this.#paused.has(trial)
    if (state === 'paused') this.#paused.add(trial)
    else this.#paused.delete(trial)
    if (isAgain) return
    this.#pending -= 1
    this.#over += 1
    this.#time(trial)
  }

  suggest(n: number): readonly Suggestion[] {
    const suggestions = this.#choose(n).suggest(n)
    return suggestions.map(({ point, why }) => ({ point, why: { ...why, via: 'auto' } }))
  }

  #choose(n: number): Searcher {
    const { trialsMax, explores } = this.#context
    const workers = Math.max(this.#pendingMax, this.#pending + n)
    if (explores || trialsMax() <= 2 * workers) return this.#sobol
    if (this.#gp !== undefined && this.#over < this.#modelled)
      return (this.#isPartial ? this.#mfes : undefined) ?? this.#gp
    if (this.#over >= bredFrom && this.#nsga2 !== undefined) return this.#nsga2
    return (this.#evolves() ? this.#evolution : undefined) ?? this.#tpe
  }

  #evolves(): boolean {
    const { space, trialsMax } = this.#context
    const size = Math.min(space.size, space.candidates?.length ?? Infinity)
    if (size <= Math.min(trialsMax(), enumerable)) return false
    const others = space.dimensions.filter(({ kind, parents }) => kind === 'unordered' || parents.length > 0).length
    const isNumeric = others <= otherShare * space.dimensions.length
    return isNumeric && trialsMax() - this.#modelled >= trialsEach * space.dimensions.length
  }

  /** Experiment time is in the log, so that whoever reads it decides alike. */
  #time(trial: number): void {
    if (this.#over > timedTrials) return
    const { history } = this.#context
    if (history.ended(trial) > 0) this.#times.push(history.ended(trial) - history.started(trial))
    if (this.#over < timedTrials) return
    const median = this.#times.toSorted((a, b) => a - b)[this.#times.length >> 1]
    if (median !== undefined) this.#modelled = modelled.find(({ fromMs }) => median >= fromMs)!.trials
    this.#prepareEvolution()
  }

  #prepareEvolution(): void {
    const factory = cmaesAfter(this.#modelled)
    if (this.#context.objectives.length <= factory.capabilities.objectivesMax) {
      this.#evolution = factory.create(this.#context)
      for (const event of this.#early!) this.#evolution.observe?.(event)
    }
    this.#early = undefined
  }
}
