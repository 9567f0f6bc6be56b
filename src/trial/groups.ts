import type { EncodedSpace } from '../space/encoded.ts'
import { TrialColumns } from './columns.ts'
import type { Ended, Event, Failure, Launched, Reopened, Suggested, TrialState } from './event.ts'
import type { History } from './history.ts'
import type { Objective, OutcomeConstraint } from './objective.ts'

/** How trials repeat their configurations. */
export interface Repetition {
  /** So many trials in a row have one configuration. */
  readonly repeats: number
  /** Number of the first trials that are known results, each of which is a group by itself. */
  readonly known: number
}

/** The group that a trial is of: groups are numbered from 0 like trials. */
export function groupOf(trial: number, { repeats, known }: Repetition): number {
  return trial < known ? trial : known + Math.floor((trial - known) / repeats)
}

/** The trials of a group, without regard to whether all of them were suggested yet. */
export function membersOf(group: number, { repeats, known }: Repetition): number[] {
  if (group < known) return [group]
  return Array.from({ length: repeats }, (_, i) => known + (group - known) * repeats + i)
}

/** What is known of a trial once it is over. */
interface Member {
  readonly state: TrialState
  readonly failure: Failure | undefined
  /** Undefined where it failed, or has no score. */
  readonly scores: readonly number[] | undefined
  readonly violations: readonly number[]
  readonly step: number
}

/**
 * An experiment whose configurations are repeated as one in which each runs once: a group of trials is a trial that reports
 * once, when all of it is over, the mean of its scores. Those that failed are left out; where all failed, so did the group.
 */
export class Groups {
  /** The groups as trials. */
  readonly columns: TrialColumns
  readonly #trials: History
  readonly #repetition: Repetition
  readonly #objectives: readonly Objective[]
  readonly #constraints: readonly OutcomeConstraint[]
  /** Groups of which a trial is not over. */
  readonly #open = new Map<number, Member[]>()

  constructor(
    space: EncodedSpace,
    objectives: readonly Objective[],
    constraints: readonly OutcomeConstraint[],
    trials: History,
    repetition: Repetition,
  ) {
    this.columns = new TrialColumns(space, objectives, 'last', constraints)
    this.#trials = trials
    this.#repetition = repetition
    this.#objectives = objectives
    this.#constraints = constraints
  }

  /** Takes an event that was applied to the trials; calls `tell` with each event of the groups that it means. */
  observe(event: Event, tell: (event: Event) => void = () => {}): void {
    for (const meant of this.#meant(event)) {
      this.columns.apply(meant)
      tell(meant)
    }
  }

  #meant(event: Event): readonly Event[] {
    switch (event.type) {
      case 'suggested':
        return this.#suggested(event)
      case 'launched':
        return this.#launched(event)
      case 'ended':
        return event.state === 'pending' || event.state === 'paused' ? [] : this.#ended(event)
      case 'reopened':
        return this.#reopened(event)
      case 'time':
      case 'changed':
      case 'exhausted':
      case 'halted':
        return [event]
      default:
        return []
    }
  }

  #suggested(event: Suggested): Event[] {
    const group = groupOf(event.trial, this.#repetition)
    if (group < this.columns.trials) return []
    this.#open.set(group, [])
    return [{ ...event, trial: group }]
  }

  #launched({ trial }: Launched): Event[] {
    const group = groupOf(trial, this.#repetition)
    return this.columns.attempt(group) === 0 ? [{ type: 'launched', trial: group, attempt: 1 }] : []
  }

  #ended(event: Ended): Event[] {
    const group = groupOf(event.trial, this.#repetition)
    const members = this.#open.get(group)!
    members.push(this.#member(event))
    if (members.length < membersOf(group, this.#repetition).length) return []
    this.#open.delete(group)
    return this.#closed(group, members)
  }

  /** What is known of the others is what the columns say; of a group that was over the trial opens it again. */
  #reopened(event: Reopened): Event[] {
    const group = groupOf(event.trial, this.#repetition)
    const open = this.#open.has(group)
    const others = membersOf(group, this.#repetition).filter(
      (member) => member !== event.trial && member < this.#trials.trials && isOver(this.#trials.state(member)),
    )
    this.#open.set(
      group,
      others.map((trial) => this.#member({ trial, state: this.#trials.state(trial), failure: undefined })),
    )
    return open ? [] : [{ ...event, trial: group }]
  }

  #member({ trial, state, failure }: Pick<Member, 'state' | 'failure'> & { readonly trial: number }): Member {
    const last = this.#trials.lastReport(trial)
    const isScored = state !== 'failed' && last >= 0
    return {
      state,
      failure,
      scores: isScored ? this.#objectives.map((_, i) => this.#trials.score(trial, i)) : undefined,
      violations: this.#constraints.map((_, i) => this.#trials.violation(trial, i)),
      step: isScored ? this.#trials.reportStep(last) : Infinity,
    }
  }

  #closed(group: number, members: readonly Member[]): Event[] {
    const scored = members.filter(({ scores }) => scores !== undefined)
    const failed = members.every(({ state }) => state === 'failed')
    const early = members.some(({ state }) => state === 'stopped')
    const state = failed ? 'failed' : early ? 'stopped' : 'completed'
    const failure = failed ? members.find((member) => member.failure !== undefined)?.failure : undefined
    const ended: Event = { type: 'ended', trial: group, attempt: 1, outcome: state, state, failure }
    if (scored.length === 0) return [ended]
    const values = this.#objectives.map((_, i) => mean(scored.map(({ scores }) => scores![i]!)))
    // Where some were stopped early, the mean is worth no more than the shortest of them.
    const step = Math.min(...scored.map((member) => member.step))
    const others = this.#others(scored)
    return [{ type: 'reported', trial: group, attempt: 1, step, values, others, judged: true }, ended]
  }

  /** The means of the constrained metrics that are no objectives. */
  #others(scored: readonly Member[]): Record<string, number> | undefined {
    let others: Record<string, number> | undefined
    for (const [i, constraint] of this.#constraints.entries()) {
      const { metric } = constraint
      const violation = mean(scored.map(({ violations }) => violations[i]!))
      if (Number.isNaN(violation) || this.#objectives.some((objective) => objective.metric === metric)) continue
      others ??= {}
      others[metric] = 'max' in constraint ? constraint.max + violation : constraint.min - violation
    }
    return others
  }
}

function isOver(state: TrialState): boolean {
  return state === 'completed' || state === 'stopped' || state === 'failed'
}

function mean(values: readonly number[]): number {
  // Divided first, as the sum of large values may not be finite.
  return values.reduce((sum, value) => sum + value / values.length, 0)
}
