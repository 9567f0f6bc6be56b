import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { TrialistError, messageOf } from '../base/errors.ts'
import { verify } from './verify.ts'

const help = `trialist: hyperparameter tuning

  trialist verify NAME [--root .trialist]   recomputes every suggestion and decision of an experiment from its log
                                            and names the first difference; exit code 1 where there is one
  trialist --version
  trialist --help
`

/** Runs one command line; answers the exit code: 0, 1 where a check found something, 2 for a wrong call or a fault. */
function main(args: readonly string[]): number {
  const { values, positionals } = parse(args)
  if (values.version) return print(`${packageVersion()}\n`)
  const [command, ...rest] = positionals
  if (values.help || command === undefined) return print(help)
  if (command === 'verify') return verify(rest, values.root)
  throw new TrialistError({
    code: 'unknown_option',
    message: 'there is no such command',
    expected: 'verify',
    received: command,
    remedy: 'See trialist --help.',
  })
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        root: { type: 'string', default: '.trialist' },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (thrown) {
    throw new TrialistError({ code: 'unknown_option', message: messageOf(thrown), remedy: 'See trialist --help.' })
  }
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (thrown) {
  if (!(thrown instanceof TrialistError)) throw thrown
  process.stderr.write(`trialist: ${thrown.message}\n`)
  process.exitCode = 2
}
