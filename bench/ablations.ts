// What each constant of the Gaussian-process searcher that is no paper's is worth: it is changed in a copy of the sources, and
// bench:quality (with --data also bench:tables) run there.
//   node bench/ablations.ts [--seeds 5] [--only commonDeviation] [--data FOLDER] [--json]
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

interface Ablation {
  readonly file: string
  readonly constant: string
  /** Other values, as source text. */
  readonly values: readonly string[]
}

const ablations: readonly Ablation[] = [
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
]

const { values: given } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    only: { type: 'string' },
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
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
if (given.json) console.log(JSON.stringify({ seeds: Number(given.seeds), meanRegret: results }))

/** Mean normalised regret of gp over problems and budgets, with one constant changed. */
function regretWith(ablation: Ablation | undefined, value: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-ablation-'))
  try {
    for (const part of ['src', 'bench', 'package.json'])
      cpSync(join(root, part), join(folder, part), { recursive: true })
    if (ablation !== undefined) change(join(folder, 'src/search', ablation.file), ablation.constant, value)
    const quality = run(folder, ['bench/quality.ts', '--searchers', 'gp', '--seeds', given.seeds, '--json'])
    const own = (quality['meanRegret'] as Record<string, number>)['gp']!
    if (given.data === undefined) return own
    const searched = ['--searchers', 'gp', '--seeds', given.seeds, '--data', given.data, '--json']
    const tables = run(folder, ['bench/tables.ts', ...searched])
    const regrets = Object.values((tables['meanRegret'] as Record<string, Record<string, number>>)['gp']!)
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
