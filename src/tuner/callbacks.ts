import { messageOf } from '../base/errors.ts'
import { metricsOf } from '../trial/event.ts'
import type { Budget, Event } from '../trial/event.ts'
import type { Callback, ExperimentStart, ScoredTrial } from '../logger/callback.ts'
import { Feasibility } from '../trial/feasibility.ts'
import { frontIn } from './front.ts'
import type { ExperimentState } from './state.ts'

/** Tells the user's callbacks of committed events, and switches off those that fail. */
export class Callbacks {
  readonly #live: Map<string, Callback>
  readonly #warn: (message: string) => void

  constructor(callbacks: readonly Callback[], warn: (message: string) => void) {
    this.#live = new Map(callbacks.map((callback, i) => [`${callback.name ?? 'callback'} (number ${i})`, callback]))
    this.#warn = warn
  }

  /** Whether anybody wants to hear of trials. */
  get listen(): boolean {
    for (const callback of this.#live.values()) {
      if ('onTrialStart' in callback || 'onReport' in callback || 'onTrialEnd' in callback) return true
    }
    return false
  }

  tell(event: Event, state: ExperimentState): void {
    if (event.type !== 'launched' && event.type !== 'reported' && event.type !== 'ended') return
    for (const [name, callback] of this.#live) void this.#guard(name, () => dispatch(callback, event, state))
  }

  start(start: ExperimentStart): void {
    for (const [name, callback] of this.#live) void this.#guard(name, () => callback.onExperimentStart?.(start))
  }

  /** Resolves once all can take more; undefined where they can. */
  get room(): Promise<void> | undefined {
    let room: Promise<void> | undefined
    for (const [name, callback] of this.#live) {
      const own = callback.room?.catch((thrown: unknown) => this.#fail(name, thrown))
      if (own !== undefined) room = room === undefined ? own : Promise.all([room, own]).then(() => {})
    }
    return room
  }

  /** Resolves once all have come to their end. */
  async end(): Promise<void> {
    const ends = [...this.#live].map(([name, callback]) => this.#guard(name, () => callback.onExperimentEnd?.()))
    for (const ended of ends) await ended
  }

  #fail(name: string, thrown: unknown): void {
    if (!this.#live.delete(name)) return
    this.#warn(`${name} failed and is switched off: ${messageOf(thrown)}`)
  }

  #guard(name: string, call: () => void | Promise<void>): Promise<void> | undefined {
    try {
      // A user's function may answer anything.
      const answered: unknown = call()
      if (!(answered instanceof Promise)) return undefined
      return answered.catch((thrown: unknown) => this.#fail(name, thrown))
    } catch (thrown) {
      this.#fail(name, thrown)
      return undefined
    }
  }
}

function dispatch(callback: Callback, event: Event, state: ExperimentState): void | Promise<void> {
  if ((event.type === 'launched' || event.type === 'reported') && event.trial < state.known) return undefined
  switch (event.type) {
    case 'launched':
      return callback.onTrialStart?.({
        trial: event.trial,
        attempt: event.attempt,
        config: state.columns.config(event.trial),
      })
    case 'reported': {
      const { attempt, step } = event
      const metrics = metricsOf(event, state.experiment.objectives)
      return callback.onReport?.(scored(event.trial, state, { attempt, step, metrics }))
    }
    case 'ended': {
      const { attempt, failure, outcome } = event
      const known = event.trial < state.known
      const end = { attempt, state: event.state, known, failure, ...(outcome && { outcome }) }
      return callback.onTrialEnd?.(scored(event.trial, state, end))
    }
    default:
      return undefined
  }
}

/** `more` with what is known of a trial: its configuration is decoded for those who look at it. */
function scored<T extends object>(trial: number, state: ExperimentState, more: T): T & ScoredTrial {
  const { columns } = state
  return {
    ...more,
    trial,
    score: columns.score(trial),
    scores: scoresOf(trial, state),
    violation: state.violation(trial),
    get config() {
      return columns.config(trial)
    },
  }
}

function scoresOf(trial: number, { columns, experiment }: ExperimentState): number[] {
  return experiment.objectives.map((_, k) => columns.score(trial, k))
}

/** What a session finds, and the budget that it goes on with. */
export function startOf(state: ExperimentState, location: string, resumed: boolean, budget: Budget): ExperimentStart {
  const { experiment, now, columns, completed, stopped, failed } = state
  const { trials, timeMs, concurrency } = budget
  const order = new Feasibility(columns)
  let best: number | undefined
  for (let trial = 0; trial < columns.trials; trial++) {
    if (columns.state(trial) === 'failed' || Number.isNaN(columns.loss(trial))) continue
    if (best === undefined || order.compare(trial, best) < 0) best = trial
  }
  return {
    name: experiment.name,
    location,
    resumed,
    objectives: experiment.objectives,
    trials,
    timeMs,
    elapsedMs: now,
    concurrency,
    ended: { completed, stopped, failed },
    best: best === undefined ? undefined : scored(best, state, {}),
    front: experiment.objectives.length > 1 ? frontIn(columns).map((trial) => scored(trial, state, {})) : [],
  }
}
