import { finiteFrom, knownOptions, wholeFrom } from '../base/check.ts'
import type { Event } from '../trial/event.ts'
import { standardDeviation } from './statistics.ts'
import type { StopperFactory } from './stopper.ts'

export interface ExperimentPlateauOptions {
  /** Standard deviation of the best scores at or below which they count as a plateau. Default: 0.001. */
  readonly deviation?: number
  /** How many of the best scores are looked at. Default: 10. */
  readonly top?: number
  /** Further trials that must end without leaving the plateau. Default: 0. */
  readonly patience?: number
}

/** Stops the experiment once its best trials score alike (first objective): more trials bring no more. */
export function experimentPlateau(options: ExperimentPlateauOptions = {}): StopperFactory {
  knownOptions('experimentPlateau()', options, ['deviation', 'top', 'patience'])
  const deviation = finiteFrom('experimentPlateau(): deviation', options.deviation ?? 0.001, 0)
  const top = wholeFrom('experimentPlateau(): top', options.top ?? 10, 2)
  const patience = wholeFrom('experimentPlateau(): patience', options.patience ?? 0, 0)
  return {
    name: 'experimentPlateau',
    options: { ...options },
    create({ history }) {
      /** The lowest losses so far, ascending. */
      const best: Scored[] = []
      let trialsOnPlateau = 0
      return {
        observe(event: Event) {
          if (event.type !== 'ended' || event.state === 'pending' || event.state === 'failed') return
          const loss = history.loss(event.trial)
          if (Number.isFinite(loss)) insert(best, { trial: event.trial, loss }, top)
          const isPlateau = best.length === top && standardDeviation(best.map((each) => each.loss)) <= deviation
          trialsOnPlateau = isPlateau ? trialsOnPlateau + 1 : 0
        },
        stopExperiment() {
          if (trialsOnPlateau <= patience) return undefined
          return `the best ${top} scores differ by no more than ${deviation}`
        },
      }
    },
  }
}

interface Scored {
  readonly trial: number
  readonly loss: number
}

/** Puts a trial into an ascending list of at most `length`, in place of what it scored before it was paused. */
function insert(list: Scored[], scored: Scored, length: number): void {
  const before = list.findIndex(({ trial }) => trial === scored.trial)
  if (before >= 0) list.splice(before, 1)
  const after = list.findIndex(({ loss }) => loss > scored.loss)
  list.splice(after < 0 ? list.length : after, 0, scored)
  if (list.length > length) list.pop()
}
