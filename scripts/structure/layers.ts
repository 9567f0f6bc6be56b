import { isTest } from './module.ts'
import { targetOf, unitOf } from './tree.ts'
import type { Tree, Violation } from './tree.ts'

/** What one folder under `src/` (or file right under it) may import besides itself. */
export interface Layer {
  /** Folders, files right under `src/`, or parts of a folder such as `executor/process/`. */
  readonly values: readonly string[]
  /** The same, by `import type` alone. */
  readonly types?: readonly string[]
}

export type LayerTable = Readonly<Record<string, Layer>>

/** Every import that the layer table does not allow. Tests are exempt. */
export function layerViolations({ modules }: Tree, table: LayerTable): Violation[] {
  const found: Violation[] = []
  for (const module of modules.values()) {
    const unit = unitOf(module.path)
    if (!module.path.startsWith('src/') || isTest(module.path)) continue
    const report = (line: number, message: string): void =>
      void found.push({ file: module.path, line, rule: 'layers', message })
    const layer = table[unit]
    if (layer === undefined) report(1, `${unit} is not in the layer table`)
    for (const imported of module.imports) {
      const target = targetOf(module, imported)
      if (target === undefined) continue
      if (!target.startsWith('src/')) report(imported.line, `${imported.specifier} leaves src/`)
      else if (!modules.has(target)) report(imported.line, `${imported.specifier} does not exist`)
      else if (layer !== undefined && unitOf(target) !== unit) {
        const allowed = contains(layer.values, target) || (imported.typeOnly && contains(layer.types ?? [], target))
        const hint = contains(layer.types ?? [], target) ? ' (only with import type)' : ''
        if (!allowed) report(imported.line, `${unit} may not import ${target.slice('src/'.length)}${hint}`)
      }
    }
  }
  return found
}

function contains(places: readonly string[], target: string): boolean {
  const path = target.slice('src/'.length)
  return places.some((place) => (place.endsWith('/') ? path.startsWith(place) : unitOf(target) === place))
}
