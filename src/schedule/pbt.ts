import { finiteAbove, knownOptions, wrongOption } from '../base/check.ts'
import type { LogValue } from '../space/encoded.ts'
import { perturbed } from './explore.ts'
import { Population } from './population.ts'
import type { Explore } from './population.ts'
import { movesOf, populationOptionNames, populationRules } from './population-rules.ts'
import type { PopulationOptions } from './population-rules.ts'
import type { SchedulerFactory } from './scheduler.ts'

export interface PbtOptions extends PopulationOptions {
  /** Parameters that may change; of a nested one all that is in it. Default: all. */
  readonly mutate?: readonly string[]
  /** Probability that a value is drawn anew when a configuration is explored, from 0 to 1. Default: 0.25. */
  readonly resample?: number
  /** What values are multiplied by otherwise, each as likely. Default: [1.2, 0.8]. */
  readonly factors?: readonly number[]
  /**
   * Makes the last change to an explored configuration; answers one of the space. It is code, so it is not in the log: hand it in
   * again at a resume.
   */
  readonly explore?: (config: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>
}

const names = [...populationOptionNames, 'mutate', 'resample', 'factors', 'explore']

/**
 * Population based training (Jaderberg et al., "Population Based Training of Neural Networks", arXiv 1711.09846): truncation
 * selection (section 4.1.2: a member of the worst quarter takes over the weights of one of the best quarter) and
 * exploration by perturbing or resampling (section 4.1.1). Trials must report checkpoints. The trials of the experiment are the
 * population, the searcher proposes the first configurations; the result is a schedule (`Result.lineage`).
 */
export function pbt(options: PbtOptions): SchedulerFactory {
  knownOptions('pbt()', options, names)
  const rules = populationRules('pbt()', options)
  const { mutate, resample = 0.25, factors = [1.2, 0.8], explore } = options
  if (!(resample >= 0 && resample <= 1)) throw wrongOption('pbt(): resample', 'a number from 0 to 1', resample)
  if (!Array.isArray(factors) || factors.length === 0) throw wrongOption('pbt(): factors', 'a list of numbers', factors)
  for (const factor of factors as readonly number[]) finiteAbove('pbt(): factors', factor, 0)
  if (explore !== undefined && typeof explore !== 'function') throw wrongOption('pbt(): explore', 'a function', explore)
  const { explore: _code, ...recorded } = options
  const byPerturbing: Explore = ({ space }) => {
    const perturbation = { moves: movesOf('pbt()', space, mutate), resample, factors }
    return {
      explore(_donor, values, random): readonly LogValue[] {
        const made = perturbed(space, values, perturbation, random)
        return explore === undefined ? made : space.valuesOf(explore(space.configOf(made)))
      },
    }
  }
  return {
    // With code in it, it can't be made from its record.
    name: explore === undefined ? 'pbt' : 'pbt with explore',
    options: recorded,
    capabilities: { objectivesMax: 1, pauses: true, explores: true },
    create: (context) => new Population(context, rules, byPerturbing),
  }
}
