import { purpose, stream } from '../base/random.ts'
import type { Resource } from './resource.ts'

/** The options of `asha` with their defaults. */
export interface AshaRules {
  readonly maxT: number
  readonly graceT: number
  readonly eta: number
  readonly brackets: number
  readonly completeAtMaxT: boolean
  readonly resource: Resource
}

/**
 * The bracket of a trial. Bracket s, whose first rung is graceT · eta^s, halves h = s_max − s times and gets a share of the trials
 * in proportion to eta^h / (h + 1), as in HyperBand (Li et al., JMLR 2018, algorithm 1).
 */
export function bracketOf(trial: number, seed: number, { brackets, maxT, graceT, eta }: AshaRules): number {
  if (brackets === 1) return 0
  const most = Math.floor(Math.log(maxT / graceT) / Math.log(eta) + 1e-9)
  const weights = Array.from({ length: Math.min(brackets, most + 1) }, (_, s) => eta ** (most - s) / (most - s + 1))
  let left = stream(seed, purpose.schedule, trial).float() * weights.reduce((sum, weight) => sum + weight, 0)
  const drawn = weights.findIndex((weight) => (left -= weight) < 0)
  return drawn < 0 ? weights.length - 1 : drawn
}
