import { limits } from '../base/limits.ts'
import type { Budget } from '../trial/event.ts'
import type { ExperimentState, LiveTrial } from './state.ts'

/** Why an experiment is to end at this time, in milliseconds; undefined where it goes on. */
export function timeUsedUp({ timeMs }: Budget, now: number): string | undefined {
  return timeMs !== null && now >= timeMs ? `the time budget of ${timeMs / 1000} s is used up` : undefined
}

/** Why an experiment is to end by how its first trials failed; undefined where it goes on. */
export function equalFailures({ startFailures, repetition }: ExperimentState): string | undefined {
  // Repetitions of one configuration that fails say nothing of the others.
  if (startFailures === null || startFailures.count < limits.equalFailures * repetition.repeats) return undefined
  return `the first ${startFailures.count} trials all failed with: ${startFailures.first}`
}

/** Whether all trials that are not over are paused, and nothing is about to become of any. */
export function isAtRest({ live, halted, exhausted }: ExperimentState): boolean {
  if (live.size === 0 || halted !== undefined || exhausted !== undefined) return false
  for (const { paused, decision } of live.values()) if (!paused || decision !== undefined) return false
  return true
}

/** Whether nothing is left but paused trials that nobody lets go on; one that was about to pause at a halt stands there, too. */
export function nobodyGoesOn(state: ExperimentState, isOpen: boolean): boolean {
  if (state.paused === 0 || state.running > 0) return false
  const isSpent = (state.exhausted !== undefined || state.trialsLeft === 0) && !isOpen
  return state.halted !== undefined || (isSpent && state.waiting.length === 0)
}

/** Whether a trial waits for its turn since a decision let it go on; others wait for another try of what failed or was lost. */
export function wasLetGoOn({ running, paused, changed, number }: LiveTrial, { columns }: ExperimentState): boolean {
  return !running && !paused && (changed || columns.state(number) === 'paused')
}
