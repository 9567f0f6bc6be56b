// One search on one instance of a BBOB function: the best value above the optimum after each evaluation.
import { parentPort } from 'node:worker_threads'

import { searchers } from '../../src/search/registry.ts'
import { compileSpace } from '../../src/space/compile.ts'
import { uniform } from '../../src/space/index.ts'
import { Rehearsal } from '../../src/testing/rehearsal.ts'
import { bbob } from './functions.ts'

export interface BbobSearch {
  readonly searcher: string
  readonly number: number
  readonly instance: number
  readonly dimensions: number
  readonly trials: number
}

export interface BbobCurve {
  readonly search: BbobSearch
  readonly regrets: readonly number[]
}

parentPort!.on('message', (search: BbobSearch) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort!.postMessage(curveOf(search))
})

function curveOf(search: BbobSearch): BbobCurve {
  const { searcher, number, instance, dimensions, trials } = search
  const { optimum, value } = bbob(number, instance, dimensions)
  const names = Array.from({ length: dimensions }, (_, i) => `x${i}`)
  const space = compileSpace(Object.fromEntries(names.map((name) => [name, uniform(-5, 5)])))
  const factory = searchers.from({ name: searcher, options: {} })!
  const rehearsal = new Rehearsal(factory, space, instance, { metric: 'loss', mode: 'min' }, trials)
  const regrets: number[] = []
  let lowest = Infinity
  for (let i = 0; i < trials; i++) {
    const [trial] = rehearsal.ask(1)
    const config = rehearsal.columns.config(trial!)
    const loss = value(names.map((name) => config[name] as number))
    lowest = Math.min(lowest, loss)
    regrets.push(lowest - optimum)
    rehearsal.report(trial!, loss)
    rehearsal.end(trial!, 'completed')
  }
  return { search, regrets }
}
