// One search for a front: the share of the best volume after each budget.
import { parentPort } from 'node:worker_threads'

import { hypervolume } from '../../src/math/hypervolume.ts'
import { searchers } from '../../src/search/registry.ts'
import { Rehearsal } from '../../src/testing/rehearsal.ts'
import { problems, spaceOf } from './problems.ts'
import type { Configuration, FrontProblem, Measured } from './problems.ts'

export interface FrontSearch {
  readonly method: string
  readonly problem: string
  readonly seed: number
  /** Trials after which the volume is wanted, ascending. */
  readonly budgets: readonly number[]
}

export interface FrontCurve {
  readonly search: FrontSearch
  /** One a budget. */
  readonly volumes: readonly number[]
}

parentPort?.on('message', (search: FrontSearch) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort!.postMessage({ search, volumes: volumesOf(search) })
})

/** The share of the best volume that the first trials of each budget have. */
export function sharesOf(
  { reference, best }: FrontProblem,
  found: readonly Measured[],
  budgets: readonly number[],
): number[] {
  return budgets.map((budget) => {
    const met = found.slice(0, budget).filter(({ off = 0 }) => off <= 0)
    return (
      hypervolume(
        met.map(({ losses }) => losses),
        reference,
      ) / best
    )
  })
}

function volumesOf({ method, problem: name, seed, budgets }: FrontSearch): number[] {
  const problem = problems[name]!
  const space = spaceOf(problem)
  const measure = (point: Float64Array): Measured => problem.measure(space.decode(point) as Configuration)
  const [first, ...objectives] = problem.reference.map((_, k) => ({ metric: `loss${k}`, mode: 'min' as const }))
  const factory = searchers.from({ name: method, options: {} })!
  const trials = budgets.at(-1)!
  const rehearsal = new Rehearsal(factory, space, seed, first!, trials, {
    objectives,
    ...(problem.constrained && {
      outcomeConstraints: [{ metric: 'off', max: 0 }],
      others: (point) => ({ off: measure(point).off! }),
    }),
  })
  const found: Measured[] = []
  for (let i = 0; i < trials; i++) {
    const [trial] = rehearsal.ask(1)
    const measured = measure(rehearsal.point(trial!))
    found.push(measured)
    rehearsal.report(trial!, measured.losses[0]!, measured.losses.slice(1))
    rehearsal.end(trial!, 'completed')
  }
  return sharesOf(problem, found, budgets)
}
