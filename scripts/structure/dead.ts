import { basename } from 'node:path'
import { isTest } from './module.ts'
import type { Module } from './module.ts'
import { targetOf } from './tree.ts'
import type { Tree, Violation } from './tree.ts'

/**
 * Sources that no entry reaches, and exported values that nobody but inner index files imports; a test is a user of what it
 * tests. Types are not looked at: those of an exported signature are exported so that they can be named. All exports of an
 * entry are in use. Entries are what users import (`exported`) and what is started by its path (`started`); while one
 * is missing nothing else is said, since then everything would look dead.
 */
export function deadViolations(tree: Tree, exported: readonly string[], started: readonly string[]): Violation[] {
  const entries = [...exported, ...started]
  if (!entries.every((path) => tree.modules.has(path))) {
    const missing = started.filter((path) => !tree.modules.has(path))
    return missing.map((file) => ({ file, line: 1, rule: 'dead', message: 'this entry does not exist' }))
  }
  const reached = reachedFrom(tree, entries)
  const used = usedExports(tree, entries)
  const found: Violation[] = []
  for (const module of sourcesOf(tree)) {
    const { path: file } = module
    if (!reached.has(file)) found.push({ file, line: 1, rule: 'dead', message: 'no entry reaches this file' })
    else found.push(...deadExports(module, used.get(file)))
  }
  return found
}

function deadExports(module: Module, used: ReadonlySet<string> | undefined): Violation[] {
  const named = module.imports
    .filter(({ kind, typeOnly }) => kind === 'reexport' && !typeOnly)
    .flatMap(({ names, line }) => names.map(([, name]) => ({ name, line })))
    .filter(({ name }) => name !== '*')
  const values = module.exports.filter(({ isType }) => !isType)
  const lines = new Map([...named, ...values].map(({ name, line }) => [name, line]))
  return [...lines]
    .filter(([name]) => !used?.has(name))
    .map(([name, line]) => ({ file: module.path, line, rule: 'dead', message: `nobody imports the export ${name}` }))
}

function sourcesOf({ modules }: Tree): Module[] {
  return [...modules.values()].filter(({ path }) => path.startsWith('src/') && !isTest(path))
}

function reachedFrom({ modules }: Tree, entries: readonly string[]): Set<string> {
  const reached = new Set(entries)
  for (const path of reached) {
    const module = modules.get(path)!
    for (const imported of module.imports) {
      const target = targetOf(module, imported)
      if (target !== undefined && modules.has(target)) reached.add(target)
    }
  }
  return reached
}

/** For each module the names of its exports that are in use, followed through re-exports to where they are declared. */
function usedExports(tree: Tree, entries: readonly string[]): Map<string, Set<string>> {
  const used = new Map<string, Set<string>>()
  for (const entry of entries) use(tree, used, entry, '*')
  for (const module of tree.modules.values()) {
    if (basename(module.path) === 'index.ts') continue
    for (const imported of module.imports) {
      const target = targetOf(module, imported)
      if (imported.kind === 'reexport' || target === undefined) continue
      for (const [name] of imported.names) use(tree, used, target, name)
    }
  }
  return used
}

function use(tree: Tree, used: Map<string, Set<string>>, path: string, name: string): void {
  const module = tree.modules.get(path)
  const names = used.get(path) ?? new Set<string>()
  if (module === undefined || names.has(name)) return
  used.set(path, names.add(name))
  if (name === '*') {
    for (const exported of module.exports) names.add(exported.name)
  }
  for (const imported of module.imports) {
    const target = targetOf(module, imported)
    if (imported.kind !== 'reexport' || target === undefined) continue
    for (const [there, here] of imported.names) {
      if (here === '*') use(tree, used, target, name)
      else if (name === '*' || here === name) {
        names.add(here)
        use(tree, used, target, there)
      }
    }
  }
}
