/**
 * Pinned Python environments (`npm run environment NAME`), one for each list. What `scripts/environments/NAME.txt` lists
 * is installed once into `.environments/NAME-HASH` (or below `TRIALIST_ENVIRONMENTS`); the hash is that of the list and
 * of the Python. The last line on standard output is the path of the interpreter.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { StdioOptions } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/** Why there is no environment: the message says what was tried and how to mend it. */
export class EnvironmentFailure extends Error {
  override readonly name = 'EnvironmentFailure'
  /** What was tried and went wrong, without a full stop. */
  readonly reason: string

  constructor(reason: string, remedy: string) {
    super(`${reason}. ${remedy}`)
    this.reason = reason
  }
}

interface Python {
  readonly program: string
  /** Version, build and platform: environments of another Python are others. */
  readonly identity: string
}

const lists = join(import.meta.dirname, 'environments')
/** Environments that have another one's packages beneath their own: what is large is there once. */
const bases: Readonly<Record<string, string>> = { ax: 'torch', hebo: 'torch', lightning: 'torch', optuna: 'torch' }
const oldest = [3, 10] as const

/**
 * The path of the interpreter of the environment `name`, which is made first where it is not there yet. Progress goes to
 * standard error. Throws {@link EnvironmentFailure}.
 *
 * From then on this process tells Pythons that it starts to keep what they compile: the environment is ours to write to, and compiling
 * what a trial imports takes longer than many a trial.
 */
export async function environment(name: string): Promise<string> {
  delete process.env['PYTHONDONTWRITEBYTECODE']
  const list = requirementsOf(name)
  const base = bases[name] === undefined ? undefined : await environment(bases[name])
  const python = findPython()
  const root = resolve(process.env['TRIALIST_ENVIRONMENTS'] || join(import.meta.dirname, '..', '.environments'))
  const hash = createHash('sha256')
    .update(`${python.identity}\n${base === undefined ? '' : `${base}\n`}${readFileSync(list, 'utf8')}`)
    .digest('hex')
  const folder = join(root, `${name}-${hash.slice(0, 12)}`)
  if (isWhole(folder)) return interpreterIn(folder)
  mkdirSync(root, { recursive: true })
  return locked(`${folder}.lock`, name, async () => {
    if (!isWhole(folder)) await make({ name, list, base, python, folder })
    return interpreterIn(folder)
  })
}

function requirementsOf(name: string): string {
  const names = globSync('*.txt', { cwd: lists }).map((file) => file.replace(/\.txt$/, ''))
  if (names.includes(name)) return join(lists, `${name}.txt`)
  throw new EnvironmentFailure(`there is no environment '${name}'`, `There are: ${names.toSorted().join(', ')}.`)
}

/** Asks the Python itself, for the name alone says little: version managers put programs of their own in its place. */
function findPython(): Python {
  const named = process.env['TRIALIST_PYTHON']
  const script =
    'import sys, sysconfig; print(*sys.version_info[:3], sys.implementation.cache_tag, sysconfig.get_platform())'
  const tried = (named ? [named] : ['python3', 'python']).map((program) => {
    const { status, stdout } = spawnSync(program, ['-c', script], { encoding: 'utf8' })
    const identity = status === 0 ? stdout.trim() : ''
    const [major = 0, minor = 0, patch = 0] = identity.split(' ', 3).map(Number)
    const fits = major === oldest[0] && minor >= oldest[1]
    return { program, identity, fits, what: identity ? `${program} is ${major}.${minor}.${patch}` : `no ${program}` }
  })
  const found = tried.find(({ fits }) => fits)
  if (found !== undefined) return found
  throw new EnvironmentFailure(
    `no Python ${oldest.join('.')} or newer (${tried.map(({ what }) => what).join(', ')})`,
    'Install it, or name it in TRIALIST_PYTHON.',
  )
}

interface Order {
  readonly name: string
  readonly list: string
  /** The interpreter of the environment beneath. */
  readonly base: string | undefined
  readonly python: Python
  readonly folder: string
}

/** Makes the environment aside and moves it into place when it is whole; what an interrupted one left is removed. */
async function make({ name, list, base, python, folder }: Order): Promise<void> {
  for (const left of [folder, ...globSync(`${folder}.partial-*`)]) rmSync(left, { recursive: true, force: true })
  const partial = `${folder}.partial-${process.pid}`
  const startMs = performance.now()
  console.error(`Making the Python environment '${name}' (once): ${folder}`)
  try {
    await run(`${python.program} -m venv`, python.program, ['-m', 'venv', partial], venvRemedy)
    if (base !== undefined) putOn(base, partial)
    await run('pip install', interpreterIn(partial), [...pip, '-r', list], pipRemedy)
    moveInto(partial, folder)
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  console.error(`Made '${name}' in ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
}

/** Python looks for packages where the base has them, after its own. */
function putOn(base: string, folder: string): void {
  const [there, here] = [base, interpreterIn(folder)].map((program) => {
    const script = 'import sysconfig; print(sysconfig.get_path("purelib"))'
    return spawnSync(program, ['-c', script], { encoding: 'utf8' }).stdout.trim()
  })
  writeFileSync(join(here!, 'base.pth'), `${there}\n`)
}

// Modules are compiled when they are first imported: most never are.
const pipOptions = [
  '--no-compile',
  '--quiet',
  '--disable-pip-version-check',
  '--no-input',
  '--retries',
  '2',
  '--timeout',
  '30',
]
const pip = ['-m', 'pip', 'install', ...pipOptions, '--only-binary=:all:']
const venvRemedy = "On Debian and Ubuntu its module is a package: 'apt install python3-venv'."
const pipRemedy = "Look at the network and at pip's settings ('pip config list'), then try again."
const unreachable = /NewConnectionError|ConnectTimeout|NameResolutionError|ProxyError|ReadTimeout|ConnectionReset/

async function run(what: string, program: string, args: readonly string[], remedy: string): Promise<void> {
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe']
  const child = spawn(program, args, { stdio, env: { ...process.env, PYTHONNOUSERSITE: '1' } })
  let output = ''
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  }
  const code = await new Promise<number | string | null>((settle, fail) => {
    child.once('error', fail).once('close', (status, signal) => settle(status ?? signal))
  })
  if (code === 0) return
  const lines = output.split('\n').filter((line) => line.trim() !== '')
  const said = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? 'it said nothing'
  const cause = unreachable.test(output) ? 'the package index can not be reached: ' : ''
  throw new EnvironmentFailure(`${what} failed (${code}): ${cause}${said.trim().slice(0, 300)}`, remedy)
}

/** Scripts in an environment name its interpreter by its full path. */
function moveInto(partial: string, folder: string): void {
  const programs = join(partial, programFolder)
  for (const file of readdirSync(programs)) {
    const path = join(programs, file)
    if (!lstatSync(path).isFile()) continue
    const text = readFileSync(path, 'latin1')
    if (text.includes(partial)) writeFileSync(path, text.replaceAll(partial, folder), 'latin1')
  }
  renameSync(partial, folder)
}

const programFolder = process.platform === 'win32' ? 'Scripts' : 'bin'

function interpreterIn(folder: string): string {
  return join(folder, programFolder, process.platform === 'win32' ? 'python.exe' : 'python')
}

/** Only a whole environment has its name; but the Python below it may be gone since. */
function isWhole(folder: string): boolean {
  return existsSync(interpreterIn(folder)) && spawnSync(interpreterIn(folder), ['-c', '']).status === 0
}

/** One at a time, and never locked by a dead process: the operating system frees a database's lock with its holder. */
async function locked<T>(path: string, name: string, work: () => Promise<T>): Promise<T> {
  const lock = new DatabaseSync(path)
  try {
    for (let told = false; !takes(lock); told = true) {
      if (!told) console.error(`Another process makes the Python environment '${name}'; waiting for it.`)
      await sleep(200)
    }
    return await work()
  } finally {
    lock.close()
  }
}

function takes(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (/locked|busy/i.test(String(error))) return false
    throw error
  }
}

if (import.meta.main) {
  try {
    const [name, ...others] = process.argv.slice(2)
    if (name === undefined || others.length > 0)
      throw new EnvironmentFailure('which environment is not said', 'Call: npm run environment NAME')
    console.log(await environment(name))
  } catch (error) {
    if (!(error instanceof EnvironmentFailure)) throw error
    console.error(`environment: ${error.message}`)
    process.exitCode = 1
  }
}
