import { lineAt } from './module.ts'

/** A function, method or arrow function with a body. */
export interface FunctionSpan {
  readonly name: string
  /** Line of the parameter list's start. */
  readonly line: number
  /** From there to the body's end, both counted. */
  readonly lines: number
}

/** Words before a parenthesis that is no parameter list. */
const statements = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await'])

/** The functions of masked code. Found by their shape: a parameter list, an optional return type, a body. */
export function functionsOf(code: string): FunctionSpan[] {
  const closing = matchBrackets(code)
  const starts = new Map<number, number>()
  for (const [open, close] of closing) {
    if (code[open] !== '(' || statements.has(wordBefore(code, open))) continue
    const body = bodyAfter(code, close + 1, closing)
    // A return type in parentheses looks like a second parameter list of the same body.
    if (body !== undefined) starts.set(body, Math.min(open, starts.get(body) ?? open))
  }
  return [...starts]
    .map(([body, open]) => span(code, open, closing.get(body) ?? code.length))
    .sort((a, b) => a.line - b.line)
}

function span(code: string, start: number, end: number): FunctionSpan {
  const line = lineAt(code, start)
  return { name: nameBefore(code, start), line, lines: lineAt(code, end) - line + 1 }
}

/** Each opening bracket's offset with its closing one's. */
function matchBrackets(code: string): Map<number, number> {
  const closing = new Map<number, number>()
  const open: number[] = []
  for (let at = 0; at < code.length; at++) {
    const char = code[at]!
    if ('([{'.includes(char)) open.push(at)
    else if (')]}'.includes(char)) {
      const start = open.pop()
      if (start !== undefined) closing.set(start, at)
    }
  }
  return closing
}

/** Where the body starts of the function whose parameter list ends before `from`; undefined where it is none. */
function bodyAfter(code: string, from: number, closing: ReadonlyMap<number, number>): number | undefined {
  const at = skipSpace(code, from)
  if (code[at] === '{') return at
  if (code.startsWith('=>', at)) return arrowBody(code, at)
  return code[at] === ':' ? bodyAfterType(code, at, closing) : undefined
}

/** The same, past the return type that starts with the colon at `colon`. */
function bodyAfterType(code: string, colon: number, closing: ReadonlyMap<number, number>): number | undefined {
  let complete = false
  let parameters = false
  let angles = 0
  for (let at = colon + 1; at < code.length; at++) {
    const char = code[at]!
    if (/\s/.test(char)) {
      if (char === '\n' && complete && angles === 0 && !continued.test(code.slice(at, at + 200))) return undefined
      continue
    }
    if (code.startsWith('=>', at)) {
      if (angles === 0 && !parameters) return arrowBody(code, at)
      at++
      complete = false
    } else if (char === '{' && complete && angles === 0) {
      return at
    } else if ('([{'.includes(char)) {
      const close = closing.get(at) ?? code.length
      parameters = char === '(' && !complete && functionTypeParameters.test(code.slice(at + 1, close))
      at = close
      complete = true
      continue
    } else if (')];}'.includes(char) || (angles === 0 && (char === ',' || char === '='))) {
      return undefined
    } else {
      const word = /^[\w$]+/.exec(code.slice(at, at + 80))?.[0]
      if (char === '<') angles++
      if (char === '>') angles--
      if (word) at += word.length - 1
      complete = word ? !prefixes.has(word) : `>'"\``.includes(char)
    }
    parameters = false
  }
  return undefined
}

/** A line that goes on with the type before it. */
const continued = /^\s*(?:[|&?:]|=>)/
/** Words that a type's next part follows. */
const prefixes = new Set([
  'is',
  'extends',
  'keyof',
  'readonly',
  'asserts',
  'typeof',
  'infer',
  'unique',
  'new',
  'abstract',
])
/** The inside of parentheses that start a function type; any other stand around a type. */
const functionTypeParameters = /^\s*(?:$|\.\.\.|[{[]|[\w$]+\s*(?:[:,?=]|$))/

/** Where an arrow's body starts, if it is a block or stands in parentheses. */
function arrowBody(code: string, arrow: number): number | undefined {
  const at = skipSpace(code, arrow + 2)
  return '{('.includes(code[at] ?? ' ') ? at : undefined
}

function skipSpace(code: string, from: number): number {
  let at = from
  while (at < code.length && /\s/.test(code[at]!)) at++
  return at
}

function wordBefore(code: string, at: number): string {
  return /([\w$]+)\s*$/.exec(code.slice(Math.max(0, at - 80), at))?.[1] ?? ''
}

/** A declared or assigned name; `callback of f` for an argument; else `anonymous`. */
function nameBefore(code: string, at: number): string {
  const before = code.slice(Math.max(0, at - 200), at).replace(/<[^<>]*>\s*$/, '')
  const declared = /([\w$#]+)\s*$/.exec(before)?.[1]
  if (declared !== undefined && !/^(?:async|function|return)$/.test(declared)) return declared
  const callee = /([\w$#]+)\((?:[^()]*,)?\s*(?:async\s*)?(?:function\s*)?$/.exec(before)?.[1]
  if (callee !== undefined) return `callback of ${callee}`
  return /([\w$#]+)(?:\s*:[^=\n,{}()]+)?\s*[=:]\s*(?:async\s*)?(?:function\s*\*?\s*)?$/.exec(before)?.[1] ?? 'anonymous'
}
