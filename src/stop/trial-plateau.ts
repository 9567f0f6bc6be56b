import { finiteFrom, knownOptions, wholeFrom, wrongOption } from '../base/check.ts'
import { metricsOf } from '../trial/event.ts'
import type { Event } from '../trial/event.ts'
import { standardDeviation } from './statistics.ts'
import type { StopperFactory } from './stopper.ts'

export interface TrialPlateauOptions {
  /** Default: the first objective. */
  readonly metric?: string
  /** Standard deviation of the newest values at or below which they count as a plateau. Default: 0.01. */
  readonly deviation?: number
  /** How many of the newest reports are looked at. Default: 4. */
  readonly reports?: number
  /** Reports of a trial before it is judged. Default: 4. */
  readonly grace?: number
}

/** Stops a trial whose metric has stopped moving. */
export function trialPlateau(options: TrialPlateauOptions = {}): StopperFactory {
  knownOptions('trialPlateau()', options, ['metric', 'deviation', 'reports', 'grace'])
  if (options.metric !== undefined && typeof options.metric !== 'string') {
    throw wrongOption('trialPlateau(): metric', 'the name of a metric', options.metric)
  }
  const deviation = finiteFrom('trialPlateau(): deviation', options.deviation ?? 0.01, 0)
  const reports = wholeFrom('trialPlateau(): reports', options.reports ?? 4, 2)
  const grace = wholeFrom('trialPlateau(): grace', options.grace ?? 4, 0)
  return {
    name: 'trialPlateau',
    options: { ...options },
    ...(options.metric === undefined ? {} : { metrics: [options.metric] }),
    create({ objectives }) {
      const metric = options.metric ?? objectives[0]!.metric
      /** The newest values of each trial that runs or is paused, and how many there were. */
      const running = new Map<number, { readonly attempt: number; readonly newest: number[]; count: number }>()
      return {
        observe(event: Event) {
          if (event.type === 'launched') {
            const { trial, attempt, from } = event
            const seen = running.get(trial)
            const goesOn = seen !== undefined && (from !== undefined || attempt === seen.attempt)
            if (!goesOn) running.set(trial, { attempt, newest: [], count: 0 })
          } else if (event.type === 'ended' && event.state !== 'paused') running.delete(event.trial)
          else if (event.type === 'reported' && event.judged) {
            const value = metricsOf(event, objectives)[metric]
            const seen = running.get(event.trial)!
            if (value === undefined) return
            seen.newest.push(value)
            seen.count += 1
            if (seen.newest.length > reports) seen.newest.shift()
          }
        },
        stopTrial({ trial }) {
          const { newest, count } = running.get(trial)!
          if (count < grace || newest.length < reports) return undefined
          if (!(standardDeviation(newest) <= deviation)) return undefined
          return `${metric} has moved by no more than ${deviation} over ${reports} reports`
        },
      }
    },
  }
}
