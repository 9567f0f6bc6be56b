import type { BestTrial, SessionOutcome } from '../logger/progress.ts'
import type { Metrics } from '../trial/event.ts'
import { severalOf } from './export.ts'
import type { Result, ResultGrid } from './results.ts'

/** How a session ended, for those who follow its progress. */
export function outcomeOf<C, R extends Metrics>(results: ResultGrid<C, R>): SessionOutcome {
  const { name, location, end, halted } = results
  const best = bestOf(results)
  return {
    name,
    location,
    end,
    halted: halted?.by ?? null,
    best: best && shownOf(best),
    front: frontOf(results).map(shownOf),
    trials: () => [...results].map(rowOf),
  }
}

function shownOf<C, R extends Metrics>(result: Result<C, R>): BestTrial {
  const { trial, score, scores, feasible, repeats, step, config } = result
  return { trial, score, scores: Object.values(scores), feasible, repeats, step, config: config as Config }
}

/** With several objectives their front; empty with one. */
function frontOf<C, R extends Metrics>(results: ResultGrid<C, R>): readonly Result<C, R>[] {
  return results.objectives.length > 1 ? results.front : []
}

type Config = Readonly<Record<string, unknown>>

/** The best trial; undefined where no trial has a score, or where several objectives have no one best. */
export function bestOf<C, R extends Metrics>(results: ResultGrid<C, R>): Result<C, R> | undefined {
  try {
    return results.best
  } catch {
    return undefined
  }
}

/** A trial as JSON has it. */
export function rowOf<C, R extends Metrics>(result: Result<C, R>): Readonly<Record<string, unknown>> {
  const {
    trial,
    state,
    known,
    config,
    metrics,
    score,
    scores,
    feasible,
    repeats,
    step,
    attempts,
    startedMs,
    endedMs,
    failure,
    checkpoint,
  } = result
  // One that ran once had one configuration all the time.
  const lineage = attempts > 1 ? result.lineage : []
  const seconds = (endedMs - startedMs) / 1000
  return {
    number: trial,
    state,
    known,
    config,
    metrics,
    score,
    ...severalOf(scores),
    feasible,
    ...(repeats && { repeats }),
    step,
    attempts,
    ...(lineage.length > 1 && { lineage }),
    seconds: Number.isFinite(seconds) ? seconds : null,
    error: failure ?? null,
    checkpoint:
      checkpoint === undefined ? null : { id: checkpoint.id, step: checkpoint.step, path: pathOf(checkpoint) },
  }
}

function pathOf(checkpoint: { directory(): string }): string | null {
  try {
    return checkpoint.directory()
  } catch {
    return null
  }
}
