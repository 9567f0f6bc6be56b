import { TrialistError } from '../../base/errors.ts'

/**
 * Splits a text into words as a POSIX shell does: blanks separate, quotes and backslashes protect. Nothing else of a
 * shell: no variables, no patterns, no pipes.
 */
export function splitWords(text: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!
    if (character === "'" || character === '"') {
      const end = closing(text, at)
      word = (word ?? '') + quoted(text.slice(at + 1, end), character)
      at = end
    } else if (character === '\\') {
      if (at + 1 === text.length) throw unbalanced(text, 'a backslash at its end')
      at += 1
      if (text[at] !== '\n') word = (word ?? '') + text[at]!
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else {
      word = (word ?? '') + character
    }
  }
  if (word !== undefined) words.push(word)
  return words
}

/** Where a quote that opens at `from` closes. */
function closing(text: string, from: number): number {
  const quote = text[from]!
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === quote) return at
    if (quote === '"' && text[at] === '\\') at += 1
  }
  throw unbalanced(text, `a ${quote} that is not closed`)
}

/** In double quotes a backslash protects a few characters and stands for itself before all others. */
function quoted(inner: string, quote: string): string {
  return quote === "'" ? inner : inner.replaceAll('\\\n', '').replaceAll(/\\([$`"\\])/g, '$1')
}

function unbalanced(text: string, received: string): TrialistError {
  return new TrialistError({
    code: 'invalid_option',
    message: `the command ${text} can't be split into words`,
    expected: 'closed quotes',
    received,
  })
}
