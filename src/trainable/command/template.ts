import { didYouMean } from '../../base/check.ts'
import { TrialistError, show } from '../../base/errors.ts'
import { leavesOf } from '../../space/leaves.ts'
import { splitWords } from './words.ts'

/** A command with places for values, as words. */
export type Template = readonly string[]

/** What a command can name besides parameters. */
export interface TemplateExtras {
  /** The trial's number. */
  readonly trial: number
  /** Its own folder. */
  readonly directory: string
  /** A JSON file with the configuration. */
  readonly config: string
}

const extraNames: readonly string[] = ['trial', 'directory', 'config'] satisfies readonly (keyof TemplateExtras)[]
/** `{name}`, and doubled braces, which stand for single ones. */
const place = /\{\{|\}\}|\{([^{}\s]+)\}/g
/** Stands for `--name value` of all active parameters. */
const allParameters = '{params}'

/** A template from a text or from words. Throws `invalid_option` for a text whose quotes are not closed, or without a word. */
export function parseTemplate(template: string | readonly string[]): Template {
  const words = typeof template === 'string' ? splitWords(template) : template
  if (words.length > 0) return words
  throw new TrialistError({
    code: 'invalid_option',
    message: 'the command is empty',
    expected: 'a program and its arguments',
  })
}

/** Throws `invalid_option` where the template names what is no parameter, or leaves one out. */
export function checkTemplate(template: Template, parameters: readonly string[]): void {
  const named = new Set(template.flatMap(namesIn))
  const known = [...parameters, ...extraNames]
  for (const name of named) {
    if (known.includes(name) || name === 'params') continue
    throw new TrialistError({
      code: 'invalid_option',
      message: `the command has ${show(`{${name}}`)}, but there is no such parameter`,
      expected: known.map((each) => `{${each}}`).join(', '),
      ...didYouMean(name, known),
    })
  }
  if (named.has('params') || named.has('config')) return
  const unused = parameters.filter((name) => !named.has(name))
  if (unused.length === 0) return
  throw new TrialistError({
    code: 'invalid_option',
    message: `the command does not use ${unused.join(', ')}`,
    expected: `${unused.map((name) => `{${name}}`).join(', ')} in it, or {params} for all parameters`,
    remedy: 'A parameter that is not handed over can’t make a difference.',
  })
}

/**
 * The words of one trial's command. A word with an inactive parameter is dropped, with the option before it where that is a
 * word of its own (`--momentum {momentum}`).
 */
export function renderTemplate(
  template: Template,
  config: Readonly<Record<string, unknown>>,
  extras: TemplateExtras,
): string[] {
  const values = new Map(leavesOf(config).map(([path, value]) => [path, textOf(value)]))
  const all = [...values].flatMap(([name, value]) => [`--${name}`, value])
  for (const name of extraNames) values.set(name, String(extras[name as keyof TemplateExtras]))
  const words: string[] = []
  for (const word of template) {
    if (word === allParameters) words.push(...all)
    else if (namesIn(word).every((name) => values.has(name))) words.push(filled(word, values))
    else if (isOption(words.at(-1)) && word.startsWith('{')) words.pop()
  }
  return words
}

/** A value as a word: numbers so that they are read back exactly, what is no scalar as JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

function namesIn(word: string): string[] {
  return [...word.matchAll(place)].flatMap(([, name]) => name ?? [])
}

function filled(word: string, values: ReadonlyMap<string, string>): string {
  return word.replaceAll(place, (text, name: string | undefined) => (name === undefined ? text[0]! : values.get(name)!))
}

function isOption(word: string | undefined): boolean {
  return word !== undefined && /^--?[A-Za-z]/.test(word) && !word.includes('=')
}
