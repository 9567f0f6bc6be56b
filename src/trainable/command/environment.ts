import { TrialistError } from '../../base/errors.ts'
import { leavesOf } from '../../space/leaves.ts'
import { textOf } from './template.ts'

/** The environment variable of a parameter: `TRIALIST_PARAM_` and its path, dots as `__`, what no name may have as `_`. */
function variableOf(path: string): string {
  return `TRIALIST_PARAM_${path.replaceAll('.', '__').replaceAll(/\W/gu, '_')}`
}

/** Throws `invalid_option` where two parameters would have one variable. */
export function checkVariables(parameters: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const path of parameters) {
    const other = seen.get(variableOf(path))
    if (other !== undefined) {
      throw new TrialistError({
        code: 'invalid_option',
        message: `the parameters ${other} and ${path} would share the environment variable ${variableOf(path)}`,
        remedy: 'Rename one of them.',
      })
    }
    seen.set(variableOf(path), path)
  }
}

/** The variables of a configuration. */
export function variablesOf(config: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(leavesOf(config).map(([path, value]) => [variableOf(path), textOf(value)]))
}
