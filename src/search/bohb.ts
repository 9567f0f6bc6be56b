import { knownOptions, wrongOption } from '../base/check.ts'
import { purpose, stream } from '../base/random.ts'
import type { Event } from '../trial/event.ts'
import { random } from './random.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'
import { tpe } from './tpe.ts'

export interface BohbOptions {
  /** Share of trials that are drawn at random, which keeps HyperBand's guarantee, from 0 to 1. Default: 1/3. */
  readonly randomFraction?: number
  /** Trials that left evidence before the model is asked. Default: the number of dimensions and 2. */
  readonly startupTrials?: number
  /** Draws of which the most promising is suggested. Default: 64. */
  readonly candidates?: number
}

/** Index of the streams that choose between the model and chance. */
const choosing = 0xb0b

/**
 * The searcher of BOHB (Falkner, Klein and Hutter, "BOHB: Robust and Efficient Hyperparameter Optimization at Scale", ICML 2018,
 * section 4): densities of the better and the worse trials, compared at the highest rung that enough trials have reached, and a
 * share of the trials at random. For use with `hyperband`, or `asha({ type: 'promotion' })`.
 */
export function bohb(options: BohbOptions = {}): SearcherFactory {
  knownOptions('bohb()', options, ['randomFraction', 'startupTrials', 'candidates'])
  const { randomFraction = 1 / 3, startupTrials, candidates = 64 } = options
  if (!(randomFraction >= 0 && randomFraction <= 1)) {
    throw wrongOption('bohb(): randomFraction', 'a number from 0 to 1', randomFraction)
  }
  const model = (dimensions: number): SearcherFactory =>
    tpe({ startupTrials: startupTrials ?? dimensions + 2, candidates })
  return {
    name: 'bohb',
    options: { ...options },
    capabilities: model(1).capabilities,
    create: (context) => new Bohb(context, model(context.space.dimensions.length), randomFraction),
  }
}

class Bohb implements Searcher {
  readonly #context: SearcherContext
  readonly #model: Searcher
  readonly #chance: Searcher
  readonly #share: number

  constructor(context: SearcherContext, model: SearcherFactory, share: number) {
    this.#context = context
    this.#model = model.create(context)
    this.#chance = random().create(context)
    this.#share = share
  }

  observe(event: Event): void {
    this.#model.observe?.(event)
    this.#chance.observe?.(event)
  }

  /** Both are asked for all, as what one suggests of a finite space the other may too. */
  suggest(n: number): readonly Suggestion[] {
    const both = [this.#model.suggest(n), this.#chance.suggest(n)]
    const count = Math.max(...both.map(({ length }) => length))
    const taken = new Set<string>()
    const chosen: Suggestion[] = []
    for (let i = 0; i < count; i++) {
      const [first, second] = this.#isByChance(i) ? both.toReversed() : both
      const wanted = [first![i], second![i], ...both.flat()]
      const isNew = (each: Suggestion | undefined): boolean => each !== undefined && !taken.has(each.point.join())
      const suggestion = wanted.find(isNew)
      if (suggestion === undefined) break
      taken.add(suggestion.point.join())
      chosen.push({ point: suggestion.point, why: { ...suggestion.why, via: 'bohb' } })
    }
    return chosen
  }

  #isByChance(i: number): boolean {
    const { seed, history } = this.#context
    return stream(seed, purpose.suggest, history.trials + i, choosing).float() < this.#share
  }
}
