const mask = '***'
/** Parts of names whose values are secrets. */
const secretName = /token|secret|passw|passphrase|api[-_]?key|access[-_]?key|private[-_]?key|credential|auth/i
/** Values that tell what they are: user and password in a URL, and the keys of well-known services. */
const secretInUrl = /(\b[a-z][a-z\d+.-]*:\/\/)[^\s/@]+@/gi
const knownKey = /\b(?:sk-|hf_|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|AKIA|ASIA|AIza)[\w-]{8,}/g

/** A command line with what looks like a secret replaced, whether it is written `--token=abc` or `--token abc`. */
export function maskCommand(words: readonly string[]): string {
  return words
    .map((word, i) => {
      const option = optionOf(words[i - 1])
      if (option !== undefined && secretName.test(option) && !word.startsWith('-')) return mask
      const [name, ...value] = word.split('=')
      return value.length > 0 && secretName.test(name!) ? `${name}=${mask}` : maskValue(word)
    })
    .join(' ')
}

/** The value of an environment variable as it may be recorded. */
export function maskVariable(name: string, value: string | undefined): string | null {
  if (value === undefined) return null
  return secretName.test(name) ? mask : maskValue(value)
}

function maskValue(value: string): string {
  return value.replaceAll(secretInUrl, `$1${mask}@`).replaceAll(knownKey, mask)
}

function optionOf(word: string | undefined): string | undefined {
  return word?.startsWith('-') && !word.includes('=') ? word : undefined
}
