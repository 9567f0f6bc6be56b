// Curves of bench:quality, ours as saved and the peers' as recorded.
import { readFileSync } from 'node:fs'

import { problems } from '../quality/problems.ts'
import { mean, median, percentile } from '../quality/statistics.ts'
import { saved } from '../results.ts'
import type { Machine } from '../results.ts'

/** [evaluation, best loss from there on]. */
type Steps = readonly (readonly [number, number])[]

interface Run {
  readonly searcher: string
  readonly problem: string
  readonly seed: number
  readonly best: Steps
}

type ByName<V> = Readonly<Record<string, V>>
type ByBudget = Readonly<Record<25 | 50 | 100, number>>

export interface QualityFigures extends Machine {
  /** The seeds behind the figures of each method. */
  readonly seeds: ByName<readonly number[]>
  readonly meanRank: ByName<ByBudget>
  readonly meanRegret: ByName<number>
  readonly meanRegretInterval: ByName<readonly [number, number]>
  readonly autoWins: number
  readonly family: ByName<number>
  readonly familyRegret: ByName<ByName<readonly [number, number]>>
  readonly parallel8: number
  readonly parallel8At: ByBudget
  readonly duplicates: number
  readonly warmStartDelta: number
}

export const trials = 100

/** What bench:quality saved last; undefined where it never did. */
export function savedQuality(): { readonly figures: QualityFigures; readonly curves: Curves } | undefined {
  const result = saved<QualityFigures, { readonly curves: readonly Run[] }>('quality')
  return result && { figures: result.figures, curves: new Curves(result.details.curves) }
}

/** Normalised regrets of ours and of the peers. */
export class Curves {
  readonly #runs = new Map<string, Steps[]>()

  constructor(own: readonly Run[]) {
    for (const { searcher, problem, best } of own) this.#add(searcher, problem, best)
    const text = readFileSync(new URL('../peers/quality.json', import.meta.url), 'utf8')
    const peers = JSON.parse(text) as Record<string, Record<string, readonly { readonly best: Steps }[]>>
    for (const [name, byProblem] of Object.entries(peers)) {
      for (const [problem, runs] of Object.entries(byProblem))
        for (const { best } of runs) this.#add(name, problem, best)
    }
  }

  /** Methods that ran on all problems. */
  get complete(): string[] {
    const names = new Set(Array.from(this.#runs.keys(), (key) => key.split(' ')[0]!))
    return [...names].filter((name) => Object.keys(problems).every((problem) => this.has(name, problem)))
  }

  has(name: string, problem: string): boolean {
    return this.#runs.has(`${name} ${problem}`)
  }

  /** Lower quartile, median and upper quartile over seeds after each trial. */
  quartiles(name: string, problem: string): (readonly [number, number, number])[] {
    const runs = this.#runs.get(`${name} ${problem}`)!
    return Array.from({ length: trials }, (_, i) => {
      const values = runs.map((run) => this.#regret(problem, run, i + 1))
      return [percentile(values, 0.25), median(values), percentile(values, 0.75)] as const
    })
  }

  /** The median over seeds. */
  regret(name: string, problem: string, at: number): number {
    return median(this.#runs.get(`${name} ${problem}`)!.map((run) => this.#regret(problem, run, at)))
  }

  /** The mean over all problems. */
  meanRegret(name: string, at: number): number {
    return mean(Object.keys(problems).map((problem) => this.regret(name, problem, at)))
  }

  #add(name: string, problem: string, best: Steps): void {
    const key = `${name} ${problem}`
    this.#runs.set(key, [...(this.#runs.get(key) ?? []), best])
  }

  #regret(problem: string, run: Steps, at: number): number {
    const { optimum } = problems[problem]!
    const random = median(this.#runs.get(`random ${problem}`)!.map((each) => bestAt(each, trials)))
    return (bestAt(run, at) - optimum) / (random - optimum)
  }
}

function bestAt(steps: Steps, at: number): number {
  return steps.findLast(([evaluation]) => evaluation <= at)![1]
}
