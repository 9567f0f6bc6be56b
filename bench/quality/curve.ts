// One search, as the best loss after each evaluation; on source, without an engine.
import { purpose, stream } from '../../src/base/random.ts'
import { searchers } from '../../src/search/registry.ts'
import type { EarlierExperiment } from '../../src/search/searcher.ts'
import { compileSpace } from '../../src/space/compile.ts'
import { Rehearsal } from '../../src/testing/rehearsal.ts'
import { problems } from './problems.ts'

export interface Search {
  readonly searcher: string
  readonly problem: string
  readonly seed: number
  readonly trials: number
  /** Evaluations at the same time; their durations are drawn from [0.5, 1.5). Default: 1. */
  readonly workers?: number
  /** Random trials of the same problem with its losses negated, as an earlier experiment. Default: none. */
  readonly misleading?: number
}

export interface Curve {
  readonly search: Search
  readonly best: readonly number[]
  readonly duplicates: number
  /** CPU milliseconds of a suggestion, what it causes included; the mean. */
  readonly askMs: number
}

export function curveOf(search: Search): Curve {
  const { space, loss } = problems[search.problem]!
  const compiled = compileSpace(space)
  const min = { metric: 'loss', mode: 'min' } as const
  const factory = searchers.from({ name: search.searcher, options: {} })
  if (factory === undefined) throw new Error(`there is no searcher ${search.searcher}`)
  const earlier = search.misleading === undefined ? [] : [misleadingSource(search, search.misleading)]
  const rehearsal = new Rehearsal(factory, compiled, search.seed, min, search.trials, { earlier })
  const random = stream(search.seed, purpose.simulate, 77)
  const running: { readonly trial: number; readonly end: number }[] = []
  const best: number[] = []
  const seen = new Set<string>()
  let now = 0
  let lowest = Infinity
  let cpuUs = 0
  let isOver = false
  while (best.length < search.trials) {
    while (!isOver && running.length < (search.workers ?? 1) && rehearsal.columns.trials < search.trials) {
      const before = process.cpuUsage()
      const [trial] = rehearsal.ask(1)
      const { user, system } = process.cpuUsage(before)
      cpuUs += user + system
      if (trial === undefined) isOver = true
      else running.push({ trial, end: now + 0.5 + random.float() })
    }
    running.sort((a, b) => a.end - b.end)
    const next = running.shift()
    if (next === undefined) break
    now = next.end
    const config = rehearsal.columns.config(next.trial)
    seen.add(JSON.stringify(config))
    const value = loss(config)
    lowest = Math.min(lowest, value)
    best.push(lowest)
    rehearsal.report(next.trial, value)
    rehearsal.end(next.trial, 'completed')
  }
  const duplicates = best.length - seen.size
  // A finite space that was tried out keeps its best.
  while (best.length < search.trials) best.push(lowest)
  return { search, best, duplicates, askMs: cpuUs / 1_000 / search.trials }
}

function misleadingSource({ problem, seed }: Search, trials: number): EarlierExperiment {
  const { space, loss } = problems[problem]!
  const compiled = compileSpace(space)
  const random = stream(seed, purpose.simulate, 78)
  const points = Array.from({ length: trials }, () => {
    const point = new Float64Array(compiled.dimensions.length).map(() => random.float())
    compiled.activate(point)
    return point
  })
  return { name: 'misleading', points, losses: points.map((point) => -loss(compiled.decode(point))) }
}
