import { show } from '../base/errors.ts'
import type { Attempt } from '../executor/executor.ts'
import type { Ended, Failure, Metrics, Outcome, Reported } from '../trial/event.ts'
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
  const values = objectives.map(({ metric }) => metrics[metric] ?? NaN)
  const complete = objectives.every(({ metric }) => metrics[metric] !== undefined)
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

function otherMetrics(metrics: Metrics, objectives: readonly { readonly metric: string }[]): Metrics | undefined {
  let others: Record<string, number> | undefined
  for (const name in metrics) {
    if (objectives.some(({ metric }) => metric === name)) continue
    others ??= {}
    others[name] = metrics[name]!
  }
  return others
}

/** What becomes of a trial whose attempt ended so. */
export function endOf(live: LiveTrial, outcome: Outcome, failure: Failure | undefined, state: ExperimentState): Ended {
  const base = { type: 'ended', trial: live.number, attempt: live.attempt, outcome } as const
  const { decision } = live
  const withoutMetric = decision?.by === 'engine' || (outcome === 'completed' && !hasScore(live, state))
  if (withoutMetric && (decision === undefined || decision.by === 'engine')) {
    return { ...base, state: 'failed', failure: noMetric(live, state) }
  }
  if (decision !== undefined) {
    // A trial that came to its own end before the decision reached it was not ended early.
    const left = outcome === 'completed' ? 'completed' : stateAfter[decision.action]
    return { ...base, state: left, failure: undefined }
  }
  if (live.held) return endOfHeld(live, base, failure, state)
  if (outcome === 'completed' || outcome === 'stopped') return { ...base, state: outcome, failure: undefined }
  if (outcome === 'lost' || outcome === 'interrupted') return { ...base, state: 'pending', failure }
  const again = live.failures < state.experiment.maxFailures
  return { ...base, state: again ? 'pending' : 'failed', failure }
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
  base: Pick<Ended, 'type' | 'trial' | 'attempt' | 'outcome'>,
  failure: Failure | undefined,
  { experiment }: ExperimentState,
): Ended {
  if (base.outcome === 'completed') return { ...base, state: 'completed', failure: undefined }
  const isOver = base.outcome === 'failed' && live.failures >= experiment.maxFailures
  return { ...base, state: isOver ? 'failed' : 'paused', failure }
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
