import { wrongOption } from '../base/check.ts'
import { hypervolume } from '../math/hypervolume.ts'
import { frontOf } from '../math/pareto.ts'
import { isFeasible } from '../trial/feasibility.ts'
import { membersOf } from '../trial/groups.ts'
import type { History } from '../trial/history.ts'
import { lossOf } from '../trial/objective.ts'
import type { Objective } from '../trial/objective.ts'
import type { ExperimentState } from './state.ts'

/** A trial, or a configuration that is repeated, with a finite score of each objective. */
interface Scored {
  readonly number: number
  readonly losses: readonly number[]
}

/**
 * The numbers of the trials that no other one is better than in all objectives, and that meet the outcome constraints; where configurations are
 * repeated, of each whose means these are the first trial that has scores.
 */
export function frontTrials({ columns, groups, repetition }: ExperimentState): number[] {
  if (groups === undefined) return frontIn(columns)
  const front = frontIn(groups.columns)
  return front.map((group) => membersOf(group, repetition).find((trial) => isScored(columns, trial))!)
}

/** The same without regard to repetition. */
export function frontIn(history: History): number[] {
  const met = scoredIn(history).filter(({ number }) => isFeasible(history, number))
  return frontOf(met.map(({ losses }) => losses)).map((i) => met[i]!.number)
}

/** The volume between the front and a reference, in the product of the objectives' units. */
export function frontVolume(
  { columns, groups, experiment }: ExperimentState,
  reference: Readonly<Record<string, number>> | undefined,
): number {
  const { objectives } = experiment
  const history = groups?.columns ?? columns
  const scored = scoredIn(history)
  if (reference !== undefined) checkReference(reference, objectives)
  const bound = objectives.map(({ metric, mode }, k) => {
    if (reference !== undefined) return lossOf(reference[metric]!, mode)
    return scored.reduce((worst, { losses }) => Math.max(worst, losses[k]!), -Infinity)
  })
  const met = scored.filter(({ number }) => isFeasible(history, number))
  return hypervolume(
    met.map(({ losses }) => losses),
    bound,
  )
}

function scoredIn(history: History): Scored[] {
  const scored: Scored[] = []
  for (let number = 0; number < history.trials; number++) {
    if (!isScored(history, number)) continue
    const losses = Array.from({ length: history.objectives }, (_, k) => history.loss(number, k))
    if (losses.every(Number.isFinite)) scored.push({ number, losses })
  }
  return scored
}

function isScored(history: History, trial: number): boolean {
  return history.state(trial) !== 'failed' && !Number.isNaN(history.loss(trial))
}

function checkReference(reference: Readonly<Record<string, number>>, objectives: readonly Objective[]): void {
  const names = objectives.map(({ metric }) => metric)
  const isRight = (value: unknown): boolean => {
    if (typeof value !== 'object' || value === null) return false
    const given = Object.entries(value)
    return given.length === names.length && given.every(([name, each]) => names.includes(name) && Number.isFinite(each))
  }
  if (isRight(reference)) return
  throw wrongOption('hypervolume(): reference', `a finite number for each of ${names.join(', ')}`, reference)
}
