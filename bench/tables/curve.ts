// One search on a table: the true mean loss of the best observed configuration after each evaluation.
import { searchers } from '../../src/search/registry.ts'
import { compileSpace } from '../../src/space/compile.ts'
import { Rehearsal } from '../../src/testing/rehearsal.ts'
import type { Table } from './table.ts'

export interface TableSearch {
  readonly folder: string
  readonly table: string
  readonly searcher: string
  readonly seed: number
  readonly trials: number
}

export interface TableCurve {
  readonly search: TableSearch
  /** Regret of the incumbent, in the metric's unit. */
  readonly regrets: readonly number[]
}

export function curveOf(table: Table, search: TableSearch): TableCurve {
  const factory = searchers.from({ name: search.searcher, options: {} })!
  const rehearsal = new Rehearsal(
    factory,
    compileSpace(table.space),
    search.seed,
    { metric: 'loss', mode: 'min' },
    search.trials,
  )
  const regrets: number[] = []
  let lowest = Infinity
  let truth = Infinity
  for (let i = 0; i < search.trials; i++) {
    const [trial] = rehearsal.ask(1)
    const config = rehearsal.columns.config(trial!)
    const loss = table.loss(config, search.seed)
    if (loss < lowest) {
      lowest = loss
      truth = table.truth(config)
    }
    regrets.push(truth - table.best)
    if (!Number.isNaN(loss)) rehearsal.report(trial!, loss)
    rehearsal.end(trial!, Number.isNaN(loss) ? 'failed' : 'completed')
  }
  return { search, regrets }
}
