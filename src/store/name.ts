import { TrialistError, show } from '../base/errors.ts'

/** Names are folder names on every platform, and nothing that a shell or a URL would read in another way. */
const namePattern = /^[\w-][\w.-]{0,99}$/

/** Throws `invalid_option` where an experiment can't have this name. */
export function checkName(name: string): void {
  if (typeof name === 'string' && namePattern.test(name)) return
  throw new TrialistError({
    code: 'invalid_option',
    message: 'name of the experiment',
    expected: '1 to 100 letters, digits, dots, dashes and underscores, not beginning with a dot',
    received: show(name),
  })
}
