import { mask } from './mask.ts'

/** One `import`, `export … from` or `import(…)` of a source. */
export interface Import {
  readonly specifier: string
  /** Whether it vanishes when types are stripped. */
  readonly typeOnly: boolean
  readonly kind: 'import' | 'reexport' | 'dynamic'
  /** What is taken, as [name there, name here]; `*` stands for everything. Empty for an import for its effects. */
  readonly names: readonly (readonly [string, string])[]
  readonly line: number
}

/** One name that a source declares and exports. */
export interface Export {
  readonly name: string
  readonly line: number
  /** An interface or a type alias, declared where it is exported. */
  readonly isType: boolean
}

/** What the checks need to know of one source. */
export interface Module {
  /** Relative to the repository's root, with forward slashes. */
  readonly path: string
  /** The source with comments, strings and regular expressions blanked out (`mask.ts`). */
  readonly code: string
  readonly lines: number
  readonly imports: readonly Import[]
  readonly exports: readonly Export[]
}

export function parseModule(path: string, source: string): Module {
  const code = mask(source)
  return {
    path,
    code,
    lines: source.split('\n').length - (source.endsWith('\n') ? 1 : 0),
    imports: importsOf(source, code),
    exports: exportsOf(code),
  }
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

export function lineAt(code: string, offset: number): number {
  let line = 1
  for (let at = code.indexOf('\n'); at >= 0 && at < offset; at = code.indexOf('\n', at + 1)) line++
  return line
}

const importForms: readonly { readonly pattern: RegExp; readonly kind: Import['kind'] }[] = [
  {
    kind: 'import',
    pattern: /(?<![\w$.#])import\s+(?<type>type\s+)?(?<clause>[\w$*\s{},]+?)\s*\bfrom\s*(?<quote>['"])/dg,
  },
  { kind: 'import', pattern: /(?<![\w$.#])import\s*(?<quote>['"])/dg },
  { kind: 'dynamic', pattern: /(?<![\w$.#])import\s*\(\s*(?<quote>['"])/dg },
  {
    kind: 'reexport',
    pattern:
      /(?<![\w$.#])export\s+(?<type>type\s+)?(?<clause>\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)\s*from\s*(?<quote>['"])/dg,
  },
]

function importsOf(source: string, code: string): Import[] {
  const found: Import[] = []
  for (const { pattern, kind } of importForms) {
    for (const match of code.matchAll(pattern)) {
      const quoteAt = match.indices!.groups!['quote']![0]
      const quote = code[quoteAt]!
      const { type, clause } = match.groups!
      found.push({
        specifier: source.slice(quoteAt + 1, code.indexOf(quote, quoteAt + 1)),
        typeOnly: type !== undefined,
        kind,
        names: kind === 'dynamic' ? [['*', '*']] : namesOf(clause ?? ''),
        line: lineAt(code, match.index),
      })
    }
  }
  return found.sort((a, b) => a.line - b.line)
}

/** `a, { b as c, type D }`, `* as e` and `*` as [name there, name here]. */
function namesOf(clause: string): (readonly [string, string])[] {
  const names: (readonly [string, string])[] = []
  const braces = /\{(?<inside>[^}]*)\}/.exec(clause)
  for (const part of (braces?.groups?.['inside'] ?? '').split(',')) {
    const [there, here] = part
      .replace(/^\s*type\s+(?=[\w$])/, '')
      .trim()
      .split(/\s+as\s+/)
    if (there) names.push([there, here ?? there])
  }
  for (const part of clause.replace(/\{[^}]*\}/, '').split(',')) {
    const [there, here] = part.trim().split(/\s+as\s+/)
    if (there) names.push(there === '*' ? ['*', here ?? '*'] : ['default', there])
  }
  return names
}

const declaration =
  /(?<![\w$.#])export\s+(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|var|function\s*\*?|class|interface|type)\s+(?<name>[\w$]+)/g
const localList = /(?<![\w$.#])export\s+(?:type\s+)?\{(?<inside>[^}]*)\}(?!\s*from\b)/g

function exportsOf(code: string): Export[] {
  const found: Export[] = []
  for (const match of code.matchAll(declaration)) {
    const isType = /^export\s+(?:declare\s+)?(?:interface|type)\b/.test(match[0].trimStart())
    found.push({ name: match.groups!['name']!, line: lineAt(code, match.index), isType })
  }
  for (const match of code.matchAll(localList)) {
    for (const [, name] of namesOf(`{${match.groups!['inside']!}}`))
      found.push({ name, line: lineAt(code, match.index), isType: /^export\s+type\b/.test(match[0].trimStart()) })
  }
  return found
}
