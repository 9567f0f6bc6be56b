import { existsSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { TrialistError } from '../base/errors.ts'
import { sessionsOf } from '../store/sqlite.ts'
import { failedFrom, unfinishedFrom } from '../tuner/asked.ts'
import { argumentsOf, defaultRoot, numberOf, oneName } from './arguments.ts'
import { recorded } from './record.ts'
import { imported } from './user-module.ts'

/** The module that a checkout runs. */
const main = fileURLToPath(import.meta.url).replace(/resume(\.[jt]s)$/, 'main$1')

/** New totals that were asked for. */
interface Asked {
  readonly trials: number | undefined
  readonly time: number | undefined
}

/**
 * `trialist resume NAME`: does what the process that ran the experiment was told to do, in its folder, with the name to go
 * on with. It all happens in this process, so that a signal meets the engine itself.
 */
export async function resume(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf('resume', args, {
    root: { type: 'string', default: defaultRoot },
    trials: { type: 'string' },
    time: { type: 'string' },
    failed: { type: 'string' },
    unfinished: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  })
  const name = oneName('resume', positionals)
  const root = String(values['root'])
  const facts = sessionsOf(root, name).at(-1)?.facts ?? {}
  const [script = '', ...words] = wordsOf(name, facts['argv'])
  const flags = typeof facts['execArgv'] === 'string' ? (JSON.parse(facts['execArgv']) as string[]) : []
  const asked: Asked = { trials: numberOf('trials', values['trials']), time: numberOf('time', values['time']) }
  process.env['TRIALIST_RESUME'] = name
  process.env['TRIALIST_ARGV'] = String(facts['argv'])
  if (asked.trials !== undefined) process.env['TRIALIST_TRIALS'] = String(asked.trials)
  if (asked.time !== undefined) process.env['TRIALIST_TIME'] = String(asked.time)
  const failed = failedFrom('--failed', values['failed'])
  if (failed !== undefined) process.env['TRIALIST_FAILED'] = failed
  const unfinished = unfinishedFrom('--unfinished', values['unfinished'])
  if (unfinished !== undefined) process.env['TRIALIST_UNFINISHED'] = unfinished
  if (values['json'] === true) process.env['TRIALIST_PROGRESS'] = 'json'
  else if (values['quiet'] === true) process.env['TRIALIST_PROGRESS'] = 'none'
  const totals = isOurs(script) ? totalsOf(root, name, asked) : undefined
  if (typeof facts['directory'] === 'string') goTo(name, facts['directory'])
  if (totals !== undefined) return again(name, words, totals)
  if (script !== '' && !existsSync(script)) throw gone(name, script)
  if (flags.length > 0) return becomeNode(name, [...flags, ...(script === '' ? [] : [script]), ...words])
  if (script === '') throw gone(name, 'a script')
  process.argv = [process.execPath, script, ...words]
  await imported(script, script)
  return 0
}

/** Options of Node.js itself take a new start: this process becomes it, so that a signal still meets the engine itself. */
function becomeNode(name: string, words: readonly string[]): never {
  if (process.execve !== undefined && process.platform !== 'win32') {
    process.execve(process.execPath, [process.execPath, ...words], process.env)
  }
  throw new TrialistError({
    code: 'unsupported',
    message: `${name} was started with options of Node.js, which can't be given to a process that runs`,
    remedy: `Start it as before with TRIALIST_RESUME=${name} in the environment.`,
  })
}

/** What is asked for now; what is not, as an earlier session left it. */
function totalsOf(root: string, name: string, { trials, time }: Asked): Asked {
  const { budget } = recorded(root, name).state
  return {
    trials: trials ?? budget.trials ?? undefined,
    time: time ?? (budget.timeMs === null ? undefined : budget.timeMs / 1000),
  }
}

/** Runs our own command line again. A total that it names was that of the first session. */
async function again(name: string, [command, ...rest]: readonly string[], { trials, time }: Asked): Promise<number> {
  if (command !== 'run') throw gone(name, `trialist ${command}`)
  const { fileIn, run } = await import('./run.ts')
  const { file, options } = fileIn(rest)
  if (file !== undefined && !existsSync(file)) throw gone(name, file)
  const totals: string[] = []
  if (options.has('trials') && trials !== undefined) totals.push(`--trials=${trials}`)
  if (options.has('time') && time !== undefined) totals.push(`--time=${time}`)
  // The last of several values counts.
  const end = rest.includes('--') ? rest.indexOf('--') : rest.length
  return run(rest.toSpliced(end, 0, ...totals))
}

function goTo(name: string, directory: string): void {
  try {
    process.chdir(directory)
  } catch {
    throw gone(name, directory)
  }
}

/** This command line, wherever it was installed when it ran. */
function isOurs(script: string): boolean {
  if (/[\\/](?:bin[\\/]trialist(?:\.cjs)?|\.bin[\\/]trialist)$/.test(script)) return true
  return existsSync(script) && realpathSync(script) === main
}

function wordsOf(name: string, argv: unknown): readonly string[] {
  if (typeof argv === 'string') return JSON.parse(argv) as string[]
  throw new TrialistError({
    code: 'unsupported',
    message: `how ${name} was started is not recorded, as its command line seems to hold a secret`,
    remedy: `Start it as before with TRIALIST_RESUME=${name} in the environment.`,
  })
}

function gone(name: string, what: string): TrialistError {
  return new TrialistError({
    code: 'not_found',
    message: `what ran ${name} is no longer there`,
    expected: what,
    remedy: `Put it back, or run its successor with TRIALIST_RESUME=${name} in the environment; from Python: Tuner.restore.`,
  })
}
