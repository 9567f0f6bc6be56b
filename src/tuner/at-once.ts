import type { Decided, Ended, Event } from '../trial/event.ts'
import { unfinishedRule, userName } from '../trial/event.ts'
import { reportOf } from './attempts.ts'
import type { ExperimentState, LiveTrial } from './state.ts'

// What becomes of trials at once, without anybody running them. Each event is to be applied to the state before the next one is asked for.

/** Results from elsewhere pass for trials that were run at once. */
export function* eventsOfKnown(state: ExperimentState): Generator<Event> {
  for (const { values, metrics } of state.experiment.known!) {
    const trial = state.columns.trials
    yield { type: 'suggested', trial, asOf: state.position, values, why: { by: 'known' } }
    yield { type: 'launched', trial, attempt: 1 }
    yield reportOf(state.liveTrial(trial), metrics, undefined, undefined, state)
    yield { type: 'ended', trial, attempt: 1, outcome: 'completed', state: 'completed', failure: undefined }
  }
}

/**
 * What stops the trials that are not over with what they have, as an experiment goes on. The ends of attempts that run, or are held,
 * come from whoever runs them, as after any decision.
 */
export function* stopsOfUnfinished(state: ExperimentState): Generator<Event> {
  for (const live of state.live.values()) {
    // One that was never begun is as good as a new one.
    if (isEnding(live) || live.attempt === 0) continue
    yield stopOf(live)
    if (!live.running && !live.held) yield endOf(live)
  }
}

/** One that is about to pause, or to take over another's checkpoint, would go on. */
function isEnding({ decision }: LiveTrial): boolean {
  return decision?.action === 'stop' || decision?.action === 'complete'
}

function stopOf({ number: trial, attempt }: LiveTrial): Decided {
  return { type: 'decided', trial, attempt, action: 'stop', by: userName, why: { rule: unfinishedRule } }
}

function endOf({ number: trial, attempt }: LiveTrial): Ended {
  return { type: 'ended', trial, attempt, outcome: 'stopped', state: 'stopped', failure: undefined }
}
