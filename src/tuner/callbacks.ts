import { messageOf } from '../base/errors.ts'
import { metricsOf } from '../trial/event.ts'
import type { Event } from '../trial/event.ts'
import type { Callback } from './callback.ts'
import type { ExperimentState } from './state.ts'

/** Tells the user's callbacks of committed events, and switches off those that fail. */
export class Callbacks {
  readonly #live: Map<string, Callback>
  readonly #warn: (message: string) => void

  constructor(callbacks: readonly Callback[], warn: (message: string) => void) {
    this.#live = new Map(callbacks.map((callback, i) => [`${callback.name ?? 'callback'} (number ${i})`, callback]))
    this.#warn = warn
  }

  tell(events: readonly Event[], state: ExperimentState): void {
    if (this.#live.size === 0) return
    for (const event of events) {
      for (const [name, callback] of this.#live) this.#guard(name, () => dispatch(callback, event, state))
    }
  }

  end(): void {
    for (const [name, callback] of this.#live) this.#guard(name, () => callback.onExperimentEnd?.())
  }

  #guard(name: string, call: () => void | Promise<void>): void {
    const failed = (thrown: unknown): void => {
      if (!this.#live.delete(name)) return
      this.#warn(`${name} failed and is switched off: ${messageOf(thrown)}`)
    }
    try {
      void Promise.resolve(call()).catch(failed)
    } catch (thrown) {
      failed(thrown)
    }
  }
}

function dispatch(callback: Callback, event: Event, state: ExperimentState): void | Promise<void> {
  switch (event.type) {
    case 'launched':
      return callback.onTrialStart?.({
        trial: event.trial,
        attempt: event.attempt,
        config: state.columns.config(event.trial),
      })
    case 'reported':
      return callback.onReport?.({
        trial: event.trial,
        attempt: event.attempt,
        step: event.step,
        metrics: metricsOf(event, state.experiment.objectives),
      })
    case 'ended':
      return callback.onTrialEnd?.(event)
    default:
      return undefined
  }
}
