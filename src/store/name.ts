import { basename, extname, relative } from 'node:path'

import { didYouMean } from '../base/check.ts'
import { TrialistError, show } from '../base/errors.ts'

/** Names are folder names on every platform, and nothing that a shell or a URL would read in another way. */
const namePattern = /^[\w-][\w.-]{0,99}$/

/** Names that an error lists. */
const listedMax = 20

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

export function nameTaken(name: string): TrialistError {
  return new TrialistError({
    code: 'name_taken',
    message: `there is an experiment ${name} already`,
    remedy: `Go on with it by trialist resume ${name}, fit({ resume: true }) or TRIALIST_RESUME=${name}, or choose another name.`,
  })
}

export function notFound(name: string, where: string, names: readonly string[]): TrialistError {
  const listed =
    names.length > listedMax
      ? `${names.slice(0, listedMax).join(', ')} and ${names.length - listedMax} more`
      : names.join(', ')
  return new TrialistError({
    code: 'not_found',
    message: `there is no experiment ${name} in ${where}`,
    expected: names.length === 0 ? 'nothing, as there are no experiments' : `one of ${listed}`,
    received: name,
    ...didYouMean(name, names),
  })
}

/** The script's name and a short id; the command line names the script that it runs. */
export function defaultName(): string {
  const script = process.env['TRIALIST_SCRIPT'] ?? process.argv[1] ?? 'experiment'
  const stem = basename(script, extname(script))
    .replaceAll(/[^\w.-]+/g, '-')
    .replace(/^\.+/, '')
  return `${(stem || 'experiment').slice(0, 80)}-${crypto.randomUUID().slice(0, 8)}`
}

/** The command that goes on with an experiment: the present one, told the name. */
export function resumeCommand(name: string): string {
  const script = process.env['npm_lifecycle_event']
  const words =
    script === undefined ? ['node', relative('', process.argv[1] ?? ''), ...process.argv.slice(2)] : ['npm run', script]
  return `TRIALIST_RESUME=${name} ${words.join(' ')}`
}
