// Our searchers on the 24 noiseless functions of BBOB, on instances that nothing was tuned on, beside Optuna's default sampler in the same run
// where python3, or what TRIALIST_PYTHON names, has it.
//   node bench/bbob.ts [--searchers auto,tpe,random] [--dimensions 2,5,10] [--instances 3] [--first 1001] [--json] [--save]
// A normalised regret is (value − optimum) / (median of random search after 100 − optimum), cut off at 10; medians over
// instances, means over functions. `wins`: of all functions and dimensions, where a method has the lowest regret, or one within 0.01.
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { bbob } from './bbob/functions.ts'
import type { BbobCurve, BbobSearch } from './bbob/worker.ts'
import { Pool } from './pool.ts'
import { mean, median, tie } from './quality/statistics.ts'
import { finish } from './results.ts'

const trials = 100
const budgets = [25, 50, 100] as const

const python = process.env['TRIALIST_PYTHON'] ?? 'python3'

const { values: given } = parseArgs({
  options: {
    searchers: { type: 'string', default: 'auto,tpe,random' },
    dimensions: { type: 'string', default: '2,5,10' },
    instances: { type: 'string', default: '3' },
    first: { type: 'string', default: '1001' },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
})
const dimensions = given.dimensions.split(',').map(Number)
const instances = Array.from({ length: Number(given.instances) }, (_, i) => Number(given.first) + i)
const functions = Array.from({ length: 24 }, (_, i) => i + 1)
const searchers = [...new Set([...given.searchers.split(','), 'random'])]
const hasOptuna = spawnSync(python, ['-c', 'import optuna']).status === 0

const searches: BbobSearch[] = searchers.flatMap((searcher) =>
  dimensions.flatMap((d) =>
    functions.flatMap((number) => instances.map((instance) => ({ searcher, number, instance, dimensions: d, trials }))),
  ),
)
const curves = await new Pool<BbobSearch, BbobCurve>(new URL('bbob/worker.ts', import.meta.url)).run(searches)
if (hasOptuna) curves.push(...(await optuna()))

const methods = [...searchers, ...(hasOptuna ? ['optuna-tpe'] : [])]
const regrets = new Map<string, readonly number[]>()
for (const { search, regrets: own } of curves) regrets.set(key(search), own)

const meanRegret = Object.fromEntries(
  methods.map((method) => [method, Object.fromEntries(dimensions.map((d) => [d, atBudgets(method, d)]))]),
)
const wins = Object.fromEntries(methods.map((method) => [method, countWins(method)]))
const figures = {
  meanRegret,
  wins,
  of: functions.length * dimensions.length,
  seeds: Object.fromEntries(methods.map((method) => [method, instances])),
  budgets,
}
finish('bbob', figures, { regrets: byFunction() }, given)

/** For each method and dimension the regrets of each function after each budget. */
function byFunction(): Record<string, unknown> {
  const at = (method: string, d: number): number[][] =>
    functions.map((number) => budgets.map((budget) => Number(regretOf(method, number, d, budget).toPrecision(3))))
  return Object.fromEntries(
    methods.map((method) => [method, Object.fromEntries(dimensions.map((d) => [d, at(method, d)]))]),
  )
}

function atBudgets(method: string, d: number): Record<string, number> {
  return Object.fromEntries(
    budgets.map((budget) => [
      budget,
      Number(mean(functions.map((number) => regretOf(method, number, d, budget))).toPrecision(3)),
    ]),
  )
}

/** Functions on which a method is best after all trials. */
function countWins(method: string): number {
  const cells = dimensions.flatMap((d) => functions.map((number) => [d, number] as const))
  return cells.filter(([d, number]) => {
    const best = Math.min(...methods.map((other) => regretOf(other, number, d, trials)))
    return regretOf(method, number, d, trials) <= best + tie
  }).length
}

function regretOf(method: string, number: number, d: number, budget: number): number {
  const at = (searcher: string, evaluations: number): number =>
    median(
      instances.map((instance) => regrets.get(key({ searcher, number, instance, dimensions: d }))![evaluations - 1]!),
    )
  return Math.min(10, at(method, budget) / at('random', trials))
}

function key({ searcher, number, instance, dimensions: d }: Omit<BbobSearch, 'trials'>): string {
  return [searcher, number, instance, d].join(' ')
}

/** One process asks for points, one search after the other. */
async function optuna(): Promise<BbobCurve[]> {
  const script = fileURLToPath(new URL('bbob/optuna_peer.py', import.meta.url))
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const say = async (line: string): Promise<number[]> => {
    child.stdin.write(`${line}\n`)
    const { value } = (await lines.next()) as { value: string }
    return JSON.parse(value) as number[]
  }
  const found: BbobCurve[] = []
  for (const search of searches.filter(({ searcher }) => searcher === 'random')) {
    const { number, instance, dimensions: d } = search
    const { optimum, value } = bbob(number, instance, d)
    let point = await say(`${instance} ${d}`)
    let lowest = Infinity
    const own: number[] = []
    for (let i = 0; i < trials; i++) {
      const loss = value(point)
      lowest = Math.min(lowest, loss)
      own.push(lowest - optimum)
      if (i + 1 < trials) point = await say(String(loss))
    }
    found.push({ search: { ...search, searcher: 'optuna-tpe' }, regrets: own })
  }
  child.stdin.end()
  return found
}
