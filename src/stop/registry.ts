import type { PluginRecord } from '../trial/event.ts'
import { Registry } from '../base/registry.ts'
import { allOf, anyOf } from './combine.ts'
import { experimentPlateau } from './experiment-plateau.ts'
import { maxSteps } from './max-steps.ts'
import { metricThreshold } from './metric-threshold.ts'
import type { StopperFactory } from './stopper.ts'
import { experimentTime, trialTime } from './time-limit.ts'
import { trialPlateau } from './trial-plateau.ts'

const simple: Registry<StopperFactory> = new Registry('stopper', {
  metricThreshold,
  maxSteps,
  trialPlateau,
  experimentPlateau,
  trialTime,
  experimentTime,
})

/** Makes the stopper of a record; undefined where it, or a part of it, is code of the user's. */
export function stopperFrom(record: PluginRecord): StopperFactory | undefined {
  if (record.name !== 'anyOf' && record.name !== 'allOf') return simple.from(record)
  const members = (record.options['stoppers'] as readonly PluginRecord[]).map(stopperFrom)
  if (!members.every((member) => member !== undefined)) return undefined
  return record.name === 'anyOf' ? anyOf(...members) : allOf(...members)
}
