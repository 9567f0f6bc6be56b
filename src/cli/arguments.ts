import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'

import { didYouMean } from '../base/check.ts'
import { TrialistError, messageOf, show } from '../base/errors.ts'

export const defaultRoot = '.trialist'

type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

/** A command's arguments: options by name, and the others in order. Throws `unknown_option` or `invalid_option`. */
export function argumentsOf(
  command: string,
  args: readonly string[],
  options: ParseArgsOptionsConfig,
): { readonly values: Values; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, allowNegative: true, options })
  } catch (thrown) {
    throw wrongCall(command, thrown, Object.keys(options))
  }
}

/** The one name that a command takes. */
export function oneName(command: string, positionals: readonly string[], what = 'the name of one experiment'): string {
  const [name, ...others] = positionals
  if (name !== undefined && others.length === 0) return name
  throw new TrialistError({
    code: 'invalid_option',
    message: `trialist ${command}`,
    expected: what,
    received: positionals.length === 0 ? 'none' : positionals.join(' '),
    remedy: `See trialist ${command} --help.`,
  })
}

export function textOf(value: Values[string]): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A number that an option holds. Throws `invalid_option`. */
export function numberOf(option: string, value: Values[string]): number | undefined {
  if (typeof value !== 'string') return undefined
  const number = Number(value)
  if (value.trim() !== '' && !Number.isNaN(number)) return number
  throw new TrialistError({
    code: 'invalid_option',
    message: `--${option}`,
    expected: 'a number',
    received: show(value),
  })
}

function wrongCall(command: string, thrown: unknown, known: readonly string[]): TrialistError {
  const unknown = /Unknown option '--?([^'=]+)'/.exec(messageOf(thrown))?.[1]
  if (unknown === undefined) {
    const message = messageOf(thrown).split('. ')[0]!
    return new TrialistError({ code: 'invalid_option', message, remedy: `See trialist ${command} --help.` })
  }
  return new TrialistError({
    code: 'unknown_option',
    message: `trialist ${command} has no option --${unknown}`,
    expected: known.map((name) => `--${name}`).join(', '),
    ...didYouMean(unknown, known),
  })
}
