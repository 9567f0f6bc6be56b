import { finiteAbove, knownOptions, wrongOption } from '../base/check.ts'
import { PromotionAsha } from './asha-promotion.ts'
import { HyperbandBrackets } from './hyperband-brackets.ts'
import type { HyperbandRules } from './hyperband-brackets.ts'
import { checkResource } from './resource.ts'
import type { Resource } from './resource.ts'
import type { SchedulerFactory } from './scheduler.ts'

export interface HyperbandOptions {
  /** The resource of a complete training, R, in the unit of `step`: a trial that reaches it completes. */
  readonly maxT: number
  /** The least resource after which a trial is judged; `maxT` at most. Default: 1, or maxT / eta^4 where `maxT` is 1 or less. */
  readonly graceT?: number
  /** One in `eta` trials goes on from a rung to the next. Default: 3. */
  readonly eta?: number
  /** Whether the trials of a bracket wait for each other at a rung, or go on as `asha` lets them. Default: `synchronous`. */
  readonly type?: 'synchronous' | 'asynchronous'
  /** Which bracket is filled first: that with the most trials, or that with the fewest. Default: `most`. Synchronous only. */
  readonly first?: 'most' | 'fewest'
  /** Whether a trial that reaches `maxT` is complete; else it goes on to its own end. Default: true. */
  readonly completeAtMaxT?: boolean
  /** What `maxT` and `graceT` count: `step`, `time` (seconds that the trial has run), or a metric. Default: `step`. */
  readonly resource?: Resource
}

const names = ['maxT', 'graceT', 'eta', 'type', 'first', 'completeAtMaxT', 'resource']

/**
 * HyperBand (Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter Optimization", JMLR 2018, algorithm 1): bracket
 * s, from s_max = floor(log_eta(maxT / graceT)) down to 0, begins with ceil((s_max + 1) / (s + 1) · eta^s) trials that are first
 * judged at maxT · eta^−s, and lets one in eta go on at each rung. Trials pause at a rung until all of the bracket that are not
 * over are there; meanwhile slots go to the trials of the next bracket, so that none is ever idle, and after the last bracket
 * the first one comes again. Where no further trial comes, a bracket goes on with those that it has. What is not finite ranks
 * last; a report that jumps over rungs counts at each.
 *
 * Asynchronous: each bracket by the promotion variant of `asha`, trials spread over them in the same proportions.
 */
export function hyperband(options: HyperbandOptions): SchedulerFactory {
  knownOptions('hyperband()', options, names)
  const { type = 'synchronous', first = 'most', completeAtMaxT = true } = options
  if (type !== 'synchronous' && type !== 'asynchronous') {
    throw wrongOption('hyperband(): type', "'synchronous' or 'asynchronous'", type)
  }
  if (first !== 'most' && first !== 'fewest') throw wrongOption('hyperband(): first', "'most' or 'fewest'", first)
  const eta = finiteAbove('hyperband(): eta', options.eta ?? 3, 1)
  const maxT = finiteAbove('hyperband(): maxT', options.maxT, 0)
  const graceT = finiteAbove('hyperband(): graceT', options.graceT ?? (maxT <= 1 ? maxT / eta ** 4 : 1), 0)
  if (graceT > maxT) throw wrongOption('hyperband(): graceT', `at most maxT, which is ${maxT}`, graceT)
  const resource = checkResource('hyperband(): resource', options.resource)
  const most = Math.floor(Math.log(maxT / graceT) / Math.log(eta) + 1e-9)
  const rules: HyperbandRules = { maxT, eta, most, first, completeAtMaxT, resource }
  // The rungs of all brackets end at maxT.
  const asha = { maxT, graceT: maxT / eta ** most, eta, brackets: most + 1, completeAtMaxT, resource }
  return {
    name: 'hyperband',
    options: { ...options },
    capabilities: { objectivesMax: type === 'asynchronous' ? Infinity : 1, pauses: true },
    create: (context) =>
      type === 'synchronous' ? new HyperbandBrackets(context, rules) : new PromotionAsha(context, asha),
  }
}
