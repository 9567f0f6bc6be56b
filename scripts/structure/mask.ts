/**
 * The code of a TypeScript source with everything that is not code blanked out: comments, the contents of strings, the
 * text of templates (their `${}` parts are code and stay) and regular expressions become spaces. Offsets and line
 * breaks stay, so that a place found in the mask is the same place in the source.
 */
export function mask(source: string): string {
  const scanner = new Scanner(source)
  return scanner.run()
}

/** Words after which a slash starts a regular expression, although they look like the end of an operand. */
const operators = new Set(
  'return typeof case in of delete void throw new instanceof do else await yield default extends'.split(' '),
)

class Scanner {
  readonly #source: string
  readonly #out: string[] = []
  /** For each open template: how many braces are open inside its current `${}` part. */
  readonly #templates: number[] = []
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  run(): string {
    if (this.#source.startsWith('#!')) this.#blankTo(this.#lineEnd())
    while (this.#at < this.#source.length) this.#step()
    return this.#out.join('')
  }

  #step(): void {
    const char = this.#source[this.#at]!
    if (this.#source.startsWith('//', this.#at)) this.#blankTo(this.#lineEnd())
    else if (this.#source.startsWith('/*', this.#at)) this.#blankTo(this.#after('*/', this.#at + 2))
    else if (char === "'" || char === '"') this.#string(char)
    else if (char === '`') this.#template()
    else if (char === '/' && this.#regexMayStart()) this.#regex()
    else this.#code(char)
  }

  #code(char: string): void {
    this.#keep(1)
    const depth = this.#templates.length - 1
    if (depth < 0) return
    if (char === '{') this.#templates[depth]!++
    if (char === '}' && --this.#templates[depth]! < 0) {
      this.#templates.pop()
      this.#templateText()
    }
  }

  /** Quotes stay, so that an import's specifier can be found by its place. */
  #string(quote: string): void {
    this.#keep(1)
    this.#blankTo(this.#closing(quote))
    this.#keep(1)
  }

  #template(): void {
    this.#keep(1)
    this.#templateText()
  }

  /** From inside a template's text to its end or to the start of its next `${}` part. */
  #templateText(): void {
    let at = this.#at
    for (; at < this.#source.length && this.#source[at] !== '`'; at++) {
      if (this.#source[at] === '\\') at++
      else if (this.#source.startsWith('${', at)) {
        this.#blankTo(at)
        this.#keep(2)
        this.#templates.push(0)
        return
      }
    }
    this.#blankTo(at)
    this.#keep(1)
  }

  #regex(): void {
    let inClass = false
    let at = this.#at + 1
    for (; at < this.#source.length && this.#source[at] !== '\n'; at++) {
      const char = this.#source[at]
      if (char === '\\') at++
      else if (char === '[') inClass = true
      else if (char === ']') inClass = false
      else if (char === '/' && !inClass) break
    }
    this.#keep(1)
    this.#blankTo(at)
    this.#keep(1)
  }

  /** Whether a slash here starts a regular expression and does not divide: told by the code before it. */
  #regexMayStart(): boolean {
    let end = this.#out.length
    while (end > 0 && /\s/.test(this.#out[end - 1]!)) end--
    if (end === 0) return true
    const before = this.#out.slice(Math.max(0, end - 24), end).join('')
    if (/[\w$]$/.test(before)) return operators.has(/(?<![\w$.#])[a-z]+$/.exec(before)?.[0] ?? '')
    if (before.endsWith('++') || before.endsWith('--')) return false
    // TypeScript's non-null `!` touches its operand; the other one negates what follows.
    if (before.endsWith('!')) return !/[\w$)\]]!$/.test(before)
    return !/[)\]}'"`]$/.test(before)
  }

  #closing(quote: string): number {
    let at = this.#at
    while (at < this.#source.length && this.#source[at] !== quote && this.#source[at] !== '\n') {
      at += this.#source[at] === '\\' ? 2 : 1
    }
    return at
  }

  #lineEnd(): number {
    const at = this.#source.indexOf('\n', this.#at)
    return at < 0 ? this.#source.length : at
  }

  #after(text: string, from: number): number {
    const at = this.#source.indexOf(text, from)
    return at < 0 ? this.#source.length : at + text.length
  }

  #keep(length: number): void {
    const end = Math.min(this.#at + length, this.#source.length)
    for (; this.#at < end; this.#at++) this.#out.push(this.#source[this.#at]!)
  }

  #blankTo(end: number): void {
    const stop = Math.min(end, this.#source.length)
    for (; this.#at < stop; this.#at++) this.#out.push(this.#source[this.#at] === '\n' ? '\n' : ' ')
  }
}
