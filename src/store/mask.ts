const mask = '***'
/** Parts of names whose values are secrets; tokenizers, numbers of tokens and authors are none. */
const secretWord =
  'token(?!i[sz]|s)|secret|passw|passphrase|api[-_]?key|access[-_]?key|private[-_]?key|credential|auth(?!ors?\\b)'
const secretName = new RegExp(secretWord, 'i')
/** Pairs inside a word: `env=TOKEN=abc`, `Token: abc`, `{"token": "abc"}`, `?token=abc&`. */
const secretPair = new RegExp(`((?:${secretWord})[\\w.-]*["']?\\s*[=:]\\s*)("[^"]*"|'[^']*'|[^\\s"',;&{}]+)`, 'gi')
/** Values that tell what they are: user and password in a URL, what follows a scheme of HTTP, keys of well-known services. */
const secretInUrl = /(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@]+@/gi
const secretOfScheme = /\b(bearer|basic)\s+[^\s"']+/gi
const knownKey = /\b(?:sk-|hf_|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|AKIA|ASIA|AIza)[\w-]{8,}/g

/** A command line with what looks like a secret replaced, whether it is written `--token=abc` or `--token abc`. */
export function maskCommand(words: readonly string[]): string {
  return words.map((word, i) => (isSecretOf(words[i - 1], word) ? mask : maskWord(word))).join(' ')
}

/** The value of an environment variable as it may be recorded. */
export function maskVariable(name: string, value: string | undefined): string | null {
  if (value === undefined) return null
  return secretName.test(name) ? mask : maskWord(value)
}

/** Whether a word is the value of the option before it. */
function isSecretOf(option: string | undefined, word: string): boolean {
  return option?.startsWith('-') === true && !option.includes('=') && secretName.test(option) && !word.startsWith('-')
}

function maskWord(word: string): string {
  const [name, ...value] = word.split('=')
  if (value.length > 0 && /^[\w-]+$/.test(name!) && secretName.test(name!)) return `${name}=${mask}`
  return word
    .replaceAll(secretInUrl, `$1${mask}@`)
    .replaceAll(secretOfScheme, `$1 ${mask}`)
    .replaceAll(secretPair, `$1${mask}`)
    .replaceAll(knownKey, mask)
}
