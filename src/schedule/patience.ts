import { finiteFrom, knownOptions, wholeFrom, wrongOption } from '../base/check.ts'
import { isOverForGood } from '../trial/event.ts'
import type { Event, Reported } from '../trial/event.ts'
import { lossOf } from '../trial/objective.ts'
import { goOn } from './scheduler.ts'
import type { Decision, Next, Scheduler, SchedulerContext, SchedulerFactory } from './scheduler.ts'

export interface PatienceOptions {
  /** Reports that may pass without the trial's best value being met again. Default: 5. */
  readonly patience?: number
  /** How far the newest reports may fall behind, in the metric's unit, before they count as worse. Default: 0. */
  readonly minDelta?: number
  /** Trials are stopped only where this scheduler says so too; it must be one that does not pause. Default: none. */
  readonly of?: SchedulerFactory
}

/**
 * A trial stops where the best of its newest `patience` + 1 reports is worse than the best before them by more than `minDelta`: it has
 * lost what it had. Around another scheduler (`of`) it holds that one's word back until then (as Optuna's `PatientPruner`; Prechelt,
 * "Early Stopping — But When?", 1998, on why patience). Values that are not finite rank last.
 */
export function patience(options: PatienceOptions = {}): SchedulerFactory {
  knownOptions('patience()', options, ['patience', 'minDelta', 'of'])
  const reports = wholeFrom('patience(): patience', options.patience ?? 5, 0)
  const minDelta = finiteFrom('patience(): minDelta', options.minDelta ?? 0, 0)
  const { of } = options
  if (of !== undefined && typeof of?.create !== 'function') throw wrongOption('patience(): of', 'a scheduler', of)
  if (of?.capabilities.pauses === true) throw wrongOption('patience(): of', 'a scheduler that does not pause', of.name)
  return {
    name: 'patience',
    options: { ...options, ...(of && { of: { name: of.name, options: of.options } }) },
    capabilities: { objectivesMax: 1 },
    create: (context) => new Patience(context, reports, minDelta, of?.create(context)),
  }
}

class Patience implements Scheduler {
  readonly #mode: 'min' | 'max'
  readonly #patience: number
  readonly #minDelta: number
  readonly #of: Scheduler | undefined
  /** The losses of each trial that may go on, one a step, with their steps. */
  readonly #reports = new Map<number, { readonly steps: number[]; readonly losses: number[] }>()

  constructor({ objectives }: SchedulerContext, reports: number, minDelta: number, of: Scheduler | undefined) {
    this.#mode = objectives[0]!.mode
    this.#patience = reports
    this.#minDelta = minDelta
    this.#of = of
  }

  observe(event: Event): void {
    this.#of?.observe?.(event)
    if (event.type === 'reported' && event.judged) this.#report(event)
    else if (event.type === 'ended' && isOverForGood(event)) this.#reports.delete(event.trial)
  }

  decide(report: Reported): Decision {
    const decision = this.#of?.decide(report) ?? goOn
    const isHeldBack = decision.action === 'stop' || decision.action === 'pause'
    if (this.#of !== undefined && !isHeldBack) return decision
    const { losses } = this.#reports.get(report.trial)!
    const since = losses.length - this.#patience - 1
    if (since < 1) return goOn
    const before = Math.min(...losses.slice(0, since))
    if (!(Math.min(...losses.slice(since)) > before + this.#minDelta)) return goOn
    if (isHeldBack) return decision
    const best = this.#mode === 'min' ? before : -before
    return { action: 'stop', why: { rule: 'patience', patience: this.#patience, best } }
  }

  next(): Next | undefined {
    return this.#of?.next?.()
  }

  #report({ trial, step, values }: Reported): void {
    const known = this.#reports.get(trial) ?? { steps: [], losses: [] }
    this.#reports.set(trial, known)
    // A later attempt goes over steps again: its reports supersede those.
    while (known.steps.length > 0 && known.steps.at(-1)! >= step) {
      known.steps.pop()
      known.losses.pop()
    }
    known.steps.push(step)
    known.losses.push(lossOf(values[0]!, this.#mode))
  }
}
