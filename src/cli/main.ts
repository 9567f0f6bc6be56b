import { readFileSync } from 'node:fs'

import { didYouMean } from '../base/check.ts'
import { TrialistError, show } from '../base/errors.ts'
import { commands, helpOf, overview } from './commands.ts'
import { holdLifeline } from './lifeline.ts'

/** Runs one command line; answers the exit code: 0, 1 where a check found something, 2 for a wrong call or a fault. */
async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') return print(overview())
  if (name === '--version') return print(`${packageVersion()}\n`)
  const command = commands[name]
  if (command === undefined) {
    const known = Object.keys(commands)
    throw new TrialistError({
      code: 'unknown_option',
      message: 'there is no such command',
      expected: known.join(', '),
      received: show(name),
      ...didYouMean(name, known),
    })
  }
  const ours = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  if (ours.includes('--help') || ours.includes('-h')) return print(helpOf(name))
  return (await command.load())(rest)
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

holdLifeline()
try {
  const code = await main(process.argv.slice(2))
  // A session that was ended by a signal has set its own.
  process.exitCode ??= code
} catch (thrown) {
  if (!(thrown instanceof TrialistError)) throw thrown
  process.stderr.write(`trialist: ${thrown.message}\n`)
  process.exitCode = 2
}
