import { wrongOption } from '../base/check.ts'
import type { Event, Reported } from '../trial/event.ts'
import type { Stopper, StopperFactory } from './stopper.ts'

/** Stops a trial, or the experiment, where any of the stoppers says so. */
export function anyOf(...stoppers: readonly StopperFactory[]): StopperFactory {
  return combined('anyOf', stoppers, (members) => {
    const forTrials = members.some((member) => member.stopTrial !== undefined)
    const forExperiment = members.some((member) => member.stopExperiment !== undefined)
    return {
      ...(forTrials && { stopTrial: (report: Reported) => first(members, (member) => member.stopTrial?.(report)) }),
      ...(forExperiment && { stopExperiment: () => first(members, (member) => member.stopExperiment?.()) }),
    }
  })
}

/**
 * Stops a trial at a report where all stoppers say so, or the experiment at a moment where all say so. Its members must
 * be of one kind: all for trials or all for the experiment.
 */
export function allOf(...stoppers: readonly StopperFactory[]): StopperFactory {
  return combined('allOf', stoppers, (members) => {
    const forTrials = members.every((member) => member.stopTrial !== undefined)
    const forExperiment = members.every((member) => member.stopExperiment !== undefined)
    if (!forTrials && !forExperiment) throw mixed(stoppers)
    return {
      ...(forTrials && { stopTrial: (report: Reported) => every(members, (member) => member.stopTrial!(report)) }),
      ...(forExperiment && { stopExperiment: () => every(members, (member) => member.stopExperiment!()) }),
    }
  })
}

function combined(
  name: 'anyOf' | 'allOf',
  stoppers: readonly StopperFactory[],
  rule: (members: readonly Stopper[]) => Stopper,
): StopperFactory {
  if (stoppers.length === 0) throw wrongOption(`${name}()`, 'at least one stopper', stoppers)
  for (const stopper of stoppers) {
    if (typeof stopper?.create !== 'function') throw wrongOption(`${name}()`, 'stoppers as its arguments', stopper)
  }
  const metrics = stoppers.flatMap((stopper) => stopper.metrics ?? [])
  return {
    name,
    options: { stoppers: stoppers.map((stopper) => ({ name: stopper.name, options: stopper.options })) },
    metrics,
    create(context) {
      const members = stoppers.map((stopper) => stopper.create(context))
      const observe = (event: Event): void => members.forEach((member) => member.observe?.(event))
      return { observe, ...rule(members) }
    },
  }
}

function first(members: readonly Stopper[], ask: (member: Stopper) => string | undefined): string | undefined {
  for (const member of members) {
    const why = ask(member)
    if (why !== undefined) return why
  }
  return undefined
}

function every(members: readonly Stopper[], ask: (member: Stopper) => string | undefined): string | undefined {
  const reasons = members.map(ask)
  return reasons.includes(undefined) ? undefined : reasons.join(' and ')
}

function mixed(stoppers: readonly StopperFactory[]): Error {
  const names = stoppers.map(({ name }) => name).join(', ')
  return wrongOption('allOf()', 'stoppers that are all for trials or all for the experiment', names)
}
