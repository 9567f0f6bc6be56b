import type { Event, Why } from '../trial/event.ts'
import { Groups, groupOf, membersOf } from '../trial/groups.ts'
import type { Repetition } from '../trial/groups.ts'
import type { Searcher, SearcherContext, SearcherFactory, Suggestion } from './searcher.ts'

/**
 * A searcher each of whose configurations runs `repeats` times, as so many trials in a row: the searcher inside sees one trial,
 * which is over when all of them are and whose score is their mean.
 */
export function repeated(inner: SearcherFactory, repetition: Repetition): SearcherFactory {
  if (repetition.repeats === 1) return inner
  return { ...inner, create: (context) => new Repeated(inner, context, repetition) }
}

class Repeated implements Searcher {
  readonly #inner: Searcher
  readonly #groups: Groups
  readonly #context: SearcherContext
  readonly #repetition: Repetition
  /** Why the newest group was suggested. */
  #why: Why = { by: '' }

  constructor(inner: SearcherFactory, context: SearcherContext, repetition: Repetition) {
    const { space, objectives, outcomeConstraints, history, trialsMax } = context
    this.#context = context
    this.#repetition = repetition
    this.#groups = new Groups(space, objectives, outcomeConstraints, history, repetition)
    const { known, repeats } = repetition
    this.#inner = inner.create({
      ...context,
      history: this.#groups.columns,
      trialsMax: () => known + Math.ceil((trialsMax() - known) / repeats),
    })
  }

  get slow(): boolean {
    return this.#inner.slow === true
  }

  observe(event: Event): void {
    this.#groups.observe(event, (meant) => {
      if (meant.type === 'suggested') this.#why = meant.why
      this.#inner.observe?.(meant)
    })
  }

  /** The rest of the newest group first. */
  suggest(n: number): readonly Suggestion[] {
    const suggestions: Suggestion[] = []
    const add = ({ point, why }: Suggestion, from: number): void => {
      for (let repeat = from; repeat <= this.#repetition.repeats && suggestions.length < n; repeat++) {
        suggestions.push({ point: point.slice(), why: { ...why, repeat } })
      }
    }
    const next = this.#context.history.trials
    const group = groupOf(next, this.#repetition)
    const begun = next - membersOf(group, this.#repetition)[0]!
    if (begun > 0) {
      const point = new Float64Array(this.#groups.columns.dimensions)
      this.#groups.columns.point(group, point)
      add({ point, why: this.#why }, begun + 1)
    }
    const left = n - suggestions.length
    if (left === 0) return suggestions
    for (const suggestion of this.#inner.suggest(Math.ceil(left / this.#repetition.repeats))) add(suggestion, 1)
    return suggestions
  }
}
