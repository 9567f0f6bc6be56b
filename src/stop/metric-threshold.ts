import { knownOptions, wrongOption } from '../base/check.ts'
import { metricsOf } from '../trial/event.ts'
import type { StopperFactory } from './stopper.ts'

/** A metric and where it ends a trial: at or above one bound, or at or below the other. */
export interface MetricThresholdOptions {
  /** An objective or any other metric that trials report. */
  readonly metric: string
  /** Stops a trial whose metric is at or above this. */
  readonly above?: number
  /** Stops a trial whose metric is at or below this. */
  readonly below?: number
}

/** Stops a trial once a metric crosses a threshold. */
export function metricThreshold(options: MetricThresholdOptions): StopperFactory {
  knownOptions('metricThreshold()', options, ['metric', 'above', 'below'])
  const { metric, above, below } = options
  if (typeof metric !== 'string') throw wrongOption('metricThreshold(): metric', 'the name of a metric', metric)
  if ((above === undefined) === (below === undefined)) {
    throw wrongOption('metricThreshold()', 'either above or below', options)
  }
  const bound = (above ?? below)!
  if (!Number.isFinite(bound)) {
    throw wrongOption(`metricThreshold(): ${above === undefined ? 'below' : 'above'}`, 'a finite number', bound)
  }
  return {
    name: 'metricThreshold',
    options: { ...options },
    metrics: [metric],
    create: ({ objectives }) => ({
      stopTrial(report) {
        const value = metricsOf(report, objectives)[metric]
        if (value === undefined || !(above === undefined ? value <= bound : value >= bound)) return undefined
        return `${metric} is ${above === undefined ? 'at or below' : 'at or above'} ${bound}`
      },
    }),
  }
}
