import { Opaque } from './opaque.ts'

export type JSONValue = string | number | boolean | null | readonly JSONValue[] | { readonly [key: string]: JSONValue }

/** An object made by a literal or by JSON, not by a class. Parameters, which have a symbol, are none. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Object.getOwnPropertySymbols(value).length > 0) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

/** Whether JSON carries a value without loss. Cyclic values, and nesting beyond 100 levels, are not JSON. */
export function isJSON(value: unknown, depth = 0): value is JSONValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (depth > 100) return false
  if (Array.isArray(value)) return value.every((item) => isJSON(item, depth + 1))
  return isPlainObject(value) && Object.values(value).every((item) => isJSON(item, depth + 1))
}

/** A deeply frozen copy of a JSON value; anything else is returned as it is. */
export function frozenCopy(value: unknown): unknown {
  return isJSON(value) ? copyOf(value) : value
}

function copyOf(value: JSONValue): JSONValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(copyOf))
  return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)])))
}

/** Equality of JSON values by content, of opaque elements by their id, of anything else by identity. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b) || a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof Opaque) return idOf(b) === a.opaque
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i]))
  }
  if (Array.isArray(b) || !isPlainObject(a) || !isPlainObject(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key], b[key]))
  )
}

/** An opaque element may come back from JSON as a plain object of its two fields. */
function idOf(value: object): unknown {
  return 'opaque' in value && 'label' in value ? value.opaque : undefined
}
