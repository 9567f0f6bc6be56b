import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

import { TrialistError } from '../base/errors.ts'
import { lastSession } from '../store/sqlite.ts'
import { argumentsOf, defaultRoot, numberOf, oneName } from './arguments.ts'
import { resolveOurselves } from './user-module.ts'

/**
 * `trialist resume NAME`: does what the process that ran the experiment was told to do, in its folder, with the name to go
 * on with. It all happens in this process, so that a signal meets the engine itself.
 */
export async function resume(args: readonly string[]): Promise<number> {
  const { values, positionals } = argumentsOf('resume', args, {
    root: { type: 'string', default: defaultRoot },
    trials: { type: 'string' },
    time: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  })
  const name = oneName('resume', positionals)
  const facts = lastSession(String(values['root']), name)
  const [script, ...words] = wordsOf(name, facts['argv'])
  process.env['TRIALIST_RESUME'] = name
  process.env['TRIALIST_ARGV'] = String(facts['argv'])
  const trials = numberOf('trials', values['trials'])
  const time = numberOf('time', values['time'])
  if (trials !== undefined) process.env['TRIALIST_TRIALS'] = String(trials)
  if (time !== undefined) process.env['TRIALIST_TIME'] = String(time)
  if (values['json'] === true) process.env['TRIALIST_PROGRESS'] = 'json'
  else if (values['quiet'] === true) process.env['TRIALIST_PROGRESS'] = 'none'
  if (typeof facts['directory'] === 'string') process.chdir(facts['directory'])
  if (isOurs(script!)) return again(name, words)
  process.argv = [process.execPath, script!, ...words]
  if (!existsSync(script!)) throw gone(name, script!)
  resolveOurselves()
  await import(pathToFileURL(script!).href)
  return 0
}

/** Runs our own command line again; a resume stands for what it resumed. */
async function again(name: string, [command, ...rest]: readonly string[]): Promise<number> {
  if (command !== 'run') throw gone(name, `trialist ${command}`)
  const file = rest.includes('--') ? undefined : rest.find((word) => !word.startsWith('-'))
  if (file !== undefined && !existsSync(file)) throw gone(name, file)
  const { run } = await import('./run.ts')
  return run(rest)
}

function isOurs(script: string): boolean {
  return /[\\/](?:bin[\\/]trialist(?:\.cjs)?|cli[\\/]main\.[jt]s|\.bin[\\/]trialist)$/.test(script)
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
