import { finiteFrom, knownOptions, wrongOption } from '../base/check.ts'
import { TrialistError, show } from '../base/errors.ts'
import type { LogValue } from '../space/encoded.ts'
import { isOverForGood } from '../trial/event.ts'
import type { Event, Reported } from '../trial/event.ts'
import { Meter, checkResource } from './resource.ts'
import type { Resource } from './resource.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Scheduler, SchedulerContext, SchedulerFactory } from './scheduler.ts'

export interface PbtReplayOptions {
  /** The configurations in turn, and the steps after which they begin, such as `result.lineage`. The first begins at 0. */
  readonly schedule: readonly { readonly from: number; readonly config: Readonly<Record<string, unknown>> }[]
  /** What `from` counts: `step`, `time` (seconds that the trial has run), or a metric. Default: `step`. */
  readonly resource?: Resource
}

/**
 * Trains by a schedule that population based training found: at each of its steps the trial goes on from its own newest
 * checkpoint with the next configuration. Hand in the first one as `initialConfigs`.
 */
export function pbtReplay(options: PbtReplayOptions): SchedulerFactory {
  knownOptions('pbtReplay()', options, ['schedule', 'resource'])
  const resource = checkResource('pbtReplay(): resource', options.resource)
  const { schedule } = options
  if (!Array.isArray(options.schedule) || schedule.length === 0) {
    throw wrongOption('pbtReplay(): schedule', 'a list of { from, config }', schedule)
  }
  const kept = schedule.map(({ from, config }, i) => {
    finiteFrom(`pbtReplay(): schedule[${i}].from`, from, 0)
    const before = i === 0 ? -1 : schedule[i - 1]!.from
    if (from <= before) throw wrongOption(`pbtReplay(): schedule[${i}].from`, `a number above ${before}`, from)
    return { from, config }
  })
  return {
    name: 'pbtReplay',
    options: { schedule: kept, ...(options.resource !== undefined && { resource }) },
    capabilities: { objectivesMax: Infinity, pauses: true },
    create: (context) => new Replay(context, kept, resource),
  }
}

/** Where a trial stands. */
interface Standing {
  /** Of its configuration in the schedule. */
  place: number
  saved: { readonly checkpoint: string; readonly step: number } | undefined
}

class Replay implements Scheduler {
  readonly #context: SchedulerContext
  readonly #meter: Meter
  readonly #schedule: readonly { readonly from: number; readonly values: readonly LogValue[] }[]
  readonly #standings = new Map<number, Standing>()

  constructor(context: SchedulerContext, schedule: PbtReplayOptions['schedule'], resource: Resource) {
    this.#context = context
    this.#meter = new Meter(resource, context.objectives)
    this.#schedule = schedule.map(({ from, config }) => ({ from, values: context.space.valuesOf(config) }))
  }

  observe(event: Event): void {
    this.#meter.observe(event)
    if (event.type === 'suggested') this.#suggested(event.trial)
    else if (event.type === 'reported' && event.checkpoint !== undefined) {
      this.#standings.get(event.trial)!.saved = { checkpoint: event.checkpoint, step: event.step }
    } else if (event.type === 'decided' && event.exploit !== undefined) this.#standings.get(event.trial)!.place += 1
    else if (event.type === 'ended' && isOverForGood(event)) this.#standings.delete(event.trial)
  }

  decide(report: Reported): Decision {
    const { place, saved } = this.#standings.get(report.trial)!
    const next = this.#schedule[place + 1]
    if (next === undefined || !(this.#meter.at(report) >= next.from)) return goOn
    if (saved === undefined) throw unsaved(report.trial)
    const why = { rule: 'schedule', from: next.from, place: place + 1 }
    return { action: 'exploit', why, exploit: { trial: report.trial, ...saved, values: next.values } }
  }

  #suggested(trial: number): void {
    this.#standings.set(trial, { place: 0, saved: undefined })
    const values = this.#context.history.values(trial)
    if (JSON.stringify(values) === JSON.stringify(this.#schedule[0]!.values)) return
    throw new TrialistError({
      code: 'invalid_option',
      message: `trial ${trial} does not begin as the schedule of pbtReplay() does`,
      expected: show(this.#schedule[0]!.values),
      received: show(values),
      remedy: 'Pass initialConfigs: [schedule[0].config], and trials: 1.',
    })
  }
}

function unsaved(trial: number): TrialistError {
  return new TrialistError({
    code: 'plugin',
    message: `trial ${trial} is to change its configuration and has no checkpoint to go on from`,
    expected: 'reports with checkpoints',
    remedy: 'Report a checkpoint at each step at which the schedule changes.',
  })
}
