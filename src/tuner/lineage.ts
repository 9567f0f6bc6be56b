import { visibleReports } from '../trial/columns.ts'
import type { LogValue } from '../space/encoded.ts'
import type { CheckpointOrigin, Reported } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import type { ExperimentState } from './state.ts'

/** A stretch of training with one configuration. */
export interface Segment<C = Readonly<Record<string, unknown>>> {
  /** The trial that trained it: another one where its weights were taken over. */
  readonly trial: number
  readonly config: C
  /** The steps after which it began and at which it ended. */
  readonly from: number
  readonly to: number
}

/** What the log knows of the attempts of a trial. */
export interface AttemptsOf {
  readonly reports: readonly Reported[]
  /** Where each attempt went on. */
  readonly origins: ReadonlyMap<number, CheckpointOrigin | undefined>
}

/** The configuration with which a trial scored best, where it was changed on the way, as the log has it. */
export function bestValues(trial: number, state: ExperimentState): readonly LogValue[] {
  const { columns, experiment } = state
  const segments = state.segmentsOf(trial)
  if (segments.length < 2) return columns.values(trial)
  const losses = new Map<number, number[]>()
  for (const report of visibleReports(columns, columns.lastReport(trial))) {
    const segment = segments.findLastIndex(({ attempt }) => attempt <= columns.reportAttempt(report))
    const loss = lossOf(columns.reportValue(report), experiment.objectives[0]!.mode)
    losses.set(segment, [...(losses.get(segment) ?? []), loss])
  }
  let best = segments.length - 1
  let least = Infinity
  for (const [segment, newestFirst] of losses) {
    const loss = scoreOf(newestFirst, experiment.score)
    if (loss < least) [best, least] = [segment, loss]
  }
  return segments[best]!.values
}

function scoreOf(newestFirst: readonly number[], rule: string): number {
  if (rule === 'last') return newestFirst[0]!
  if (rule === 'best') return Math.min(...newestFirst)
  const some = newestFirst.slice(0, Number(rule.slice('mean:'.length)))
  return some.reduce((sum, loss) => sum + loss, 0) / some.length
}

/**
 * The schedule that led to a trial's newest report, from the first step on: through the checkpoints that it went on from, also
 * those of other trials.
 */
export function lineageOf(
  trial: number,
  state: ExperimentState,
  attemptsOf: (trial: number) => AttemptsOf,
): readonly Segment[] {
  const last = attemptsOf(trial).reports.findLast(({ judged }) => judged)
  const segments: Segment[] = []
  let place = last && { trial, attempt: last.attempt, to: last.step }
  while (place !== undefined) {
    const { trial: by, attempt, to } = place
    const { origins } = attemptsOf(by)
    const origin = origins.get(attempt)
    const config = state.space.configOf(valuesAt(by, attempt, state))
    prepend(segments, { trial: by, config, from: origin?.step ?? 0, to })
    place = origin && placeOf(origin.trial ?? by, origin, attemptsOf)
  }
  return segments
}

/** The attempt that made a checkpoint. */
function placeOf(
  trial: number,
  { checkpoint, step }: CheckpointOrigin,
  attemptsOf: (trial: number) => AttemptsOf,
): { readonly trial: number; readonly attempt: number; readonly to: number } | undefined {
  const report = attemptsOf(trial).reports.find((each) => each.checkpoint === checkpoint)
  return report && { trial, attempt: report.attempt, to: step }
}

function valuesAt(trial: number, attempt: number, state: ExperimentState): readonly LogValue[] {
  const segment = state.segmentsOf(trial).findLast((each) => each.attempt <= attempt)
  return segment?.values ?? state.columns.values(trial)
}

/** One that goes on with the same configuration in the same trial is no segment of its own. */
function prepend(segments: Segment[], segment: Segment): void {
  const [next] = segments
  const goesOn = next?.trial === segment.trial && JSON.stringify(next.config) === JSON.stringify(segment.config)
  if (goesOn) segments[0] = { ...next, from: segment.from }
  else segments.unshift(segment)
}
