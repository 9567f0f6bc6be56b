import { wrongOption } from '../base/check.ts'
import { JsonProgress } from './json-lines.ts'
import { LiveProgress } from './live.ts'
import { PlainProgress } from './plain.ts'
import type { Progress, ProgressName } from './progress.ts'

/** Whether people look at standard error in a terminal that can draw a line anew. */
export function isTerminal(): boolean {
  return process.stderr.isTTY && process.env['TERM'] !== 'dumb'
}

/** Makes a form of progress; `log` takes lines for people. Throws `invalid_option` for an unknown name. */
export function progressFrom(progress: ProgressName | Progress, log: (line: string) => void): Progress {
  if (typeof progress === 'object') return progress
  switch (progress) {
    case 'live':
      return new LiveProgress(process.stderr)
    case 'plain':
      return new PlainProgress(log)
    case 'json':
      return new JsonProgress((lines) => void process.stdout.write(lines), log)
    case 'ends':
      return new JsonProgress((lines) => void process.stdout.write(lines), log, false)
    case 'none':
      return { say: log, close: () => {} }
    default:
      throw wrongOption('progress', "'live', 'plain', 'json', 'none' or a progress of your own", progress)
  }
}
