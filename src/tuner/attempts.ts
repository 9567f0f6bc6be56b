import { show } from '../base/errors.ts'
import type { Attempt } from '../executor/executor.ts'
import type { Ended, Experiment, Failure, Metrics, Outcome, Reported } from '../trial/event.ts'
import type { Objective } from '../trial/objective.ts'
import type { ExperimentState, LiveTrial } from './state.ts'

/** What the executor needs to start, or to pick up, the newest attempt of a live trial. */
export function attemptOf(live: LiveTrial, state: ExperimentState): Attempt {
  const origin = state.retention.origin(live.number)
  return {
    trial: live.number,
    attempt: live.attempt,
    config: state.space.configOf(live.values),
    seed: state.experiment.seed,
    reports: live.reports,
    step: Math.max(0, live.step),
    checkpoint: origin && { id: origin.checkpoint, step: origin.step },
    sinceMs: live.sinceMs,
    held: live.held,
    slots: live.slots,
  }
}

/** What a report of the trial is answered. */
export function answerOf({ decision }: LiveTrial): 'continue' | 'stop' | 'pause' {
  if (decision === undefined) return 'continue'
  return decision.action === 'pause' || decision.action === 'exploit' ? 'pause' : 'stop'
}

/** A report as an event. */
export function reportOf(
  live: LiveTrial,
  metrics: Metrics,
  given: number | undefined,
  checkpoint: string | undefined,
  state: ExperimentState,
): Reported {
  const { objectives } = state.experiment
  const step = given ?? (state.retention.origin(live.number)?.step ?? 0) + live.reports + 1
  const values =
    objectives.length === 1 ? [valueOf(metrics, objectives[0]!)] : objectives.map((each) => valueOf(metrics, each))
  let complete = true
  for (let i = 0; i < objectives.length; i++) if (metrics[objectives[i]!.metric] === undefined) complete = false
  return {
    type: 'reported',
    trial: live.number,
    attempt: live.attempt,
    step,
    values,
    others: otherMetrics(metrics, objectives),
    judged: complete && step > live.step,
    checkpoint,
  }
}

function valueOf(metrics: Metrics, { metric }: Objective): number {
  return metrics[metric] ?? NaN
}

function otherMetrics(metrics: Metrics, objectives: readonly Objective[]): Metrics | undefined {
  let others: Record<string, number> | undefined
  for (const name in metrics) {
    if (isObjective(name, objectives)) continue
    others ??= {}
    others[name] = metrics[name]!
  }
  return others
}

function isObjective(name: string, objectives: readonly Objective[]): boolean {
  for (let i = 0; i < objectives.length; i++) if (objectives[i]!.metric === name) return true
  return false
}

/** Why a report is not judged, for people. */
export function unjudgedMessage({ trial, step, values, others }: Reported, { objectives }: Experiment): string {
  const wanted = objectives.map(({ metric }) => show(metric)).join(', ')
  const names = Object.keys(others ?? {}).map(show)
  const why = values.some(Number.isNaN)
    ? `had no ${wanted} but ${names.join(', ') || 'nothing'}`
    : `had step ${step}, which is not above the one before`
  return `A report of trial ${trial} ${why}: it is recorded and not judged.`
}

/** What becomes of a trial whose attempt ended so. */
export function endOf(live: LiveTrial, outcome: Outcome, failure: Failure | undefined, state: ExperimentState): Ended {
  const { decision } = live
  const withoutMetric = decision?.by === 'engine' || (outcome === 'completed' && !hasScore(live, state))
  if (withoutMetric && (decision === undefined || decision.by === 'engine')) {
    return endedAs(live, outcome, 'failed', noMetric(live, state))
  }
  if (decision !== undefined) {
    // A trial that came to its own end before the decision reached it was not ended early.
    if (outcome === 'completed') return endedAs(live, outcome, 'completed', undefined)
    // After a halt nobody goes on, whatever they were to go on with.
    const isOver = state.halted !== undefined && decision.action === 'exploit'
    return endedAs(live, outcome, isOver ? 'stopped' : stateAfter[decision.action], undefined)
  }
  if (live.held) return endOfHeld(live, outcome, failure, state)
  if (outcome === 'completed' || outcome === 'stopped') return endedAs(live, outcome, outcome, undefined)
  if (outcome === 'lost' || outcome === 'interrupted') return endedAs(live, outcome, 'pending', failure)
  const again = live.failures < state.experiment.maxFailures
  return endedAs(live, outcome, again ? 'pending' : 'failed', failure)
}

function endedAs(live: LiveTrial, outcome: Outcome, state: Ended['state'], failure: Failure | undefined): Ended {
  return { type: 'ended', trial: live.number, attempt: live.attempt, outcome, state, failure }
}

/** Whether a trial is over by a failure. */
export function hasFailed(trial: number, { columns }: ExperimentState): boolean {
  return trial < columns.trials && columns.state(trial) === 'failed'
}

/** Where a decision leaves a trial whose attempt ends by it. */
export const stateAfter = {
  stop: 'stopped',
  complete: 'completed',
  pause: 'paused',
  resume: 'paused',
  exploit: 'pending',
} as const

/** It waited for nothing but its turn: what it loses is its place, and it starts again from nothing. */
function endOfHeld(
  live: LiveTrial,
  outcome: Outcome,
  failure: Failure | undefined,
  { experiment }: ExperimentState,
): Ended {
  if (outcome === 'completed') return endedAs(live, outcome, 'completed', undefined)
  const isOver = outcome === 'failed' && live.failures >= experiment.maxFailures
  return endedAs(live, outcome, isOver ? 'failed' : 'paused', failure)
}

function hasScore(live: LiveTrial, state: ExperimentState): boolean {
  const { columns } = state
  if (columns.lastReport(live.number) < 0) return false
  for (let i = 0; i < columns.outcomeConstraints; i++) if (Number.isNaN(columns.violation(live.number, i))) return false
  return true
}

function noMetric(live: LiveTrial, state: ExperimentState): Failure {
  const { columns, experiment } = state
  if (columns.lastReport(live.number) >= 0) {
    const missing = experiment.outcomeConstraints?.find((_, i) => Number.isNaN(columns.violation(live.number, i)))
    const message = `the trial never reported ${show(missing?.metric)}, which an outcome constraint bounds. Report it at least once, or take the constraint out.`
    return { kind: 'no_metric', message, stack: '' }
  }
  const wanted = experiment.objectives.map(({ metric }) => show(metric)).join(', ')
  const came = live.metricNames.length > 0 ? `only ${live.metricNames.map(show).join(', ')}` : 'no metric at all'
  const message = `the trial never reported ${wanted}: it reported ${came}. Report the metric by its declared name, or declare another.`
  return { kind: 'no_metric', message, stack: '' }
}
