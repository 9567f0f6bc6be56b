// What each constant of the Gaussian process, of TPE and of CMA-ES that is no paper's is worth: it is changed in a copy of the sources, and
// bench:quality (with --data also bench:tables) run there.
//   node bench/ablations.ts [--searcher gp|tpe|cmaes] [--seeds 5] [--only commonDeviation] [--data FOLDER] [--json] [--save]
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { finish } from './results.ts'

interface Ablation {
  readonly file: string
  readonly constant: string
  /** Other values, as source text. */
  readonly values: readonly string[]
}

const ofGp: readonly Ablation[] = [
  { file: 'gp-fit.ts', constant: 'ownDeviation', values: ['0.25', '1', '3'] },
  { file: 'gp-fit.ts', constant: 'commonDeviation', values: ['0.35', '1.5'] },
  { file: 'gp-fit.ts', constant: 'noiseMean', values: ['-4', '-12'] },
  { file: 'gp-fit.ts', constant: 'noiseDeviation', values: ['1', '4'] },
  { file: 'gp-features.ts', constant: 'levelDistance', values: ['0.25', '1'] },
  { file: 'gp-model.ts', constant: 'tails', values: ['[Infinity]', '[4]', '[1]'] },
  { file: 'gp-model.ts', constant: 'shapes', values: ["['matern52']", "['gaussian']"] },
  { file: 'gp-model.ts', constant: 'chooseEvaluations', values: ['15', '100'] },
  { file: 'gp-search.ts', constant: 'climbEvaluations', values: ['8', '50'] },
  { file: 'gp-search.ts', constant: 'movers', values: ['1', '8'] },
  { file: 'gp-candidates.ts', constant: 'anywhere', values: ['64', '1_024'] },
  { file: 'gp-candidates.ts', constant: 'nearby', values: ['0', '512'] },
  { file: 'gp.ts', constant: 'centers', values: ['1', '20'] },
  { file: 'gp.ts', constant: 'startupShare', values: ['0.3', '1'] },
  { file: 'gp.ts', constant: 'crowdMost', values: ['2', '1_000'] },
  { file: 'gp-model.ts', constant: 'warpedFrom', values: ['10', '50'] },
  { file: 'gp-model.ts', constant: 'warpGain', values: ['0.5', '1', '4', 'Infinity'] },
  { file: 'gp-model.ts', constant: 'followEvaluations', values: ['8', '60'] },
  { file: 'gp-search.ts', constant: 'blocksMax', values: ['4', '48'] },
  { file: 'gp-search.ts', constant: 'turns', values: ['1', '8'] },
]
const ofTpe: readonly Ablation[] = [
  { file: 'tpe.ts', constant: 'startupLeast', values: ['3', '10'] },
  { file: 'tpe.ts', constant: 'startupMost', values: ['5', '20'] },
  { file: 'tpe.ts', constant: 'startupShare', values: ['1 / 4', '1 / 16'] },
  { file: 'parzen-columns.ts', constant: 'bandwidthFloor', values: ['0.01', '0.1'] },
  { file: 'parzen.ts', constant: 'fewTrials', values: ['0', '20'] },
]
const ofCmaes: readonly Ablation[] = [
  { file: 'cmaes.ts', constant: 'sigmaFirst', values: ['0.08', '0.25', '0.4'] },
  { file: 'cmaes.ts', constant: 'sizeLeast', values: ['4', '7', '10'] },
  { file: 'cmaes.ts', constant: 'startupFirst', values: ['1', '8', '16'] },
  { file: 'cmaes-run.ts', constant: 'insideDraws', values: ['1', '100'] },
  { file: 'cmaes-run.ts', constant: 'deviationMost', values: ['0.25', '2'] },
]

const { values: given } = parseArgs({
  options: {
    searcher: { type: 'string', default: 'gp' },
    seeds: { type: 'string', default: '5' },
    only: { type: 'string' },
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
})
const ablations = { gp: ofGp, tpe: ofTpe, cmaes: ofCmaes }[given.searcher] ?? []
const root = fileURLToPath(new URL('..', import.meta.url))

const results: Record<string, Record<string, number>> = { '': { 'as it is': regretWith(undefined, '') } }
if (!given.json) console.log('as it is', results['']!['as it is'])
for (const ablation of ablations.filter(({ constant }) => given.only === undefined || constant === given.only)) {
  for (const value of ablation.values) {
    const regret = regretWith(ablation, value)
    results[ablation.constant] = { ...results[ablation.constant], [value]: regret }
    if (!given.json) console.log(`${ablation.constant} = ${value}`, regret)
  }
}
const seeds = Array.from({ length: Number(given.seeds) }, (_, seed) => seed)
finish(`ablations-${given.searcher}`, { searcher: given.searcher, seeds, meanRegret: results }, {}, given)

/** Mean normalised regret over problems and budgets, with one constant changed. */
function regretWith(ablation: Ablation | undefined, value: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-ablation-'))
  try {
    for (const part of ['src', 'bench', 'package.json'])
      cpSync(join(root, part), join(folder, part), { recursive: true })
    if (ablation !== undefined) change(join(folder, 'src/search', ablation.file), ablation.constant, value)
    const quality = run(folder, ['bench/quality.ts', '--searchers', given.searcher, '--seeds', given.seeds, '--json'])
    const own = (quality['meanRegret'] as Record<string, number>)[given.searcher]!
    if (given.data === undefined) return own
    const searched = ['--searchers', given.searcher, '--seeds', given.seeds, '--data', given.data, '--json']
    const tables = run(folder, ['bench/tables.ts', ...searched])
    const regrets = Object.values((tables['meanRegret'] as Record<string, Record<string, number>>)[given.searcher]!)
    return Number(((own + regrets.reduce((sum, each) => sum + each, 0) / regrets.length) / 2).toPrecision(4))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function run(folder: string, args: readonly string[]): Record<string, unknown> {
  const stdout = execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 })
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>
}

function change(file: string, constant: string, value: string): void {
  const source = readFileSync(file, 'utf8')
  const changed = source.replace(new RegExp(`(const ${constant}(?:: [^=]+)? = )[^\\n]+`), `$1${value}`)
  if (changed === source) throw new Error(`${file} has no constant ${constant} on one line`)
  writeFileSync(file, changed)
}
