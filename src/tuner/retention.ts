import type { TrialColumns } from '../trial/columns.ts'
import type {
  CheckpointOrigin,
  CheckpointPolicy,
  Ended,
  Event,
  Experiment,
  Exploit,
  Forgotten,
  Launched,
  Reported,
} from '../trial/event.ts'
import { metricsOf } from '../trial/event.ts'
import { Feasibility } from '../trial/feasibility.ts'
import type { Groups } from '../trial/groups.ts'
import type { History } from '../trial/history.ts'
import { lossOf } from '../trial/objective.ts'
import type { Objective } from '../trial/objective.ts'

/** A checkpoint that is kept. */
export interface KeptCheckpoint {
  readonly id: string
  readonly attempt: number
  readonly step: number
  /** What the policy ranks by, and the first objective: smaller is better, Infinity where the report had none. */
  readonly rank: number
  readonly loss: number
  /** The trial that made it, where another one is to go on from it. */
  readonly donor?: number
}

/** Of experiments whose log says nothing of checkpoints. */
const defaultPolicy: CheckpointPolicy = { keep: 1, metric: null, mode: 'min' }
const none: readonly KeptCheckpoint[] = []
const noIds: readonly string[] = []

/**
 * Which checkpoints are kept, as a fold of the log: of each trial the newest one, as many more as the policy says, and the
 * best one of the trial that leads the experiment; and of a trial that goes on from another one's checkpoint that one, until it
 * has one of its own. What is not kept may be removed once the event that made it so is in the log.
 */
export class Retention {
  readonly #policy: CheckpointPolicy
  readonly #objectives: readonly Objective[]
  readonly #columns: TrialColumns
  readonly #groups: Groups | undefined
  /** By trial, oldest first. */
  readonly #kept = new Map<number, readonly KeptCheckpoint[]>()
  /** Where the newest attempts went on from. */
  readonly #origins = new Map<number, CheckpointOrigin>()
  /** Of each checkpoint that other trials are to go on from: those trials. */
  readonly #borrowers = new Map<string, Set<number>>()
  #released: string[] = []

  /** `columns` and `groups`, one trial a configuration where configurations are repeated, see each event first. */
  constructor({ checkpoints, objectives }: Experiment, columns: TrialColumns, groups?: Groups) {
    this.#policy = checkpoints ?? defaultPolicy
    this.#objectives = objectives
    this.#columns = columns
    this.#groups = groups
  }

  /** The trial's checkpoints that are kept, oldest first. */
  of(trial: number): readonly KeptCheckpoint[] {
    return this.#kept.get(trial) ?? none
  }

  newest(trial: number): KeptCheckpoint | undefined {
    return this.of(trial).at(-1)
  }

  /** Where the trial's next attempt goes on. */
  next(trial: number): CheckpointOrigin | undefined {
    const newest = this.newest(trial)
    if (newest === undefined) return undefined
    const { id: checkpoint, step, donor } = newest
    return donor === undefined ? { checkpoint, step } : { checkpoint, step, trial: donor }
  }

  /** Those that nobody keeps any more, since the last call. */
  takeReleased(): readonly string[] {
    if (this.#released.length === 0) return noIds
    const released = this.#released
    this.#released = []
    return released
  }

  /** The checkpoint that the trial's newest attempt goes on from. */
  origin(trial: number): CheckpointOrigin | undefined {
    return this.#origins.get(trial)
  }

  /** All that are kept, by trial. */
  entries(): Iterable<readonly [trial: number, kept: readonly KeptCheckpoint[]]> {
    return this.#kept
  }

  apply(event: Event): void {
    if (event.type === 'reported') this.#reported(event)
    else if (event.type === 'launched') this.#launched(event)
    else if (event.type === 'forgotten') this.#forgotten(event)
    else if (event.type === 'decided' && event.exploit !== undefined) this.#exploits(event.trial, event.exploit)
    else if (event.type === 'ended') this.#ended(event)
    else if (event.type === 'reopened' && event.afresh) this.#keep(event.trial, none)
  }

  #ended({ trial, outcome, state }: Ended): void {
    if (outcome !== 'held') this.#origins.delete(trial)
    if (state === 'pending' || state === 'paused' || !this.#kept.has(trial)) return
    const own = this.of(trial).filter(({ donor }) => donor === undefined)
    if (own.length < this.of(trial).length) this.#keep(trial, own)
  }

  /** The trial is to go on from there, so that is its newest one now. */
  #exploits(trial: number, { trial: from, checkpoint }: Exploit): void {
    const taken = this.of(from).find(({ id }) => id === checkpoint)
    if (taken === undefined) return
    const own = this.of(trial).filter(({ id, donor }) => donor === undefined && id !== checkpoint)
    this.#keep(trial, [...own, from === trial ? taken : { ...taken, donor: taken.donor ?? from }])
  }

  /** The trial keeps these from now on. */
  #keep(trial: number, kept: readonly KeptCheckpoint[]): void {
    const before = this.of(trial)
    if (kept.length > 0) this.#kept.set(trial, kept)
    else this.#kept.delete(trial)
    for (const { id, donor } of kept) {
      if (donor === undefined) continue
      const borrowers = this.#borrowers.get(id) ?? new Set()
      this.#borrowers.set(id, borrowers.add(trial))
    }
    for (const each of before) if (!kept.some(({ id }) => id === each.id)) this.#drop(trial, each)
  }

  #drop(trial: number, { id, donor }: KeptCheckpoint): void {
    const borrowers = this.#borrowers.get(id)
    if (donor !== undefined) borrowers?.delete(trial)
    if (borrowers !== undefined && borrowers.size > 0) return
    this.#borrowers.delete(id)
    if (donor === undefined || !this.of(donor).some((each) => each.id === id)) this.#released.push(id)
  }

  #launched({ trial, from }: Launched): void {
    if (from !== undefined) this.#origins.set(trial, from)
  }

  #reported(event: Reported): void {
    const { trial, attempt, step, checkpoint } = event
    if (checkpoint === undefined) return
    const { metric, mode } = this.#policy
    const rank = metric === null ? 0 : lossOf(metricsOf(event, this.#objectives)[metric] ?? NaN, mode)
    const loss = lossOf(event.values[0]!, this.#objectives[0]!.mode)
    const earlier = this.of(trial).filter(({ id, donor }) => id !== checkpoint && donor === undefined)
    this.#keep(trial, this.#chosen(trial, [...earlier, { id: checkpoint, attempt, step, rank, loss }]))
  }

  #chosen(trial: number, all: readonly KeptCheckpoint[]): readonly KeptCheckpoint[] {
    const newestFirst = all.toReversed()
    // The sort is stable: among equals the newer is kept.
    const ranked = newestFirst.toSorted((a, b) => compare(a.rank, b.rank))
    const kept = new Set([...ranked.slice(0, this.#policy.keep), newestFirst[0]!])
    if (kept.size === all.length) return all
    const best = newestFirst.reduce((a, b) => (b.loss < a.loss ? b : a))
    if (!kept.has(best) && this.#leads(trial)) kept.add(best)
    return all.filter((each) => kept.has(each))
  }

  /** Whether no other trial is better. */
  #leads(trial: number): boolean {
    if (Number.isNaN(this.#columns.loss(trial))) return false
    if (this.#groups !== undefined) return this.#mayLead(trial, this.#groups.columns)
    const order = new Feasibility(this.#columns)
    for (let other = 0; other < this.#columns.trials; other++) if (order.compare(other, trial) < 0) return false
    return true
  }

  /** Whether the trial is at least as good as every configuration's mean: the best trial of the best mean is. */
  #mayLead(trial: number, groups: History): boolean {
    const violation = new Feasibility(this.#columns).total(trial)
    const loss = this.#columns.loss(trial)
    const order = new Feasibility(groups)
    for (let group = 0; group < groups.trials; group++) {
      if (groups.state(group) === 'failed' || Number.isNaN(groups.loss(group))) continue
      const total = order.total(group)
      if (total < violation || (total === violation && groups.loss(group) < loss)) return false
    }
    return true
  }

  #forgotten({ trial, checkpoint }: Forgotten): void {
    const left = this.of(trial).filter(({ id }) => id !== checkpoint)
    this.#borrowers.get(checkpoint)?.delete(trial)
    if (left.length > 0) this.#kept.set(trial, left)
    else this.#kept.delete(trial)
  }
}

/** Unlike a difference, no NaN where both are Infinity. */
function compare(a: number, b: number): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
