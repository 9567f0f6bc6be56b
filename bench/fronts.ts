// How much of the best front's volume is found with several objectives, beside Optuna's samplers in the same run where python3, or what
// TRIALIST_PYTHON names, has it.
//   node bench/fronts.ts [--searchers gp,tpe,nsga2,random] [--problems zdt1,zdt3,mixed,bounded,dtlz2] [--seeds 5] [--first 0] [--json] [--save]
// `volume` is the hypervolume of all trials that meet the constraints, as a share of the best front's: medians over seeds. The Gaussian process is asked for
// 200 trials, and takes no more than three objectives; Optuna's TPE is asked for 200, as its time grows with their number.
import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { searchers } from '../src/search/registry.ts'
import { problems } from './fronts/problems.ts'
import type { Configuration, Measured } from './fronts/problems.ts'
import { sharesOf } from './fronts/worker.ts'
import type { FrontCurve, FrontSearch } from './fronts/worker.ts'
import { Pool } from './pool.ts'
import { median } from './quality/statistics.ts'
import { finish } from './results.ts'

const budgets = [50, 100, 200, 1_000]
/** Methods that are asked for fewer trials. */
const most: Readonly<Record<string, number>> = { gp: 200, 'optuna-tpe': 200 }
const samplers: Readonly<Record<string, string>> = { 'optuna-tpe': 'TPESampler', 'optuna-nsga2': 'NSGAIISampler' }

const { values: given } = parseArgs({
  options: {
    searchers: { type: 'string', default: 'gp,tpe,nsga2,random' },
    problems: { type: 'string', default: Object.keys(problems).join(',') },
    seeds: { type: 'string', default: '5' },
    first: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
})
const names = given.problems.split(',')
const seeds = Array.from({ length: Number(given.seeds) }, (_, i) => Number(given.first) + i)
const python = process.env['TRIALIST_PYTHON'] ?? 'python3'
const hasOptuna = spawnSync(python, ['-c', 'import optuna']).status === 0
const own = given.searchers.split(',')
const peers = hasOptuna ? Object.keys(samplers) : []

const [curves, others] = await Promise.all([
  new Pool<FrontSearch, FrontCurve>(new URL('fronts/worker.ts', import.meta.url)).run(searchesOf(own)),
  optuna(searchesOf(peers)),
])
const found = new Map([...curves, ...others].map(({ search, volumes }) => [key(search), volumes]))
const methods = [...own, ...peers]
const volume = Object.fromEntries(
  names.map((problem) => [
    problem,
    Object.fromEntries(
      methods.flatMap((method) => {
        const asked = budgetsOf(method)
        if (!found.has(key({ method, problem, seed: seeds[0]! }))) return []
        const at = (i: number): number => median(seeds.map((seed) => found.get(key({ method, problem, seed }))![i]!))
        return [[method, Object.fromEntries(asked.map((budget, i) => [budget, Number(at(i).toFixed(4))]))]]
      }),
    ),
  ]),
)
const optunaVersion = hasOptuna ? versionOf() : undefined
finish('fronts', { volume, seeds, optuna: optunaVersion }, {}, given)

function searchesOf(wanted: readonly string[]): FrontSearch[] {
  return wanted.flatMap((method) =>
    names
      .filter((problem) => problems[problem]!.reference.length <= objectivesMax(method))
      .flatMap((problem) => seeds.map((seed) => ({ method, problem, seed, budgets: budgetsOf(method) }))),
  )
}

function objectivesMax(method: string): number {
  return searchers.from({ name: method, options: {} })?.capabilities.objectivesMax ?? Infinity
}

function budgetsOf(method: string): number[] {
  return budgets.filter((budget) => budget <= (most[method] ?? Infinity))
}

function key({ method, problem, seed }: Omit<FrontSearch, 'budgets'>): string {
  return [method, problem, seed].join(' ')
}

function versionOf(): string {
  return spawnSync(python, ['-c', 'import optuna; print(optuna.__version__)'], { encoding: 'utf8' }).stdout.trim()
}

/** One process asks for configurations, one search after the other. */
async function optuna(searches: readonly FrontSearch[]): Promise<FrontCurve[]> {
  if (searches.length === 0) return []
  const script = fileURLToPath(new URL('fronts/optuna_peer.py', import.meta.url))
  const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const say = async (message: object): Promise<Configuration> => {
    child.stdin.write(`${JSON.stringify(message)}\n`)
    const { value } = (await lines.next()) as { value: string }
    return JSON.parse(value) as Configuration
  }
  const answers: FrontCurve[] = []
  for (const search of searches) {
    const { method, seed, problem: name } = search
    const problem = problems[name]!
    const { parameters, constrained, reference } = problem
    let config = await say({ sampler: samplers[method], seed, objectives: reference.length, constrained, parameters })
    const measured: Measured[] = []
    while (measured.length < search.budgets.at(-1)!) {
      const latest = problem.measure(config)
      measured.push(latest)
      config = await say({ losses: latest.losses, off: latest.off })
    }
    answers.push({ search, volumes: sharesOf(problem, measured, search.budgets) })
  }
  child.stdin.end()
  return answers
}
