import { finiteAbove, knownOptions } from '../base/check.ts'
import { RunningTime } from '../trial/running-time.ts'
import type { StopperFactory } from './stopper.ts'

/** Stops a trial at its first report after it has run for `seconds`, all attempts together, pauses not counted. */
export function trialTime(options: { readonly seconds: number }): StopperFactory {
  knownOptions('trialTime()', options, ['seconds'])
  const seconds = finiteAbove('trialTime(): seconds', options.seconds, 0)
  return {
    name: 'trialTime',
    options: { seconds },
    create() {
      const time = new RunningTime()
      return {
        observe: (event) => time.observe(event),
        stopTrial: ({ trial }) => (time.of(trial) >= 1000 * seconds ? `the trial has run for ${seconds} s` : undefined),
      }
    },
  }
}

/**
 * Stops the experiment after `seconds` of running time, downtime between sessions not counted. For use in `anyOf` and
 * `allOf`; by itself the tuner's `time` says the same.
 */
export function experimentTime(options: { readonly seconds: number }): StopperFactory {
  knownOptions('experimentTime()', options, ['seconds'])
  const seconds = finiteAbove('experimentTime(): seconds', options.seconds, 0)
  return {
    name: 'experimentTime',
    options: { seconds },
    create: ({ now }) => ({
      stopExperiment: () => (now() >= 1000 * seconds ? `the experiment has run for ${seconds} s` : undefined),
    }),
  }
}
