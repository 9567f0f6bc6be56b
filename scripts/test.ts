/**
 * All tests (`npm test`): unit tests in one process, those of the Python package, then those that need a process each and
 * the built package. Arguments are handed on to `node --test`. All parts run, and each prints its runner's closing lines.
 */
import { globSync } from 'node:fs'
import { succeeds } from './run.ts'

interface Part {
  readonly patterns: readonly string[]
  readonly flags: readonly string[]
  readonly needsBuild: boolean
}

const parts: readonly Part[] = [
  { patterns: ['src/**/*.test.ts', 'scripts/**/*.test.ts'], flags: ['--test-isolation=none'], needsBuild: false },
  { patterns: ['test/**/*.test.ts', 'examples/**/*.test.ts'], flags: [], needsBuild: true },
]

const [unit, whole] = parts
const given = process.argv.slice(2)
process.exitCode = [passes(unit!, given), pythonPasses(), passes(whole!, given)].every(Boolean) ? 0 : 1

/** The Python package needs its standard library alone, and no installation. */
function pythonPasses(): boolean {
  const python = process.env['TRIALIST_PYTHON'] ?? 'python3'
  return succeeds(python, ['-m', 'unittest', 'discover', '-s', 'python/tests', '-t', 'python'])
}

function passes({ patterns, flags, needsBuild }: Part, args: readonly string[]): boolean {
  // Tests with real libraries need environments of their own: `npm run test:integrations`.
  const files = patterns.map((pattern) => globSync(pattern, { exclude: ['test/integrations/**'] }))
  // The runner takes a pattern without a match for a success.
  const empty = patterns.filter((_, i) => files[i]!.length === 0)
  for (const pattern of empty) console.error(`No test matches ${pattern}`)
  if (needsBuild && !succeeds('npm', ['run', '--silent', 'build'])) return false
  const found = files.flat().sort()
  const passed = found.length > 0 && succeeds(process.execPath, ['--test', ...flags, ...args, ...found])
  return passed && empty.length === 0
}
