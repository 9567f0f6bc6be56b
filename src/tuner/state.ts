import { assert } from '../base/assert.ts'
import type { EncodedSpace, LogValue } from '../space/encoded.ts'
import { TrialColumns } from '../trial/columns.ts'
import type {
  Budget,
  Decided,
  Ended,
  Event,
  Experiment,
  Halted,
  Launched,
  Metrics,
  Outcome,
  Reported,
  Suggested,
} from '../trial/event.ts'
import { Feasibility, isFeasible } from '../trial/feasibility.ts'
import { Groups } from '../trial/groups.ts'
import type { Repetition } from '../trial/groups.ts'
import { Retention } from './retention.ts'

/** A trial that is not over: waiting to be launched, or running. Finished ones are rows of the columns alone. */
export interface LiveTrial {
  readonly number: number
  /** The newest attempt; 0 before the first launch. */
  attempt: number
  running: boolean
  /** It made room and may go on later. */
  paused: boolean
  /** Its newest attempt waits in its report, as it is paused without a checkpoint. */
  held: boolean
  /** Reports of the newest attempt, judged or not. */
  reports: number
  /** Reports of the newest attempt that lacked an objective. */
  withoutMetric: number
  /** Names of the metrics that such reports had. */
  metricNames: readonly string[]
  /** Newest judged step of the newest attempt; before its first that of the checkpoint it went on from, or −Infinity. */
  step: number
  /** Experiment time of the launch or the newest report. */
  sinceMs: number
  /** The decision that ends its attempt, once there is one. */
  decision: Decided | undefined
  /** The configuration that its next attempt has. */
  values: readonly LogValue[]
  /** Of the next attempt, where its configuration is a new one. */
  changed: boolean
  /** Attempts that ended with a failure of the trial's own. */
  failures: number
  /** Slots that the newest attempt takes, and that the next one is to take. */
  slots: number
  wanted: number
}

/** A configuration, and the first attempt that had it. */
export interface ConfiguredAttempt {
  readonly attempt: number
  readonly values: readonly LogValue[]
}

/** Equal failures of the first trials: null once any trial ended in another way. */
export type StartFailures = {
  /** The first one's words with its numbers left out. */
  readonly fingerprint: string
  readonly first: string
  readonly count: number
} | null

const noFailures: StartFailures = { fingerprint: '', first: '', count: 0 }

/**
 * The state of one experiment: the fold of its events. `apply` is the only thing that changes it; it reads no clock, no
 * randomness and no input but the event.
 */
export class ExperimentState {
  readonly experiment: Experiment
  readonly space: EncodedSpace
  readonly columns: TrialColumns
  #order: { readonly by: Feasibility; readonly trials: number } | undefined
  readonly #repetition: Repetition
  readonly #groups: Groups | undefined
  readonly #retention: Retention
  /** Of trials whose configuration was changed: their configurations, by the first attempt of each. */
  readonly #segments = new Map<number, ConfiguredAttempt[]>()
  /** Events applied so far, the opening one included: the log position. */
  position = 1
  /** Experiment time in milliseconds. */
  now: number = 0
  budget: Budget
  readonly live: Map<number, LiveTrial> = new Map()
  /** The one that was asked for last. */
  #newest: LiveTrial | undefined
  /** Trials that wait for a slot, in order. */
  readonly waiting: number[] = []
  running: number = 0
  /** Slots that running trials take. */
  taken: number = 0
  paused: number = 0
  held: number = 0
  completed: number = 0
  stopped: number = 0
  failed: number = 0
  lateReports: number = 0
  exhausted: string | undefined
  halted: Halted | undefined
  startFailures: StartFailures = noFailures

  constructor(experiment: Experiment, space: EncodedSpace) {
    this.experiment = experiment
    this.space = space
    this.budget = experiment.budget
    const { objectives, score, outcomeConstraints } = experiment
    this.columns = new TrialColumns(space, objectives, score, outcomeConstraints)
    this.#repetition = { repeats: experiment.repeats ?? 1, known: this.known }
    if (this.#repetition.repeats > 1) {
      this.#groups = new Groups(space, objectives, outcomeConstraints ?? [], this.columns, this.#repetition)
    }
    this.#retention = new Retention(experiment, this.columns, this.#groups)
  }

  apply(event: Event): void {
    this.position += 1
    this.columns.apply(event)
    this.#groups?.observe(event)
    this.#retention.apply(event)
    switch (event.type) {
      case 'time':
        this.now = event.now
        break
      case 'suggested':
        this.#suggested(event)
        break
      case 'launched':
        this.#launched(event)
        break
      case 'reported':
        this.#reported(event)
        break
      case 'decided':
        this.#decided(event)
        break
      case 'ended':
        this.#ended(event)
        break
      case 'reopened':
        this.#reopened(event.trial)
        break
      case 'late':
        this.lateReports += 1
        break
      case 'exhausted':
        this.exhausted = event.why
        break
      case 'halted':
        this.halted = event
        break
      case 'changed':
        this.#changed(event.budget)
        break
    }
  }

  /** The checkpoints that are kept. */
  get retention(): Retention {
    return this.#retention
  }

  /**
   * How far a trial is off the outcome constraints, all together, for progress: the scales are those of when the trials were up to
   * a tenth fewer, so that asking after each trial takes no time.
   */
  violation(trial: number): number {
    if (isFeasible(this.columns, trial)) return 0
    if (this.#order === undefined || this.columns.trials > 1.1 * this.#order.trials + 1) {
      this.#order = { by: new Feasibility(this.columns), trials: this.columns.trials }
    }
    return this.#order.by.total(trial)
  }

  /** The configurations that a trial had, in order; none where it was never changed. */
  segmentsOf(trial: number): readonly ConfiguredAttempt[] {
    return this.#segments.get(trial) ?? []
  }

  get repetition(): Repetition {
    return this.#repetition
  }

  /** One trial a configuration, where configurations are repeated. */
  get groups(): Groups | undefined {
    return this.#groups
  }

  /** The trial of a number, where it is live. Events of one trial follow each other, so that the newest one is looked at first. */
  liveIf(trial: number): LiveTrial | undefined {
    if (this.#newest?.number !== trial) this.#newest = this.live.get(trial)
    return this.#newest
  }

  /** The live trial of a number that must be one. */
  liveTrial(trial: number): LiveTrial {
    const live = this.liveIf(trial)
    assert(live !== undefined, `trial ${trial} is not live`)
    return live
  }

  /** True once nothing runs, is paused or held, and nothing is left to start. */
  get finished(): boolean {
    if (this.running > 0 || this.paused > 0 || this.held > 0) return false
    if (this.halted !== undefined) return true
    return this.waiting.length === 0 && (this.exhausted !== undefined || this.trialsLeft === 0)
  }

  /** Trials that may still be suggested. */
  get trialsLeft(): number {
    const { trials } = this.budget
    return trials === null ? Infinity : Math.max(0, trials - Math.max(0, this.columns.trials - this.known))
  }

  /** Number of the first trials that are known results, which never run and which nothing counts. */
  get known(): number {
    return this.experiment.known?.length ?? 0
  }

  #suggested({ trial, values }: Suggested): void {
    assert(trial === this.columns.trials - 1, `trial ${trial} is suggested out of order`)
    this.#wait(trial, values)
  }

  /** A trial that is not over waits for its first attempt since. */
  #wait(trial: number, values: readonly LogValue[]): void {
    this.live.set(trial, {
      number: trial,
      values,
      changed: false,
      attempt: this.columns.attempt(trial),
      running: false,
      paused: false,
      held: false,
      reports: 0,
      withoutMetric: 0,
      metricNames: [],
      step: -Infinity,
      sinceMs: this.now,
      decision: undefined,
      failures: 0,
      slots: 1,
      wanted: 1,
    })
    this.waiting.push(trial)
  }

  #reopened(trial: number): void {
    this.#wait(trial, this.columns.values(trial))
    this.failed -= 1
    this.#lift()
  }

  #launched({ trial, attempt, from, values, slots = 1 }: Launched): void {
    const live = this.liveTrial(trial)
    if (values !== undefined) this.#segments.get(trial)!.push({ attempt, values })
    assert(this.waiting[0] === trial && !live.running, `trial ${trial} is launched out of order`)
    this.waiting.shift()
    live.running = true
    live.changed = false
    live.sinceMs = this.now
    live.slots = slots
    this.running += 1
    this.taken += slots
    // One that was held goes on where it stands.
    if (live.held) return this.#release(live)
    live.attempt = attempt
    live.reports = 0
    live.withoutMetric = 0
    live.step = from?.step ?? -Infinity
  }

  #decided(event: Decided): void {
    const live = this.liveTrial(event.trial)
    live.decision = event
    if (event.exploit !== undefined) {
      if (!this.#segments.has(event.trial)) this.#segments.set(event.trial, [{ attempt: 1, values: live.values }])
      live.values = event.exploit.values
      live.changed = true
      live.wanted = event.exploit.slots ?? live.wanted
    }
    if (event.action === 'stop' && !live.running && !live.paused) this.#leaveQueue(event.trial)
    // A held attempt must end before its trial has another one.
    const waits = event.action === 'resume' || (event.action === 'exploit' && !live.held)
    if (!live.paused || !waits) return
    live.decision = undefined
    live.paused = false
    this.paused -= 1
    this.waiting.push(event.trial)
  }

  #leaveQueue(trial: number): void {
    const place = this.waiting.indexOf(trial)
    assert(place >= 0, `trial ${trial} neither runs nor waits`)
    this.waiting.splice(place, 1)
  }

  #release(live: LiveTrial): void {
    if (live.held) this.held -= 1
    live.held = false
  }

  #reported({ trial, step, values, others, judged }: Reported): void {
    const live = this.liveTrial(trial)
    live.reports += 1
    live.sinceMs = this.now
    if (judged) live.step = step
    else if (values.some(Number.isNaN) && !bringsConstrained(others, this.experiment)) {
      live.withoutMetric += 1
      live.metricNames = Object.keys(others ?? {})
    }
  }

  #ended(event: Ended): void {
    const live = this.liveTrial(event.trial)
    if (live.running) {
      this.running -= 1
      this.taken -= live.slots
    }
    live.running = false
    if (live.paused) this.paused -= 1
    live.paused = false
    this.#release(live)
    if (event.outcome === 'failed') live.failures += 1
    if (event.state === 'pending') {
      live.decision = undefined
      this.waiting.push(event.trial)
      return
    }
    if (event.state === 'paused') return this.#paused(live, event.outcome)
    this.live.delete(event.trial)
    this.#newest = undefined
    if (event.trial < this.known) return
    this[event.state] += 1
    this.#countStartFailure(event)
  }

  #paused(live: LiveTrial, outcome: Outcome): void {
    // It works, whatever comes of it.
    this.startFailures = null
    live.decision = undefined
    live.paused = true
    live.held = outcome === 'held'
    this.paused += 1
    if (live.held) this.held += 1
  }

  #countStartFailure(event: Ended): void {
    if (this.startFailures === null) return
    const words = failureWords(event)
    const fingerprint = words?.replaceAll(/\d+/g, '#')
    const { count, first, fingerprint: before } = this.startFailures
    if (words === undefined || fingerprint === undefined || (count > 0 && before !== fingerprint)) {
      this.startFailures = null
    } else this.startFailures = { fingerprint, first: count === 0 ? words : first, count: count + 1 }
  }

  #changed(budget: Budget): void {
    this.budget = budget
    this.#lift()
  }

  /** A halted experiment goes on. */
  #lift(): void {
    if (this.halted?.by === 'failures') this.startFailures = noFailures
    this.halted = undefined
  }
}

/** Whether a report has a constrained metric, for which it may do without the objective. */
export function bringsConstrained(others: Metrics | undefined, { outcomeConstraints = [] }: Experiment): boolean {
  return others !== undefined && outcomeConstraints.some(({ metric }) => others[metric] !== undefined)
}

/** Two failures are the same where these are, whatever numbers stand in them. Undefined where it is no failure. */
function failureWords({ state, failure }: Ended): string | undefined {
  return state === 'failed' ? `${failure?.kind}: ${failure?.message}` : undefined
}
