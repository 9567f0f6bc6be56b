import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'

import { didYouMean } from '../base/check.ts'
import { TrialistError, messageOf, show } from '../base/errors.ts'

export const defaultRoot = '.trialist'

export type Values = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>

/** A command's arguments: options by name, and the others in order. Throws `unknown_option` or `invalid_option`. */
export function argumentsOf(
  command: string,
  args: readonly string[],
  options: ParseArgsOptionsConfig,
): { readonly values: Values; readonly positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, allowNegative: true, options })
  } catch (thrown) {
    throw wrongCall(command, thrown, writtenAs(options))
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

/** For commands that take options alone. Throws `invalid_option`. */
export function noNames(command: string, positionals: readonly string[]): void {
  if (positionals.length === 0) return
  throw new TrialistError({
    code: 'invalid_option',
    message: `trialist ${command}`,
    expected: 'no names',
    received: positionals.join(' '),
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

/** Options as they are typed: what is on by default can only be switched off. */
function writtenAs(options: ParseArgsOptionsConfig): string[] {
  return Object.entries(options).map(([name, { default: preset }]) => (preset === true ? `--no-${name}` : `--${name}`))
}

function wrongCall(command: string, thrown: unknown, known: readonly string[]): TrialistError {
  const unknown = /Unknown option '(--?[^'=]+)'/.exec(messageOf(thrown))?.[1]
  if (unknown === undefined) {
    const message = messageOf(thrown).split(/\.?\n|\. /)[0]!
    const remedy = `See trialist ${command} --help.`
    const dashed = /'(--[\w-]+)' argument is ambiguous/.exec(message)?.[1]
    if (dashed === undefined) return new TrialistError({ code: 'invalid_option', message, remedy })
    return new TrialistError({
      code: 'invalid_option',
      message: dashed,
      expected: 'a value',
      received: 'another option',
      remedy: `A value that begins with a dash is written ${dashed}=-1. ${remedy}`,
    })
  }
  return new TrialistError({
    code: 'unknown_option',
    message: `trialist ${command} has no option ${unknown}`,
    expected: known.join(', '),
    ...didYouMean(unknown, known),
  })
}
