import { finiteAbove, knownOptions } from '../base/check.ts'
import type { StopperFactory } from './stopper.ts'

/** Stops a trial once its step reaches `steps`. */
export function maxSteps(options: { readonly steps: number }): StopperFactory {
  knownOptions('maxSteps()', options, ['steps'])
  const steps = finiteAbove('maxSteps(): steps', options.steps, 0)
  return {
    name: 'maxSteps',
    options: { steps },
    create: () => ({
      stopTrial: ({ step }) => (step >= steps ? `step ${steps} is reached` : undefined),
    }),
  }
}
