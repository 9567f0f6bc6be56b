import { isTest, lineAt } from './module.ts'
import type { Module } from './module.ts'
import type { Tree, Violation } from './tree.ts'

/** Where the platform may not be touched. */
export interface BannedRules {
  /** Folders under `src/` that know no clock, randomness, process or package. */
  readonly pureFolders: readonly string[]
  /** The one file in them that may touch timers, `performance` and `Date`. */
  readonly clock: string
  /** The sources that may import `node:sqlite`. */
  readonly sqlite: RegExp
}

interface Ban {
  readonly what: string
  readonly pattern: RegExp
  readonly instead: string
  /** Whether the clock's file may do it. */
  readonly clock: boolean
}

const aClock = 'take the time from a Clock (src/base/clock.ts)'
const aStream = 'take random numbers from a stream (src/base/random.ts)'
const anEffect = 'effects belong to the layers above'

const everywhere: readonly Ban[] = [
  { what: 'Date.now', pattern: global(String.raw`Date\s*\.\s*now\b`), instead: aClock, clock: true },
  { what: 'Math.random', pattern: global(String.raw`Math\s*\.\s*random\b`), instead: aStream, clock: false },
]

const pure: readonly Ban[] = [
  {
    what: 'new Date without argument',
    pattern: global(String.raw`new\s+Date\b(?!\s*\(\s*[^\s)])`),
    instead: aClock,
    clock: true,
  },
  { what: 'performance', pattern: global(String.raw`performance\s*\.`), instead: aClock, clock: true },
  { what: 'a timer', pattern: global(String.raw`set(?:Timeout|Interval|Immediate)\b`), instead: aClock, clock: true },
  { what: 'crypto', pattern: global(String.raw`crypto\s*\.`), instead: aStream, clock: false },
  { what: 'process', pattern: global(String.raw`process\s*\.`), instead: anEffect, clock: false },
]

/** A name as the platform gives it: no property of another object and no part of a longer name. */
function global(name: string): RegExp {
  return new RegExp(String.raw`(?<![\w$.#])(?:globalThis\s*\.\s*)?${name}`, 'g')
}

/** Uses of the platform where it is banned. */
export function bannedViolations({ modules }: Tree, rules: BannedRules): Violation[] {
  const sources = [...modules.values()].filter(({ path }) => path.startsWith('src/'))
  return sources.flatMap((module) => [...calls(module, rules), ...imports(module, rules)])
}

function calls(module: Module, rules: BannedRules): Violation[] {
  const bans = isPure(module, rules) ? [...everywhere, ...pure] : everywhere
  const found: Violation[] = []
  for (const { what, pattern, instead, clock } of bans) {
    if (clock && module.path === rules.clock) continue
    for (const match of module.code.matchAll(pattern)) {
      const line = lineAt(module.code, match.index)
      found.push({ file: module.path, line, rule: 'banned', message: `${what} is banned here: ${instead}` })
    }
  }
  return found
}

function imports(module: Module, rules: BannedRules): Violation[] {
  const found: Violation[] = []
  for (const { specifier, line } of module.imports) {
    const report = (message: string): void => void found.push({ file: module.path, line, rule: 'banned', message })
    if (isPure(module, rules) && !specifier.startsWith('.')) report(`${specifier} is banned here: ${anEffect}`)
    else if (specifier === 'node:sqlite' && !isTest(module.path) && !rules.sqlite.test(module.path)) {
      report(`node:sqlite is imported by ${String(rules.sqlite)} alone`)
    }
  }
  return found
}

function isPure({ path }: Module, { pureFolders }: BannedRules): boolean {
  return !isTest(path) && pureFolders.some((folder) => path.startsWith(`src/${folder}/`))
}
