import { writeFileSync } from 'node:fs'

import { wrongOption } from '../base/check.ts'
import { argumentsOf, defaultRoot, oneName, textOf } from './arguments.ts'
import { recorded } from './record.ts'

/** `trialist export NAME`: trials or reports as CSV or JSON lines. */
export function exportResults(args: readonly string[]): number {
  const { values, positionals } = argumentsOf('export', args, {
    root: { type: 'string', default: defaultRoot },
    format: { type: 'string', default: 'csv' },
    reports: { type: 'boolean', default: false },
    output: { type: 'string' },
  })
  const { results } = recorded(String(values['root']), oneName('export', positionals))
  const options = { reports: values['reports'] === true }
  const format = values['format']
  if (format !== 'csv' && format !== 'jsonl') throw wrongOption('--format', 'csv or jsonl', format)
  const text = format === 'csv' ? results.toCSV(options) : results.toJSONLines(options)
  const output = textOf(values['output'])
  if (output === undefined) process.stdout.write(text)
  else writeFileSync(output, text)
  return 0
}
