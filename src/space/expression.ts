import { didYouMean } from '../base/check.ts'
import { TrialistError } from '../base/errors.ts'
import { bool, choice, constant, grid, ordinal, prefer } from './categorical.ts'
import { int, lognormal, loguniform, logint, normal, uniform } from './numeric.ts'
import type { Space } from './types.ts'
import { when } from './when.ts'

/** A call as it is written, such as `loguniform(1e-5, 1e-1, default=0.01)`. */
export interface Call {
  readonly name: string
  readonly args: readonly unknown[]
  readonly options: Readonly<Record<string, unknown>>
}

/** Makes a parameter from a call's arguments and options; each maker checks what it is given. */
// oxlint-disable-next-line typescript/no-explicit-any
type Maker = (...args: any[]) => unknown

const makers: Readonly<Record<string, Maker>> = {
  uniform,
  loguniform,
  normal,
  lognormal,
  int,
  logint,
  choice: preferring(choice as Maker),
  ordinal: preferring(ordinal as Maker),
  grid: (...args) => (grid as Maker)(...(args as unknown[]).slice(0, -1)),
  bool,
  constant,
  when,
}

/** How many arguments a call takes, where that is a number. */
const arity: Readonly<Record<string, number>> = {
  uniform: 2,
  loguniform: 2,
  normal: 2,
  lognormal: 2,
  int: 2,
  logint: 2,
  bool: 0,
  constant: 1,
  when: 3,
}

/**
 * A search space from names and expressions, as on a command line: `lr`, `loguniform(1e-5, 1e-1)`. A dotted name stands in a
 * nested space; a literal is a constant. Throws `invalid_space` or `invalid_option`.
 */
export function spaceFrom(entries: readonly (readonly [name: string, text: string])[]): Space {
  const space: Record<string, unknown> = {}
  for (const [name, text] of entries) {
    const path = name.split('.')
    const last = path.pop()!
    let inner = space
    for (const part of path) inner = (inner[part] ??= {}) as Record<string, unknown>
    if (Object.hasOwn(inner, last)) throw wrong(name, 'each parameter once', 'it twice')
    inner[last] = parameterFrom(name, text)
  }
  return space
}

/** A parameter from an expression. */
function parameterFrom(name: string, text: string): unknown {
  const what = `the parameter ${name}`
  const parser = new Parser(what, text)
  try {
    return parser.whole((call) => made(what, call))
  } catch (thrown) {
    if (!(thrown instanceof TrialistError) || thrown.message.startsWith(what)) throw thrown
    throw new TrialistError({ code: thrown.code, message: `${what}: ${thrown.message}`, cause: thrown })
  }
}

/** A call as it is written, such as `asha(maxT=27)`; a bare name is a call without arguments. */
export function callFrom(what: string, text: string): Call {
  const parsed = new Parser(what, text).whole((call) => call)
  if (typeof parsed === 'string') return { name: parsed, args: [], options: {} }
  if (typeof parsed === 'object' && parsed !== null && 'options' in parsed) return parsed as Call
  throw wrong(what, 'a name, perhaps with options: asha(maxT=27)', text)
}

function made(what: string, { name, args, options }: Call): unknown {
  const maker = makers[name]
  if (maker === undefined) {
    const known = Object.keys(makers)
    const message = `${what}: there is no ${name}(…)`
    throw new TrialistError({ code: 'invalid_space', message, expected: known.join(', '), ...didYouMean(name, known) })
  }
  const wanted = arity[name]
  if (wanted !== undefined && args.length !== wanted) {
    throw wrong(`${what}: ${name}(…)`, `${wanted} arguments`, String(args.length))
  }
  return maker(...args, options)
}

/** A choice whose options by name, the last argument, are its default and prior. */
function preferring(maker: Maker): Maker {
  return (...args) => {
    const options = args.pop() as object
    const parameter = maker(...(args as unknown[]))
    return Object.keys(options).length === 0 ? parameter : (prefer as Maker)(parameter, options)
  }
}

const tokens =
  /\s*(?:(?<punctuation>[()[\],=])|"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>[^']*)'|(?<word>[^\s()[\],='"]+))/y

interface Token {
  readonly at: number
  readonly punctuation?: string
  /** A text in quotes. */
  readonly text?: string
  readonly word?: string
}

/** Reads calls, lists and values. */
class Parser {
  readonly #what: string
  readonly #text: string
  readonly #tokens: Token[] = []
  #next = 0

  constructor(what: string, text: string) {
    this.#what = what
    this.#text = text
    tokens.lastIndex = 0
    while (tokens.lastIndex < text.trimEnd().length) {
      const at = tokens.lastIndex
      const groups = tokens.exec(text)?.groups
      if (groups === undefined) throw this.#fault(at, 'a value')
      const quoted = groups['double']?.replaceAll(/\\(.)/g, '$1') ?? groups['single']
      this.#tokens.push({
        at,
        ...(groups['punctuation'] !== undefined && { punctuation: groups['punctuation'] }),
        ...(quoted !== undefined && { text: quoted }),
        ...(groups['word'] !== undefined && { word: groups['word'] }),
      })
    }
  }

  whole(make: (call: Call) => unknown): unknown {
    const value = this.#value(make)
    if (this.#next < this.#tokens.length) throw this.#fault(this.#tokens[this.#next]!.at, 'the end')
    return value
  }

  #value(make: (call: Call) => unknown): unknown {
    const token = this.#take()
    if (token?.text !== undefined) return token.text
    if (token?.punctuation === '[') return this.#list(']', make).args
    if (token?.word === undefined) throw this.#fault(token?.at, 'a value')
    if (!this.#skip('('))
      return token.word === 'bool' ? make({ name: 'bool', args: [], options: {} }) : literal(token.word)
    return make({ name: token.word, ...this.#list(')', make) })
  }

  #list(end: string, make: (call: Call) => unknown): { args: unknown[]; options: Record<string, unknown> } {
    const args: unknown[] = []
    const options: Record<string, unknown> = {}
    while (!this.#skip(end)) {
      const [name, equals] = [this.#tokens[this.#next], this.#tokens[this.#next + 1]]
      if (name?.word !== undefined && equals?.punctuation === '=' && end === ')') {
        this.#next += 2
        options[name.word] = this.#value(make)
      } else {
        args.push(this.#value(make))
      }
      if (!this.#skip(',') && this.#tokens[this.#next]?.punctuation !== end) {
        throw this.#fault(this.#tokens[this.#next]?.at, `, or ${end}`)
      }
    }
    return { args, options }
  }

  #take(): Token | undefined {
    return this.#tokens[this.#next++]
  }

  #skip(punctuation: string): boolean {
    if (this.#tokens[this.#next]?.punctuation !== punctuation) return false
    this.#next += 1
    return true
  }

  #fault(at: number = this.#text.length, expected: string): TrialistError {
    const rest = this.#text.slice(at).trim()
    return wrong(this.#what, `${expected} at character ${at + 1} of ${this.#text}`, rest === '' ? 'its end' : rest)
  }
}

const words: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  True: true,
  False: false,
  None: null,
}

/** Numbers and the words of JSON and Python; all other words are texts. */
function literal(word: string): unknown {
  if (Object.hasOwn(words, word)) return words[word]
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(word) ? Number(word) : word
}

function wrong(message: string, expected: string, received: string): TrialistError {
  return new TrialistError({ code: 'invalid_space', message, expected, received })
}
