import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { parseModule } from './module.ts'
import type { Import, Module } from './module.ts'

/** One broken rule at one place. */
export interface Violation {
  /** Relative to the repository's root. */
  readonly file: string
  readonly line: number
  readonly rule: string
  readonly message: string
}

/** A text that git tracks. */
export interface CommittedText {
  readonly path: string
  readonly text: string
}

/** The repository as the checks see it. */
export interface Tree {
  readonly root: string
  /** All TypeScript of the repository by path, tests included. */
  readonly modules: ReadonlyMap<string, Module>
  readonly committed: readonly CommittedText[]
}

export function readTree(root: string): Tree {
  const paths = globSync('{src,scripts,test,bench,examples}/**/*.ts', { cwd: root }).map((path) =>
    path.replaceAll('\\', '/'),
  )
  const modules = paths.sort().map((path) => parseModule(path, readFileSync(join(root, path), 'utf8')))
  return { root, modules: new Map(modules.map((module) => [module.path, module])), committed: committedTexts(root) }
}

/** The path that a relative import names; undefined for a package or `node:`. */
export function targetOf(module: Module, { specifier }: Import): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(module.path), specifier) : undefined
}

/** A source's folder under `src/`, which is its place in the layer table; for a file right under `src/` its name. */
export function unitOf(path: string): string {
  return path.split('/')[1] ?? path
}

function committedTexts(root: string): CommittedText[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 })
  return listed
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'))
}
