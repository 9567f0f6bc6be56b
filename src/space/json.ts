import { TrialistError, messageOf, show } from '../base/errors.ts'
import { constant, listed } from './categorical.ts'
import type { SpaceJSON } from './encoded.ts'
import { given } from './given.ts'
import { isJSON, isPlainObject } from './literal.ts'
import { pathOf } from './node.ts'
import { families, numeric } from './numeric.ts'
import { Opaque } from './opaque.ts'
import { labelOf } from './option.ts'
import { definition, invalidSpace, isParameter } from './parameter.ts'
import type { Definition, Listed, Option, Parameter } from './parameter.ts'
import type { Space } from './types.ts'
import { conditionOf, isConditional, when } from './when.ts'
import type { Primitive } from './when.ts'

/** Version of the JSON form. */
const version = 1

type Fields = Readonly<Record<string, unknown>>

/** A space as JSON: the same space gives the same text. Values that JSON can't hold are written as opaque elements. */
export function spaceToJSON(space: Space): SpaceJSON {
  return { version, parameters: entriesToJSON(space) }
}

/**
 * The space that JSON describes; the inverse of `spaceToJSON`, but for opaque elements, which become `Opaque` objects.
 *
 * @throws TrialistError `invalid_space` that names the place and what was expected there.
 */
export function spaceFromJSON(json: unknown): Space {
  const { version: found, parameters } = fieldsOf('The space', json, ['version', 'parameters'])
  if (found !== version) {
    const remedy = typeof found === 'number' && found > version ? 'Upgrade trialist.' : undefined
    throw invalidSpace('The space', `version ${version}`, show(found), remedy)
  }
  return entriesFromJSON('', parameters)
}

function entriesToJSON(space: Fields): Fields {
  return Object.fromEntries(Object.keys(space).map((key) => [key, entryToJSON(space[key])]))
}

function entryToJSON(entry: unknown): Fields {
  if (isConditional(entry)) {
    const { parent, values, of } = conditionOf(entry)
    return { type: 'when', parent, values, parameter: entryToJSON(of) }
  }
  if (isParameter(entry)) return parameterToJSON(entry[definition])
  return isPlainObject(entry) ? { type: 'space', parameters: entriesToJSON(entry) } : constantToJSON(entry)
}

function parameterToJSON(made: Definition): Fields {
  if (made.kind === 'constant') return constantToJSON(made.value)
  if (made.listed === undefined) return made.fields
  const { type, options } = made.listed
  return { type, ...(type === 'bool' ? {} : { options: options.map(optionToJSON) }), ...made.fields }
}

function constantToJSON(value: unknown): Fields {
  return { type: 'constant', ...(isJSON(value) ? { value } : opaqueToJSON(value, labelOf(value))) }
}

function optionToJSON({ value, isSpace, label }: Option): unknown {
  if (isSpace) return { space: entriesToJSON(value as Fields) }
  if (!isJSON(value)) return opaqueToJSON(value, String(label))
  return isPlainObject(value) ? { value } : value
}

function opaqueToJSON(value: unknown, id: string): Fields {
  return value instanceof Opaque ? { opaque: value.opaque, label: value.label } : { opaque: id, label: labelOf(value) }
}

function entriesFromJSON(path: string, json: unknown): Space {
  const entries = fieldsOf(placeOf(path), json)
  return Object.fromEntries(Object.keys(entries).map((key) => [key, entryFromJSON(pathOf(path, key), entries[key])]))
}

function entryFromJSON(path: string, json: unknown): unknown {
  const { type } = fieldsOf(placeOf(path), json)
  if (type === 'space') {
    return entriesFromJSON(path, fieldsOf(placeOf(path), json, ['type', 'parameters'])['parameters'])
  }
  if (type === 'when')
    return whenFromJSON(path, fieldsOf(placeOf(path), json, ['type', 'parent', 'values', 'parameter']))
  try {
    return parameterFromJSON(path, type, json)
  } catch (error) {
    if (!(error instanceof TrialistError) || error.message.startsWith("The space's")) throw error
    throw new TrialistError({ code: 'invalid_space', message: `${placeOf(path)}: ${messageOf(error)}`, cause: error })
  }
}

function whenFromJSON(path: string, { parent, values, parameter }: Fields): unknown {
  if (typeof parent !== 'string') throw invalidSpace(placeOf(path), 'parent to be a name', show(parent))
  if (!Array.isArray(values)) throw invalidSpace(placeOf(path), 'values to be a list', show(values))
  return when(parent, values as readonly Primitive[], entryFromJSON(path, parameter))
}

function parameterFromJSON(path: string, type: unknown, json: unknown): Parameter {
  if (typeof type === 'string' && Object.hasOwn(families, type)) {
    return numericFromJSON(path, type as keyof typeof families, json)
  }
  switch (type) {
    case 'constant':
      return constantFromJSON(path, json)
    case 'given':
      fieldsOf(placeOf(path), json, ['type'])
      return given()
    case 'bool':
      return listedFromJSON('bool', [false, true], fieldsOf(placeOf(path), json, ['type'], ['default', 'prior']))
    case 'choice':
    case 'ordinal':
    case 'grid': {
      const others = type === 'grid' ? [] : ['default', 'prior']
      const fields = fieldsOf(placeOf(path), json, ['type', 'options'], others)
      return listedFromJSON(type, optionsFromJSON(path, fields['options']), fields)
    }
    default: {
      const known = [
        ...Object.keys(families),
        'choice',
        'ordinal',
        'bool',
        'grid',
        'constant',
        'given',
        'space',
        'when',
      ]
      throw invalidSpace(placeOf(path), `a type: ${known.join(', ')}`, show(type))
    }
  }
}

function numericFromJSON(path: string, type: keyof typeof families, json: unknown): Parameter {
  const [first, second] = families[type].names
  const fields = fieldsOf(placeOf(path), json, ['type', first, second], ['step', 'default', 'prior'])
  const { type: _, [first]: a, [second]: b, ...options } = fields
  return numeric(type, a as number, b as number, options)
}

function constantFromJSON(path: string, json: unknown): Parameter {
  if (isPlainObject(json) && 'opaque' in json) {
    return constant(opaqueFromJSON(path, fieldsOf(placeOf(path), json, ['type', 'opaque', 'label'])))
  }
  return constant(fieldsOf(placeOf(path), json, ['type', 'value'])['value'])
}

function listedFromJSON(type: Listed['type'], values: readonly unknown[], fields: Fields): Parameter {
  const { default: label, prior } = fields
  const weights = prior === undefined ? {} : { prior: prior as readonly number[] }
  if (label === undefined) return listed(type, values, weights)
  const made = listed(type, values, {})[definition]
  const options = made.kind === 'varying' ? made.listed!.options : []
  const option = options.find((known) => known.label === label)
  if (option !== undefined) return listed(type, values, { default: option.value, ...weights })
  throw invalidSpace(type, `default to be one of ${options.map((known) => show(known.label)).join(', ')}`, show(label))
}

function optionsFromJSON(path: string, json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw invalidSpace(placeOf(path), 'options to be a list', show(json))
  return json.map((option: unknown, i) => {
    if (!isPlainObject(option)) return option
    const place = `${path}[${i}]`
    if ('space' in option) return entriesFromJSON(place, fieldsOf(placeOf(place), option, ['space'])['space'])
    if ('opaque' in option) return opaqueFromJSON(place, fieldsOf(placeOf(place), option, ['opaque', 'label']))
    return fieldsOf(placeOf(place), option, ['value'])['value']
  })
}

function opaqueFromJSON(path: string, { opaque, label }: Fields): Opaque {
  if (typeof opaque === 'string' && typeof label === 'string') return new Opaque(opaque, label)
  throw invalidSpace(placeOf(path), 'opaque and label to be strings', show({ opaque, label }))
}

/** The fields of an object, checked to be those `required`, and no other than these and the `optional`, if given. */
function fieldsOf(
  place: string,
  json: unknown,
  required?: readonly string[],
  optional: readonly string[] = [],
): Fields {
  if (!isPlainObject(json)) throw invalidSpace(place, 'an object', show(json))
  if (required === undefined) return json
  const missing = required.find((key) => !Object.hasOwn(json, key))
  if (missing !== undefined) throw invalidSpace(place, `the field ${missing}`, show(json))
  const unknown = Object.keys(json).find((key) => !required.includes(key) && !optional.includes(key))
  if (unknown === undefined) return json
  throw invalidSpace(place, `no fields but ${[...required, ...optional].join(', ')}`, show(unknown))
}

function placeOf(path: string): string {
  return path === '' ? 'The space' : `The space's ${path}`
}
