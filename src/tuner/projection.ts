import type { EncodedSpace, LogValue } from '../space/encoded.ts'
import type { TrialRow } from '../store/store.ts'
import { jsonNumber } from '../trial/codec.ts'
import { metricsOf } from '../trial/event.ts'
import type { Ended, Event, Launched, Reported, TrialState } from '../trial/event.ts'
import type { Objective } from '../trial/objective.ts'
import type { TrialColumns } from '../trial/columns.ts'

/** What is known of a trial until it is over for good: one that failed may be tried again. */
interface Draft {
  values: readonly LogValue[]
  startedMs: number
  lastReport: Reported | undefined
}

/**
 * Folds the log into one row a finished trial, as users query it. Derived: it can be made again from the log at any
 * time, and `trialist verify` compares.
 */
export class Projection {
  readonly #names: readonly string[]
  readonly #objectives: readonly Objective[]
  readonly #drafts = new Map<number, Draft>()
  #now = 0

  constructor(space: EncodedSpace, objectives: readonly Objective[]) {
    this.#names = space.dimensions.map(({ name }) => name)
    this.#objectives = objectives
  }

  /** Takes the next event, already applied to `columns`; the row of the trial that it ended, or reopened, if it did. */
  apply(event: Event, columns: TrialColumns): TrialRow | undefined {
    switch (event.type) {
      case 'time':
        this.#now = event.now
        return undefined
      case 'suggested':
        this.#drafts.set(event.trial, { values: event.values, startedMs: NaN, lastReport: undefined })
        return undefined
      case 'launched':
        this.#launched(event)
        return undefined
      case 'reported':
        if (event.judged || !this.#drafts.get(event.trial)!.lastReport?.judged) {
          this.#drafts.get(event.trial)!.lastReport = event
        }
        return undefined
      case 'ended':
        return event.state === 'pending' || event.state === 'paused' ? undefined : this.#finish(event, columns)
      case 'reopened':
        return this.#row({ trial: event.trial, attempt: columns.attempt(event.trial), state: 'pending' }, columns, NaN)
      default:
        return undefined
    }
  }

  #launched({ trial, attempt, values }: Launched): void {
    const draft = this.#drafts.get(trial)!
    if (attempt === 1 && Number.isNaN(draft.startedMs)) draft.startedMs = this.#now
    if (values !== undefined) draft.values = values
  }

  #finish(event: Ended, columns: TrialColumns): TrialRow {
    const row = this.#row(event, columns, this.#now)
    if (event.state !== 'failed') this.#drafts.delete(event.trial)
    return row
  }

  #row(standing: Standing, columns: TrialColumns, endedMs: number): TrialRow {
    const draft = this.#drafts.get(standing.trial)!
    return new ProjectedRow(standing, draft, endedMs, columns.score(standing.trial), this.#names, this.#objectives)
  }
}

/** What became of a trial. */
type Standing = Pick<Ended, 'trial' | 'attempt'> & { readonly state: TrialState; readonly failure?: Ended['failure'] }

/** Its texts are made when a store asks for them, as not every store does. */
class ProjectedRow implements TrialRow {
  readonly number: number
  readonly state: TrialState
  readonly attempts: number
  readonly score: number | null
  readonly startedMs: number
  readonly endedMs: number
  readonly error: string | null
  readonly #draft: Draft
  readonly #names: readonly string[]
  readonly #objectives: readonly Objective[]

  constructor(
    standing: Standing,
    draft: Draft,
    endedMs: number,
    score: number,
    names: readonly string[],
    objectives: readonly Objective[],
  ) {
    this.number = standing.trial
    this.state = standing.state
    this.attempts = standing.attempt
    this.score = Number.isNaN(score) ? null : score
    this.startedMs = draft.startedMs
    this.endedMs = endedMs
    this.error = standing.failure?.message ?? null
    this.#draft = draft
    this.#names = names
    this.#objectives = objectives
  }

  get config(): string {
    const config: Record<string, LogValue> = {}
    this.#names.forEach((name, i) => {
      const value = this.#draft.values[i]!
      if (value !== null) config[name] = value
    })
    return JSON.stringify(config)
  }

  get metrics(): string {
    const report = this.#draft.lastReport
    return report === undefined ? '{}' : JSON.stringify(metricsOf(report, this.#objectives), jsonNumber)
  }

  get step(): number | null {
    return this.#draft.lastReport?.step ?? null
  }
}
