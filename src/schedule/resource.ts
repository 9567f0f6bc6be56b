import { wrongOption } from '../base/check.ts'
import type { Event, Reported } from '../trial/event.ts'
import type { Objective } from '../trial/objective.ts'
import { RunningTime } from '../trial/running-time.ts'

/** What a scheduler measures trainings by: their `step`, the `time` they have run in seconds, or a metric that they report. */
export type Resource = 'step' | 'time' | (string & {})

/** Throws `invalid_option`. */
export function checkResource(option: string, resource: Resource = 'step'): Resource {
  if (typeof resource === 'string' && resource !== '') return resource
  throw wrongOption(option, "'step', 'time' or the name of a metric", resource)
}

/** How much of a resource trials have used, from the events of the log. */
export class Meter {
  readonly #resource: Resource
  readonly #objective: number
  readonly #time = new RunningTime()

  constructor(resource: Resource, objectives: readonly Objective[]) {
    this.#resource = resource
    this.#objective = objectives.findIndex(({ metric }) => metric === resource)
  }

  observe(event: Event): void {
    if (this.#resource === 'time') this.#time.observe(event)
  }

  /** What the report's trial has used by then; NaN where the report does not say. */
  at({ trial, step, values, others }: Reported): number {
    if (this.#resource === 'step') return step
    if (this.#resource === 'time') return this.#time.of(trial) / 1000
    if (this.#objective >= 0) return values[this.#objective]!
    return others?.[this.#resource] ?? NaN
  }
}
