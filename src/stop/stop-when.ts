import { wrongOption } from '../base/check.ts'
import { metricsOf } from '../trial/event.ts'
import type { Metrics } from '../trial/event.ts'
import type { StopperFactory } from './stopper.ts'

/** What a stopping function is told of a report. */
export interface StopWhenReport {
  readonly trial: number
  readonly attempt: number
  readonly step: number
  readonly metrics: Metrics
  /** Milliseconds since the trial's first start. */
  readonly elapsedMs: number
}

/**
 * Stops a trial where a function of its report says so, by true or by a reason. The function must depend on its argument
 * alone; its code is not in the log, so a resumed experiment needs it handed in again. Throws `invalid_option` where it
 * answers anything but a boolean or a string, such as the promise of an async function.
 */
export function stopWhen(stop: (report: StopWhenReport) => boolean | string): StopperFactory {
  if (typeof stop !== 'function') throw wrongOption('stopWhen()', 'a function of a report', stop)
  return {
    name: 'stopWhen',
    options: { function: stop.name },
    create: ({ objectives, history, now }) => ({
      stopTrial(report) {
        const { trial, attempt, step } = report
        const elapsedMs = now() - history.started(trial)
        const answer = stop({ trial, attempt, step, metrics: metricsOf(report, objectives), elapsedMs })
        if (answer === true) return 'the stopping function said so'
        if (typeof answer === 'string' && answer !== '') return answer
        if (answer === false || answer === '' || answer === undefined) return undefined
        throw wrongOption('stopWhen(): what the function answered', 'a boolean or a string', answer)
      },
    }),
  }
}
