/**
 * Checks the package as users get it (`npm run package:check`): packs it, looks at its contents, lints its manifest and
 * types, installs it offline into an empty folder and uses it there from JavaScript, TypeScript and the command line.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { succeeds } from './run.ts'

/** What may be in the package, and what must be. */
const allowed =
  /^(?:package\.json|README\.md|LICENSE|NOTICE|bin\/trialist\.cjs|data\/digits\.json|dist\/.+(?<!\.test)\.(?:js|d\.ts)|python\/trialist\/.+\.(?:py|typed))$/
const required = [
  'package.json',
  'README.md',
  'LICENSE',
  'bin/trialist.cjs',
  'dist/index.js',
  'dist/index.d.ts',
].concat(['dist/worker.js', 'dist/bridge/searcher-thread.js', 'data/digits.json', 'python/trialist/worker.py'])

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'trialist-package-'))
try {
  const tarball = pack()
  checkContents(tarball)
  run('publint', ['run', tarball, '--strict'])
  run('attw', [tarball, '--profile', 'esm-only', '--no-definitely-typed', '--no-summary', '--no-emoji'])
  checkInstalled(tarball)
} finally {
  rmSync(folder, { recursive: true })
}

function pack(): string {
  run('npm', ['pack', '--silent', '--pack-destination', folder])
  const [tarball] = readdirSync(folder)
  if (tarball === undefined) throw new Error('npm pack made no file')
  return join(folder, tarball)
}

function checkContents(tarball: string): void {
  const listing = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n')
  const paths = listing.map((path) => path.replace(/^package\//, ''))
  const problems = [
    ...paths.filter((path) => !allowed.test(path)).map((path) => `does not belong in the package: ${path}`),
    ...required.filter((path) => !paths.includes(path)).map((path) => `missing from the package: ${path}`),
  ]
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

function checkInstalled(tarball: string): void {
  const cwd = join(folder, 'consumer')
  mkdirSync(cwd)
  writeFileSync(join(cwd, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  run('npm', ['install', '--silent', '--offline', '--ignore-scripts', tarball], cwd)

  const imports = specifiers().map((specifier, i) => `import * as module${i} from '${specifier}'`)
  const uses = imports.map((_, i) => `if (Object.keys(module${i}).length === 0) throw new Error('nothing is exported')`)
  writeFileSync(join(cwd, 'use.ts'), [...imports, ...uses, ''].join('\n'))
  run(process.execPath, ['use.ts'], cwd)

  const typeRoots = [join(root, 'node_modules/@types')]
  const compilerOptions = {
    noEmit: true,
    strict: true,
    module: 'nodenext',
    target: 'es2024',
    types: ['node'],
    typeRoots,
  }
  writeFileSync(join(cwd, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
  run('tsc', ['-p', 'tsconfig.json'], cwd)

  run(process.execPath, ['node_modules/trialist/bin/trialist.cjs', '--help'], cwd)
}

/** What package.json lets users import, itself left out. */
function specifiers(): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string; exports: object }
  const entries = Object.keys(manifest.exports).filter((entry) => !entry.endsWith('.json'))
  return entries.map((entry) => manifest.name + entry.slice(1))
}

function run(command: string, args: readonly string[], cwd: string = root): void {
  if (!succeeds(command, args, { cwd })) throw new Error(`failed: ${command} ${args.join(' ')}`)
}
