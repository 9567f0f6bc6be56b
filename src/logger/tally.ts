import { systemClock } from '../base/clock.ts'
import { dominates } from '../math/pareto.ts'
import { lossOf } from '../trial/objective.ts'
import type { ExperimentStart, ScoredTrial, TrialEnd } from './callback.ts'

/** What a session has come to, counted from what callbacks are told. */
export class Tally {
  readonly start: ExperimentStart
  readonly #beganMs = systemClock.now()
  readonly counts: { completed: number; stopped: number; failed: number }
  /** Trials that run, and their newest scores. */
  readonly running: Map<number, ScoredTrial | undefined> = new Map()
  retried: number = 0
  readonly #paused = new Set<number>()
  #best: ScoredTrial | undefined
  #front: readonly ScoredTrial[]

  constructor(start: ExperimentStart) {
    this.start = start
    this.counts = { ...start.ended }
    this.#best = start.best
    this.#front = start.front
  }

  get metric(): string {
    return this.start.objectives[0]!.metric
  }

  /** Milliseconds of this session. */
  get elapsedMs(): number {
    return systemClock.now() - this.#beganMs
  }

  get ended(): number {
    return this.counts.completed + this.counts.stopped + this.counts.failed
  }

  /** Trials that ended in this session. */
  get endedNow(): number {
    const { completed, stopped, failed } = this.start.ended
    return this.ended - completed - stopped - failed
  }

  /** Estimated time until the end in milliseconds; undefined where nothing tells it. */
  get leftMs(): number | undefined {
    const { trials, timeMs, elapsedMs } = this.start
    const byTrials =
      trials === null || this.endedNow === 0 ? Infinity : ((trials - this.ended) * this.elapsedMs) / this.endedNow
    const left = Math.min(byTrials, timeMs === null ? Infinity : timeMs - elapsedMs - this.elapsedMs)
    return Number.isFinite(left) && left > 0 ? left : undefined
  }

  /** Trials that made room and may go on. */
  get paused(): number {
    return [...this.#paused].filter((trial) => !this.running.has(trial)).length
  }

  /** The best trial that ended; before any did, the best of those that run. */
  get best(): ScoredTrial | undefined {
    if (this.#best !== undefined) return this.#best
    let best: ScoredTrial | undefined
    for (const trial of this.running.values()) if (trial !== undefined && this.#better(trial, best)) best = trial
    return best
  }

  /** With several objectives the trials that ended and that no other one beats; empty with one. */
  get front(): readonly ScoredTrial[] {
    return this.#front
  }

  get isSeveral(): boolean {
    return this.start.objectives.length > 1
  }

  /** Takes note of an end; true where the trial is the best so far, which it never is with several objectives. */
  end({ state, known, outcome, ...trial }: TrialEnd): boolean {
    this.running.delete(trial.trial)
    if (state === 'paused') this.#paused.add(trial.trial)
    else this.#paused.delete(trial.trial)
    if (state === 'pending') {
      // One that takes over from another goes on; it did not fail.
      if (outcome !== 'stopped') this.retried += 1
      return false
    }
    if (!known && (state === 'completed' || state === 'stopped' || state === 'failed')) this.counts[state] += 1
    if (state === 'failed') return false
    if (this.isSeveral) {
      this.#extend(trial)
      return false
    }
    if (!this.#better(trial, this.#best)) return false
    this.#best = trial
    return true
  }

  #extend(trial: ScoredTrial): void {
    if (trial.violation > 0 || !trial.scores.every(Number.isFinite)) return
    const losses = this.#losses(trial)
    const others = this.#front.map((other) => ({ other, own: this.#losses(other) }))
    if (others.some(({ own }) => dominates(own, losses))) return
    this.#front = [...others.filter(({ own }) => !dominates(losses, own)).map(({ other }) => other), trial]
  }

  #losses({ scores }: ScoredTrial): number[] {
    return scores.map((score, k) => lossOf(score, this.start.objectives[k]!.mode))
  }

  #better(trial: ScoredTrial, than: ScoredTrial | undefined): boolean {
    const { mode } = this.start.objectives[0]!
    const loss = lossOf(trial.score, mode)
    if (Number.isNaN(trial.score)) return false
    if (than === undefined || trial.violation < than.violation) return true
    return trial.violation === than.violation && loss < lossOf(than.score, mode)
  }
}
