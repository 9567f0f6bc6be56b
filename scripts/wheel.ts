/**
 * Builds the wheel of the Python package (`npm run wheel [FOLDER]`): the package with the engine's JavaScript inside. The last line on
 * standard output is its path. Default folder: `python/dist`.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { EnvironmentFailure, environment } from './environment.ts'
import { succeeds } from './run.ts'

const root = resolve(import.meta.dirname, '..')

/** Builds it into a folder and answers its path. */
export async function buildWheel(folder: string): Promise<string> {
  const interpreter = await environment('wheel')
  const staged = mkdtempSync(join(tmpdir(), 'trialist-wheel-'))
  try {
    stage(staged)
    mkdirSync(folder, { recursive: true })
    const args = ['-m', 'build', '--wheel', '--no-isolation', '--outdir', resolve(folder), staged]
    if (!succeeds(interpreter, args)) throw new EnvironmentFailure('the wheel can’t be built', 'See above.')
  } finally {
    rmSync(staged, { recursive: true })
  }
  const [wheel] = readdirSync(folder).filter((name) => name.endsWith('.whl'))
  return join(resolve(folder), wheel!)
}

function stage(folder: string): void {
  for (const name of ['pyproject.toml', 'README.md', 'trialist']) {
    const isWanted = (path: string): boolean => !path.includes('__pycache__')
    cpSync(join(root, 'python', name), join(folder, name), { recursive: true, filter: isWanted })
  }
  const engine = join(folder, 'trialist', '_engine_files')
  for (const name of ['package.json', 'LICENSE', 'bin/trialist.cjs']) cpSync(join(root, name), join(engine, name))
  const isRun = (path: string): boolean => !/\.(?:map|d\.ts)$/.test(path)
  cpSync(join(root, 'dist'), join(engine, 'dist'), { recursive: true, filter: isRun })
}

if (import.meta.main) {
  try {
    if (!succeeds('npm', ['run', '--silent', 'build'])) process.exit(1)
    console.log(await buildWheel(process.argv[2] ?? join(root, 'python', 'dist')))
  } catch (error) {
    if (!(error instanceof EnvironmentFailure)) throw error
    console.error(`wheel: ${error.message}`)
    process.exitCode = 1
  }
}
