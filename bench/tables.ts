// Our searchers on tables of real training runs (FCNet, HPOBench's networks, NAS-Bench-201), beside Optuna's default sampler in the same run
// where python3 has it. The searcher sees one seed of each configuration; its best observed one is judged by the mean over seeds.
//   node bench/tables.ts --data FOLDER [--seeds 10] [--searchers auto,tpe,random] [--json]     (or TRIALIST_BENCHDATA=FOLDER)
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { Pool } from './pool.ts'
import { mean, median } from './quality/statistics.ts'
import { tablesIn } from './tables/table.ts'
import type { TableCurve, TableSearch } from './tables/curve.ts'

const budgets = [25, 50, 100] as const
const trials = 100

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: process.env['TRIALIST_BENCHDATA'] ?? '' },
    seeds: { type: 'string', default: '10' },
    searchers: { type: 'string', default: 'auto,tpe,random' },
    json: { type: 'boolean', default: false },
  },
})
if (given.data === '') {
  console.error('bench:tables needs a folder with tables: pass --data FOLDER, or set TRIALIST_BENCHDATA.')
  process.exit(2)
}
const { tables, missing } = tablesIn(given.data)
if (missing.length > 0) console.error(`missing: ${missing.join(', ')}`)
const seeds = Number(given.seeds)
const searchers = [...new Set([...given.searchers.split(','), 'random'])]

const searches: TableSearch[] = tables.flatMap(([folder, table]) =>
  searchers.flatMap((searcher) =>
    Array.from({ length: seeds }, (_, seed) => ({ folder, table, searcher, seed, trials })),
  ),
)
const curves = await new Pool<TableSearch, TableCurve>(new URL('tables/worker.ts', import.meta.url)).run(searches)

/** By table and method: a list of regrets a seed. */
const results = new Map<string, Map<string, (readonly number[])[]>>()
for (const { search, regrets } of curves) add(search.table, search.searcher, regrets)
for (const [folder, table] of tables) for (const regrets of optuna(folder, table)) add(table, 'optuna-tpe', regrets)

const methods = [...new Set([...results.values()].flatMap((each) => [...each.keys()]))]
const meanRegret: Record<string, Record<string, number>> = {}
for (const method of methods) {
  meanRegret[method] = Object.fromEntries(
    budgets.map((budget) => [budget, round(mean([...results.keys()].map((table) => regretOf(table, method, budget))))]),
  )
}
if (given.json)
  console.log(
    JSON.stringify({ meanRegret, seeds, tables: tables.map(([, name]) => name), missing, node: process.version }),
  )
else {
  for (const table of results.keys()) {
    console.log(table)
    for (const method of methods) {
      console.log(
        `  ${method.padEnd(12)} ${budgets.map((budget) => regretOf(table, method, budget).toFixed(3)).join('  ')}`,
      )
    }
  }
  console.log('mean normalised regret (1 is random search after 100):', meanRegret)
}

function add(table: string, method: string, regrets: readonly number[]): void {
  const byMethod = results.get(table) ?? new Map<string, (readonly number[])[]>()
  results.set(table, byMethod.set(method, [...(byMethod.get(method) ?? []), regrets]))
}

function regretOf(table: string, method: string, budget: number): number {
  const at = (name: string, evaluations: number): number =>
    median(
      results
        .get(table)!
        .get(name)!
        .map((regrets) => regrets[evaluations - 1]!),
    )
  return at(method, budget) / at('random', trials)
}

function optuna(folder: string, table: string): number[][] {
  const script = fileURLToPath(new URL('tables/optuna_peer.py', import.meta.url))
  const { status, stdout } = spawnSync('python3', [script, folder, table, String(seeds), String(trials)], {
    encoding: 'utf8',
  })
  if (status !== 0) return []
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as number[])
}

function round(value: number): number {
  return Number(value.toPrecision(3))
}
