import type { RecordedCurve } from '../trainable/recorded-curve.ts'
import type { Event, Experiment } from '../trial/event.ts'
import { metricsOf } from '../trial/event.ts'

type AnyConfig = Readonly<Record<string, unknown>>

/** One trial's curve while its events are read. */
interface Growing {
  readonly config: AnyConfig
  readonly seconds: number[]
  readonly resource: number[]
  readonly metrics: Map<string, number[]>
  /** Experiment time of the attempt's launch or newest report. */
  sinceMs: number
  open: boolean
}

/**
 * The learning curves that an experiment's log holds, in the order of its trials: judged reports with the running time that each took.
 * Where an attempt went over steps again, its reports count. The curve of a trial that was ended early, failed or is not over is
 * open: nothing is known beyond it. Trials without any report are left out, and so are those that took over another's checkpoint,
 * whose curves belong to no single configuration.
 */
export function recordedCurves(
  experiment: Experiment,
  events: Iterable<Event>,
  configOf: (trial: number) => AnyConfig,
): readonly RecordedCurve[] {
  const curves = new Map<number, Growing>()
  const mixed = new Set<number>()
  let now = 0
  for (const event of events) {
    if (event.type === 'time') now = event.now
    else if (event.type === 'launched') {
      const curve = curves.get(event.trial)
      if (curve !== undefined) curve.sinceMs = now
      else curves.set(event.trial, start(configOf(event.trial), now))
    } else if (event.type === 'reported' && event.judged) {
      const { metrics } = curves.get(event.trial)!
      add(curves.get(event.trial)!, event.step, now, Object.entries(metricsOf(event, experiment.objectives)), metrics)
    } else if (event.type === 'ended') curves.get(event.trial)!.open = event.state !== 'completed'
    else if (event.type === 'decided' && event.action === 'exploit') mixed.add(event.trial)
  }
  return [...curves]
    .filter(([trial, { seconds }]) => seconds.length > 0 && !mixed.has(trial))
    .map(([, { config, seconds, resource, metrics, open }]) => ({
      config,
      seconds,
      resource,
      metrics: Object.fromEntries(metrics),
      open,
    }))
}

/** The least time that a report can have taken: clocks count milliseconds. */
const shortest = 1e-3

function start(config: AnyConfig, sinceMs: number): Growing {
  return { config, seconds: [], resource: [], metrics: new Map(), sinceMs, open: true }
}

function add(
  curve: Growing,
  step: number,
  now: number,
  reported: readonly (readonly [string, number])[],
  metrics: Map<string, number[]>,
): void {
  while (curve.resource.length > 0 && curve.resource.at(-1)! >= step) {
    for (const list of [curve.resource, curve.seconds, ...metrics.values()]) list.pop()
  }
  curve.resource.push(step)
  curve.seconds.push(Math.max(shortest, (now - curve.sinceMs) / 1000))
  curve.sinceMs = now
  for (const [name] of reported) if (!metrics.has(name)) metrics.set(name, [])
  // A metric that comes now and then is NaN in between.
  const given = new Map(reported)
  for (const [name, values] of metrics) {
    while (values.length < curve.resource.length - 1) values.push(NaN)
    values.push(given.get(name) ?? NaN)
  }
}
