import { TrialistError, show } from './errors.ts'
import { nearest } from './nearest.ts'

/** Refuses options that do not exist, so that a misspelt one is not silently ignored. */
export function knownOptions(where: string, options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw wrongOption(where, 'an object of options', options)
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    throw new TrialistError({
      code: 'unknown_option',
      message: `${where} has no option ${show(name)}`,
      expected: known.length === 0 ? 'no options' : `one of ${known.join(', ')}`,
      ...didYouMean(name, known),
    })
  }
}

/** The remedy for a name that is nearly right; none where no name is near. */
export function didYouMean(name: string, known: readonly string[]): { readonly remedy?: string } {
  const near = nearest(name, known)
  return near === undefined ? {} : { remedy: `Did you mean ${near}?` }
}

/** A finite number above `low`, or an error that names the option. */
export function finiteAbove(option: string, value: number, low: number): number {
  if (typeof value === 'number' && value > low && Number.isFinite(value)) return value
  throw wrongOption(option, `a finite number above ${low}`, value)
}

/** A finite number of at least `low`, or an error that names the option. */
export function finiteFrom(option: string, value: number, low: number): number {
  if (typeof value === 'number' && value >= low && Number.isFinite(value)) return value
  throw wrongOption(option, `a finite number of at least ${low}`, value)
}

/** A whole number of at least `low`, or an error that names the option. */
export function wholeFrom(option: string, value: number, low: number): number {
  if (Number.isSafeInteger(value) && value >= low) return value
  throw wrongOption(option, `a whole number of at least ${low}`, value)
}

export function wrongOption(option: string, expected: string, received: unknown): TrialistError {
  return new TrialistError({ code: 'invalid_option', message: option, expected, received: show(received) })
}
