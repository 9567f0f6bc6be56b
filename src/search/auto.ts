import { knownOptions } from '../base/check.ts'
import type { Event } from '../trial/event.ts'
import { random } from './random.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'
import { sobol } from './sobol.ts'
import { tpe } from './tpe.ts'

/** A finite space of at most so many configurations is enumerated where the budget covers it. */
const enumerable = 4_096

/**
 * Chooses the searcher by rule, from what the log holds alone: a finite space that the budget covers is enumerated in random
 * order; with several objectives, or no more trials than twice those that run at once, the space is filled evenly; else TPE.
 * `why.by` names the searcher that was used.
 */
export function auto(options: object = {}): SearcherFactory {
  knownOptions('auto()', options, [])
  return {
    name: 'auto',
    options: {},
    capabilities: { objectivesMax: Infinity },
    create: (context) => new Auto(context),
  }
}

class Auto implements Searcher {
  readonly #context: SearcherContext
  readonly #random: Searcher
  readonly #sobol: Searcher
  readonly #tpe: Searcher | undefined
  /** Trials that are not over, and the most there have been. */
  #pending = 0
  #pendingMax = 0

  constructor(context: SearcherContext) {
    this.#context = context
    this.#random = random().create(context)
    this.#sobol = sobol().create(context)
    this.#tpe = context.objectives.length === 1 ? tpe().create(context) : undefined
  }

  observe(event: Event): void {
    for (const searcher of [this.#random, this.#sobol, this.#tpe]) searcher?.observe?.(event)
    if (event.type === 'suggested') this.#pending += 1
    else if (event.type === 'ended' && event.state !== 'pending') this.#pending -= 1
    this.#pendingMax = Math.max(this.#pendingMax, this.#pending)
  }

  suggest(n: number): readonly Suggestion[] {
    const suggestions = this.#choose(n).suggest(n)
    return suggestions.map(({ point, why }) => ({ point, why: { ...why, via: 'auto' } }))
  }

  #choose(n: number): Searcher {
    const { space, trialsMax } = this.#context
    const size = Math.min(space.size, space.candidates?.length ?? Infinity)
    if (size <= Math.min(trialsMax(), enumerable)) return this.#random
    const workers = Math.max(this.#pendingMax, this.#pending + n)
    if (this.#tpe === undefined || trialsMax() <= 2 * workers) return this.#sobol
    return this.#tpe
  }
}
