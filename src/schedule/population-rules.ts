import { didYouMean, finiteAbove, finiteFrom, wholeFrom, wrongOption } from '../base/check.ts'
import { TrialistError, show } from '../base/errors.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import type { PopulationRules } from './population.ts'
import { checkResource } from './resource.ts'
import type { Resource } from './resource.ts'

/** What all population based training has in common. */
export interface PopulationOptions {
  /** The resource from one time that a member is ready to the next, in the unit of `resource`. */
  readonly interval: number
  /** No member is ready before it has used so much. Default: 0. */
  readonly burnIn?: number
  /** The share of members that count as the best, and as the worst, above 0 and at most 0.5. Default: 0.25. */
  readonly quantile?: number
  /** Whether members wait for each other, and are all compared at once. Default: false. */
  readonly synch?: boolean
  /** What `interval` and `burnIn` count: `step`, `time` (seconds that the trial has run), or a metric. Default: `step`. */
  readonly resource?: Resource
  /** Members at a time: a new trial starts where one is over. Default: all trials of the experiment. */
  readonly population?: number
}

export const populationOptionNames = ['interval', 'burnIn', 'quantile', 'synch', 'resource', 'population'] as const

/** The options with their defaults. Throws `invalid_option`, naming the scheduler. */
export function populationRules(where: string, options: PopulationOptions): PopulationRules {
  const { burnIn = 0, quantile = 0.25, synch = false, population } = options
  if (!(quantile > 0 && quantile <= 0.5)) {
    throw wrongOption(`${where}: quantile`, 'a number above 0 and at most 0.5', quantile)
  }
  if (typeof synch !== 'boolean') throw wrongOption(`${where}: synch`, 'true or false', synch)
  return {
    interval: finiteAbove(`${where}: interval`, options.interval, 0),
    burnIn: finiteFrom(`${where}: burnIn`, burnIn, 0),
    quantile,
    synch,
    resource: checkResource(`${where}: resource`, options.resource),
    population: population === undefined ? undefined : wholeFrom(`${where}: population`, population, 2),
  }
}

/** By dimension, whether it may move: those of some parameters and of what lies in them, or all. Throws `invalid_option`. */
export function movesOf(where: string, space: EncodedSpace, names: readonly string[] | undefined): readonly boolean[] {
  if (space.candidates !== undefined) {
    throw new TrialistError({
      code: 'unsupported',
      message: `${where} makes configurations of its own`,
      expected: 'a space without candidates',
      remedy: 'Leave candidates out, or choose another scheduler.',
    })
  }
  if (names === undefined) return space.dimensions.map(() => true)
  const isIn = (dimension: string, name: string): boolean => dimension === name || dimension.startsWith(`${name}.`)
  const all = space.dimensions.map((dimension) => dimension.name)
  for (const name of names) {
    if (all.some((dimension) => isIn(dimension, name))) continue
    throw new TrialistError({
      code: 'invalid_option',
      message: `${where}: mutate`,
      expected: `parameters of the space: ${all.join(', ')}`,
      received: show(name),
      ...didYouMean(name, all),
    })
  }
  return all.map((dimension) => names.some((name) => isIn(dimension, name)))
}
