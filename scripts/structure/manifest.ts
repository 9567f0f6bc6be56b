import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { lineAt } from './module.ts'
import type { Tree, Violation } from './tree.ts'

interface Manifest {
  readonly exports?: unknown
  readonly bin?: unknown
}

/** The sources behind package.json's `exports`: what users can import. */
export function exportedSources(root: string): string[] {
  return pathsIn(readManifest(root).manifest.exports).flatMap((path) => sourceOf(path) ?? [])
}

/** Paths in package.json's `exports` and `bin`, and in the binaries, that no source stands behind. */
export function manifestViolations({ root, modules }: Tree): Violation[] {
  const { manifest, text } = readManifest(root)
  const found: Violation[] = []
  for (const path of [...pathsIn(manifest.exports), ...pathsIn(manifest.bin)]) {
    const line = lineAt(text, text.indexOf(JSON.stringify(path)))
    const source = sourceOf(path)
    const exists = source === undefined ? existsSync(join(root, path)) : modules.has(source)
    const message = `${path} has no source${source === undefined ? '' : ` ${source}`}`
    if (!exists) found.push({ file: 'package.json', line, rule: 'manifest', message })
  }
  return [...found, ...pathsIn(manifest.bin).flatMap((path) => binaryViolations(path, root, modules))]
}

/** A binary loads the build by a path that nothing else would check. */
function binaryViolations(path: string, root: string, modules: Tree['modules']): Violation[] {
  if (!existsSync(join(root, path))) return []
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(/['"]\.\.\/(dist\/[^'"]+)['"]/g)]
    .filter(([, built]) => !modules.has(sourceOf(built!)!))
    .map((match) => {
      const message = `${match[1]} has no source ${sourceOf(match[1]!)}`
      return { file: path, line: lineAt(text, match.index), rule: 'manifest', message }
    })
}

function readManifest(root: string): { manifest: Manifest; text: string } {
  const text = readFileSync(join(root, 'package.json'), 'utf8')
  return { manifest: JSON.parse(text) as Manifest, text }
}

/** `./dist/x.js` and `./dist/x.d.ts` come from `src/x.ts`; other paths stand for themselves. */
function sourceOf(path: string): string | undefined {
  const built = /^(?:\.\/)?dist\/(?<name>.+?)(?:\.d\.ts|\.js)$/.exec(path)
  return built ? `src/${built.groups!['name']}.ts` : undefined
}

/** All strings of a value, however deep. */
function pathsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(pathsIn) : []
}
