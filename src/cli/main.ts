import { readFileSync } from 'node:fs'

import { didYouMean } from '../base/check.ts'
import { TrialistError, show } from '../base/errors.ts'
import { commands, helpOf, overview } from './commands.ts'
import { holdLifeline } from './lifeline.ts'
import { holdStreams } from './streams.ts'

/** Runs one command line; answers the exit code: 0, 1 where a check found something, 2 for a wrong call or a fault. */
async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h') return print(overview())
  if (name === '--version' || name === '-V') return print(`${packageVersion()}\n`)
  if (name === 'help') return print(rest[0] === undefined ? overview() : helpOf(known(rest[0])))
  const command = commands[known(name)]!
  const ours = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest
  if (ours.includes('--help') || ours.includes('-h')) return print(helpOf(name))
  return (await command.load())(rest)
}

/** The name of a command. Throws `unknown_option`. */
function known(name: string): string {
  const names = Object.keys(commands)
  if (names.includes(name)) return name
  throw new TrialistError({
    code: 'unknown_option',
    message: 'there is no such command',
    expected: names.join(', '),
    received: show(name),
    ...didYouMean(name, [...names, 'help', '--help', '--version']),
  })
}

/** What is wrong, in one message. What nobody foresaw, such as an error in a user's file, comes with its stack. */
function told(thrown: unknown): string {
  if (thrown instanceof TrialistError) return thrown.message
  if (!(thrown instanceof Error)) return show(thrown)
  // Faults of the operating system name the call and the file.
  return 'syscall' in thrown ? `${thrown.message}.` : (thrown.stack ?? thrown.message)
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

holdStreams()
holdLifeline()
try {
  const code = await main(process.argv.slice(2))
  // A session that was ended by a signal has set its own.
  process.exitCode ??= code
} catch (thrown) {
  process.stderr.write(`trialist: ${told(thrown)}\n`)
  process.exitCode = 2
}
