import { show } from '../base/errors.ts'
import type { LogValue } from './encoded.ts'
import { frozenCopy, isJSON, isPlainObject, sameValue } from './literal.ts'
import { Opaque } from './opaque.ts'
import { definition, invalidSpace, isParameter } from './parameter.ts'
import type { Option } from './parameter.ts'
import { isConditional } from './when.ts'

/** The options of a `choice`, `ordinal`, `bool` or `grid`, with the labels under which the log knows them. */
export function optionsOf(call: string, values: readonly unknown[]): readonly Option[] {
  if (values.length === 0) throw invalidSpace(call, 'at least one option')
  const spaces = values.map((value) => holdsParameters(call, value))
  for (const value of values) checkOption(call, value)
  checkDifferent(call, values)
  const labels = distinct(labelsOf(values, spaces))
  return values.map((value, i) =>
    Object.freeze({ label: labels[i]!, isSpace: spaces[i]!, value: spaces[i] ? value : frozenCopy(value) }),
  )
}

/** Whether a value is a plain object with a parameter in it, at any depth. Parameters in arrays are refused. */
export function holdsParameters(call: string, value: unknown, depth = 0): boolean {
  const isInside = (item: unknown): boolean =>
    isParameter(item) || isConditional(item) || holdsParameters(call, item, depth + 1)
  if (depth > 100) return false
  if (!Array.isArray(value)) return isPlainObject(value) && Object.values(value).some(isInside)
  if (!value.some(isInside)) return false
  throw invalidSpace(call, 'no parameter inside an array', show(value), 'Give each element a name in an object.')
}

/** Text that stands for a value that is not JSON. */
export function labelOf(value: unknown): string {
  if (value instanceof Opaque) return value.label
  if (typeof value === 'function') return value.name || 'function'
  if (typeof value === 'symbol') return value.description ?? 'symbol'
  if (typeof value !== 'object' || value === null) return String(value)
  return isPlainObject(value) || Array.isArray(value) ? 'object' : value.constructor.name
}

function checkOption(call: string, value: unknown): void {
  if (value === undefined) throw invalidSpace(call, 'options that are values', 'undefined', 'Write null for nothing.')
  if (!isParameter(value) && !isConditional(value)) return
  const remedy = 'Wrap it in an object, such as { value: uniform(0, 1) }.'
  throw invalidSpace(call, 'options that are values or objects', 'a parameter as an option', remedy)
}

function checkDifferent(call: string, values: readonly unknown[]): void {
  const scalars = new Set<unknown>()
  const objects: object[] = []
  for (const value of values) {
    const isObject = typeof value === 'object' && value !== null
    const isKnown = isObject ? objects.some((other) => sameValue(other, value)) : scalars.has(value)
    if (isKnown) throw invalidSpace(call, 'options that differ', `${show(value)} twice`)
    if (isObject) objects.push(value)
    else scalars.add(value)
  }
}

function labelsOf(values: readonly unknown[], spaces: readonly boolean[]): LogValue[] {
  const tags = tagsOf(values.filter((_, i) => spaces[i]) as Readonly<Record<string, unknown>>[])
  return values.map((value, i) => {
    if (spaces[i]) return tags.shift() ?? String(i)
    if (value === null) return 'null'
    if (!isJSON(value)) return labelOf(value)
    return typeof value === 'object' ? JSON.stringify(value) : value
  })
}

/** The words that tell sub-spaces apart: a property, such as `type` or `name`, that is a different string in each. */
function tagsOf(spaces: readonly Readonly<Record<string, unknown>>[]): string[] {
  for (const key of Object.keys(spaces[0] ?? {})) {
    const tags = spaces.map((space) => constantOf(space[key])).filter((tag) => typeof tag === 'string')
    if (new Set(tags).size === spaces.length) return tags
  }
  return []
}

function constantOf(entry: unknown): unknown {
  const made = isParameter(entry) ? entry[definition] : undefined
  return made?.kind === 'constant' ? made.value : entry
}

function distinct(labels: readonly LogValue[]): LogValue[] {
  const seen = new Set<LogValue>()
  return labels.map((label) => {
    let unique = label
    for (let i = 2; seen.has(unique); i++) unique = `${label}#${i}`
    seen.add(unique)
    return unique
  })
}
