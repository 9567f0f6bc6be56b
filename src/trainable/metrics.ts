import { knownOptions } from '../base/check.ts'
import { TrialistError, show } from '../base/errors.ts'
import { limits } from '../base/limits.ts'
import type { Metrics } from '../trial/event.ts'
import type { ReportedMetrics, ReportOptions } from './trainable.ts'

const reportOptionNames: readonly string[] = ['step', 'checkpoint']

/** The metrics of a report as the engine takes them; anything but numbers and booleans is refused by name. */
export function checkMetrics(metrics: ReportedMetrics): Metrics {
  if (typeof metrics !== 'object' || metrics === null || Array.isArray(metrics)) {
    throw refused('a report', 'an object of metrics such as { loss: 0.1 }', show(metrics))
  }
  const checked: Record<string, number> = {}
  let length = 0
  for (const name of Object.keys(metrics)) {
    const value = metrics[name]
    if (name === '__proto__') throw refused('a metric', 'another name', show(name))
    if (typeof value === 'boolean') checked[name] = value ? 1 : 0
    // Adding 0 turns −0 into 0, which JSON can't tell apart.
    else if (typeof value === 'number') checked[name] = value + 0
    else throw refused(`metric ${show(name)}`, 'a number or a boolean', show(value))
    length += name.length + 24
  }
  if (length > limits.reportLength) {
    throw refused('a report', `at most ${limits.reportLength} characters`, `about ${length}`)
  }
  return checked
}

/** The step of a report: a finite number, or undefined where the report count is to stand for it. */
export function checkStep(options: ReportOptions | undefined): number | undefined {
  if (options === undefined) return undefined
  knownOptions('report()', options, reportOptionNames)
  const { step } = options
  if (step === undefined) return undefined
  if (typeof step !== 'number' || !Number.isFinite(step)) throw refused('step', 'a finite number', show(step))
  return step + 0
}

/** The directory of a report's checkpoint, or undefined where it brings none. */
export function checkDirectory(options: ReportOptions | undefined): string | undefined {
  const checkpoint = options?.checkpoint
  if (checkpoint === undefined || (typeof checkpoint === 'string' && checkpoint !== '')) return checkpoint
  throw refused('checkpoint', 'the path of a directory', show(checkpoint))
}

function refused(what: string, expected: string, received: string): TrialistError {
  return new TrialistError({ code: 'invalid_option', message: `${what} was refused`, expected, received })
}
