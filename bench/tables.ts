// Our searchers on tables of real training runs (FCNet, HPOBench's networks, NAS-Bench-201), beside Optuna's default sampler in the same run
// where python3, or what TRIALIST_PYTHON names, has it. The searcher sees one seed of each configuration; its best observed one is judged by the mean over seeds.
//   node bench/tables.ts --data FOLDER [--seeds 10] [--searchers auto,tpe,random] [--json] [--save]   (or TRIALIST_BENCHDATA=FOLDER)
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { Pool } from './pool.ts'
import { mean, median, percentile } from './quality/statistics.ts'
import { finish } from './results.ts'
import { tablesIn } from './tables/table.ts'
import type { TableCurve, TableSearch } from './tables/curve.ts'

const budgets = [25, 50, 100] as const
const trials = 100

const python = process.env['TRIALIST_PYTHON'] ?? 'python3'

const { values: given } = parseArgs({
  options: {
    data: { type: 'string', default: process.env['TRIALIST_BENCHDATA'] ?? '' },
    seeds: { type: 'string', default: '10' },
    searchers: { type: 'string', default: 'auto,tpe,random' },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
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
const figures = {
  meanRegret,
  seeds: Object.fromEntries(methods.map((method) => [method, Array.from({ length: seeds }, (_, seed) => seed)])),
  tables: tables.map(([, name]) => name),
  missing,
}
finish('tables', figures, { quartiles: quartiles() }, given)

/** For each table and method the normalised regret after each trial: lower quartile, median and upper quartile over seeds. */
function quartiles(): Record<string, unknown> {
  const of = (table: string, method: string): number[][] =>
    Array.from({ length: trials }, (_, i) => {
      const values = results
        .get(table)!
        .get(method)!
        .map((regrets) => regrets[i]!)
      const scale = median(
        results
          .get(table)!
          .get('random')!
          .map((regrets) => regrets[trials - 1]!),
      )
      return [percentile(values, 0.25), median(values), percentile(values, 0.75)].map((each) => round(each / scale))
    })
  return Object.fromEntries(
    [...results.keys()].map((table) => [
      table,
      Object.fromEntries(methods.map((method) => [method, of(table, method)])),
    ]),
  )
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
  const { status, stdout } = spawnSync(python, [script, folder, table, String(seeds), String(trials)], {
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
