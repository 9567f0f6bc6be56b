/**
 * The structure check (`npm run structure`): the rules about layers, cycles, the platform, dead code and sizes that
 * neither the compiler nor the linter knows. Prints every violation as `file:line rule: message`.
 */
import { resolve } from 'node:path'
import { bannedViolations } from './structure/banned.ts'
import type { BannedRules } from './structure/banned.ts'
import { cycleViolations } from './structure/cycles.ts'
import { deadViolations } from './structure/dead.ts'
import { layerViolations } from './structure/layers.ts'
import type { LayerTable } from './structure/layers.ts'
import { exportedSources, manifestViolations } from './structure/manifest.ts'
import { sizeViolations } from './structure/sizes.ts'
import type { SizeRules } from './structure/sizes.ts'
import { textViolations } from './structure/texts.ts'
import { readTree } from './structure/tree.ts'
import type { Violation } from './structure/tree.ts'

const layer0 = ['base', 'math']
const layer1 = ['space', 'trial']
const layer2 = ['search', 'schedule', 'stop', 'trainable']
const layer3 = ['executor', 'store', 'checkpoint', 'logger', 'bridge']
const layer5 = ['tune.ts', 'worker.ts', 'index.ts', 'analysis', 'dashboard', 'cli', 'testing']
const below3 = [...layer0, ...layer1, ...layer2]
const below5 = [...below3, ...layer3, 'tuner']
/** A store is opened by `tune.ts` and `cli/` alone: the others are handed one (`index.ts` only passes names on). */
const below5WithoutStore = below5.filter((folder) => folder !== 'store')

/** What each folder under `src/` may import; its own files always. */
const layers: LayerTable = {
  base: { values: [] },
  math: { values: ['base'] },
  space: { values: layer0 },
  trial: { values: [...layer0, 'space'] },
  search: { values: [...layer0, ...layer1] },
  schedule: { values: [...layer0, ...layer1] },
  stop: { values: [...layer0, ...layer1] },
  trainable: { values: [...layer0, ...layer1] },
  executor: { values: below3, types: layer3 },
  store: { values: below3, types: layer3 },
  checkpoint: { values: below3, types: layer3 },
  logger: { values: below3, types: layer3 },
  bridge: { values: [...below3, 'executor/process/'], types: layer3 },
  tuner: { values: below3, types: layer3 },
  'tune.ts': { values: below5 },
  'worker.ts': { values: below5WithoutStore },
  'index.ts': { values: [...below5, ...layer5] },
  analysis: { values: below5WithoutStore, types: ['store'] },
  dashboard: { values: below5WithoutStore, types: ['store'] },
  cli: { values: [...below5, ...layer5] },
  testing: { values: [...below5WithoutStore, ...layer5], types: ['store'] },
}

const platform: BannedRules = {
  pureFolders: ['base', 'math', 'space', 'trial', 'search', 'schedule', 'stop', 'tuner'],
  clock: 'src/base/clock.ts',
  sqlite: /^src\/store\/database\.ts$/,
}

/** Sources that are started by their path and not imported, besides those behind package.json's `exports`. */
const entries: readonly string[] = [
  'src/cli/main.ts',
  'src/worker.ts',
  'src/bridge/searcher-thread.ts',
  'src/bridge/engines/server-thread.ts',
]

const sizes: SizeRules = { fileLines: 500, functionLines: 70, baseline: {} }

/** What a test of the check may replace. */
export interface Overrides {
  readonly entries?: readonly string[]
  readonly baseline?: SizeRules['baseline']
}

/** Every violation in the repository at `root`, by file and line. */
export function violationsIn(root: string, overrides: Overrides = {}): Violation[] {
  const tree = readTree(root)
  const found = [
    ...layerViolations(tree, layers),
    ...cycleViolations(tree),
    ...bannedViolations(tree, platform),
    ...deadViolations(tree, exportedSources(root), overrides.entries ?? entries),
    ...sizeViolations(tree, { ...sizes, baseline: overrides.baseline ?? sizes.baseline }),
    ...manifestViolations(tree),
    ...textViolations(tree),
  ]
  return found.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
}

if (import.meta.main) {
  const found = violationsIn(resolve(import.meta.dirname, '..'))
  for (const { file, line, rule, message } of found) console.error(`${file}:${line} ${rule}: ${message}`)
  console.log(found.length === 0 ? 'structure: no violation' : `structure: ${found.length} violations`)
  process.exitCode = found.length === 0 ? 0 : 1
}
