import { functionsOf } from './functions.ts'
import { isTest } from './module.ts'
import type { Tree, Violation } from './tree.ts'

export interface SizeRules {
  readonly fileLines: number
  readonly functionLines: number
  /** What is longer and may stay so, with its lines: `path` or `path#function`. Numbers may only shrink. */
  readonly baseline: Readonly<Record<string, number>>
}

interface Size {
  readonly file: string
  readonly line: number
  readonly lines: number
}

/** Files and functions above the limits and above their line in the baseline, and lines that it no longer needs. */
export function sizeViolations(tree: Tree, rules: SizeRules): Violation[] {
  const found: Violation[] = []
  const tooLong = measured(tree, rules)
  for (const [key, { file, line, lines }] of tooLong) {
    const allowed = rules.baseline[key]
    const limit = key.includes('#')
      ? `a function has at most ${rules.functionLines}`
      : `a file has at most ${rules.fileLines}`
    if (allowed === undefined) found.push({ file, line, rule: 'sizes', message: `${key} has ${lines} lines, ${limit}` })
    else if (lines !== allowed) {
      const mend = lines > allowed ? `, its baseline is ${allowed}` : `: lower its baseline from ${allowed}`
      found.push({ file, line, rule: 'sizes', message: `${key} has ${lines} lines${mend}` })
    }
  }
  for (const key of Object.keys(rules.baseline)) {
    if (tooLong.has(key)) continue
    found.push({ file: key.split('#')[0]!, line: 1, rule: 'sizes', message: `remove ${key} from the baseline` })
  }
  return found
}

function measured({ modules }: Tree, rules: SizeRules): Map<string, Size> {
  const sizes = new Map<string, Size>()
  for (const { path: file, lines, code } of modules.values()) {
    if (lines > rules.fileLines) sizes.set(file, { file, line: 1, lines })
    for (const { name, line, lines: length } of functionsOf(code)) {
      const key = `${file}#${name}`
      // A suite of tests is a list, not a function to understand at once.
      if (length <= rules.functionLines || (isTest(file) && /^callback of (?:describe|suite)$/.test(name))) continue
      if (length > (sizes.get(key)?.lines ?? 0)) sizes.set(key, { file, line, lines: length })
    }
  }
  return sizes
}
