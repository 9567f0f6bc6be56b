/** Properties that hold for every space, over random ones. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { EncodedSpace } from './encoded.ts'
import {
  bool,
  choice,
  compileSpace,
  constant,
  grid,
  int,
  lognormal,
  loguniform,
  logint,
  normal,
  ordinal,
  prefer,
  spaceFromJSON,
  spaceToJSON,
  uniform,
  when,
} from './index.ts'
import type { Space } from './index.ts'

const seed = 11

/** Parameters that others may depend on, and values of each. */
function discrete(random: Random): readonly [unknown, readonly (string | number | boolean)[]] {
  switch (random.below(6)) {
    case 0:
      return [choice('a', 'b', 'c'), ['a', 'b', 'c']]
    case 1:
      return [int(-1, 2), [-1, 0, 1, 2]]
    case 2:
      return [bool({ default: true }), [false, true]]
    case 3:
      return [ordinal(8, 'mid', true), [8, 'mid', true]]
    case 4:
      return [uniform(0, 0.5, { step: 0.1 }), [0, 0.1, 0.3, 0.5]]
    default:
      return [grid('g', 'h'), ['g', 'h']]
  }
}

function finite(random: Random): unknown {
  const low = random.below(5)
  const high = low + 1 + random.below(4)
  switch (random.below(7)) {
    case 0:
      return logint(low + 1, high + 1)
    case 1:
      return normal(low, 0.5, { step: 1 })
    case 2:
      return lognormal(0, 0.2, { step: 0.5 })
    case 3:
      return loguniform(0.1, 0.4, { step: 0.1, prior: { mode: 0.2, deviation: 1.5 } })
    case 4:
      return prefer(choice('x', null, [1, 'y'], { z: 1 }), { default: null, prior: [1, 2, 3, 4] })
    case 5:
      return random.below(2) === 0 ? constant({ fixed: [1] }) : 'literal'
    default:
      return discrete(random)[0]
  }
}

function continuous(random: Random): unknown {
  const width = 10 ** (random.below(8) - 3)
  const low = (random.float() - 0.5) * 50 * width
  switch (random.below(4)) {
    case 0:
      return uniform(low, low + width, { default: low, prior: { mode: low + width } })
    case 1:
      return loguniform(width, width * 10 ** (1 + random.below(8)))
    case 2:
      return normal(low, Math.abs(low) + 0.1)
    default:
      return lognormal(random.float(), 0.5)
  }
}

/** A space of some parameters, nested spaces, conditions and sub-spaces; finite on request. */
function randomSpace(random: Random, isFinite: boolean, depth = 2): Record<string, unknown> {
  const space: Record<string, unknown> = {}
  const parents: (readonly [string, readonly (string | number | boolean)[]])[] = []
  const count = 1 + random.below(3)
  for (let i = 0; i < count; i++) {
    const [parameter, values] = discrete(random)
    const name = `p${i}`
    space[name] = conditional(random, parents, parameter)
    parents.push([name, values])
  }
  const leaf = (): unknown => (isFinite || random.below(2) === 0 ? finite(random) : continuous(random))
  space['leaf'] = conditional(random, parents, leaf())
  if (depth > 0 && random.below(2) === 0) {
    space['nested'] = conditional(random, parents, randomSpace(random, isFinite, depth - 1))
  }
  if (depth > 0 && random.below(2) === 0) {
    const options = [0, 1].map((i) => ({ type: `t${i}`, ...randomSpace(random, isFinite, depth - 1) }))
    space['gate'] = conditional(random, parents, choice(options[0], options[1], 'none'))
  }
  // Conditions may refer to what is declared later.
  return random.below(2) === 0 ? space : Object.fromEntries(Object.entries(space).toReversed())
}

function conditional(
  random: Random,
  parents: readonly (readonly [string, readonly (string | number | boolean)[]])[],
  entry: unknown,
): unknown {
  if (parents.length === 0 || random.below(2) === 0) return entry
  const [name, values] = parents[random.below(parents.length)]!
  const some = values.filter(() => random.below(2) === 0)
  const condition = when(name, some.length === 0 ? values[0]! : some, entry)
  const [other, otherValues] = parents[random.below(parents.length)]!
  return other !== name && random.below(3) === 0 ? when(other, otherValues[0]!, condition) : condition
}

/** Compiled random spaces; a combination of conditions that can't hold is left out. */
function* spaces(count: number, isFinite: boolean): Generator<readonly [Space, EncodedSpace, Random, string]> {
  for (let i = 0, made = 0; made < count; i++) {
    const random = stream(seed, purpose.trial, i, Number(isFinite))
    const space = randomSpace(random, isFinite)
    try {
      const encoded = compileSpace(space)
      made++
      yield [space, encoded, random, `seed ${seed}, space ${i}: ${JSON.stringify(encoded)}`]
    } catch (error) {
      assert.match(String(error), /exclude each other/)
    }
  }
}

function randomPoint(space: EncodedSpace, random: Random): Float64Array {
  const coordinate = (): number => (random.below(10) === 0 ? random.below(2) : random.float())
  const point = Float64Array.from(space.dimensions, coordinate)
  space.activate(point)
  return point
}

test('points, configurations and recorded values stand for each other', () => {
  for (const [, space, random, what] of spaces(300, false)) {
    for (let i = 0; i < 20; i++) {
      const point = randomPoint(space, random)
      const config = space.decode(point)
      const values = space.values(point)
      const encoded = space.encode(config)
      for (const { index, kind } of space.dimensions) {
        const [there, back] = [point[index]!, encoded[index]!]
        const allowed = kind === 'continuous' ? 2e-9 * Number(there < 1e-8 || there > 1 - 1e-8) + 1e-12 : 0
        const isSame = Object.is(there, back) || Math.abs(there - back) <= allowed
        assert.ok(isSame, `${what}: ${JSON.stringify(config)}: dimension ${index}: ${there}, back ${back}`)
      }
      const read = new Float64Array(point.length + 2)
      space.readValues(values, read, 1)
      assert.deepEqual(read.subarray(1, point.length + 1), encoded, what)
      assert.deepEqual(space.decode(encoded), config, what)
      assert.deepEqual(space.configOf(values), config, what)
      assert.deepEqual(space.valuesOf(config), values, what)
      assert.equal(JSON.stringify(values), JSON.stringify(JSON.parse(JSON.stringify(values))), what)
      for (const value of values) assert.ok(typeof value !== 'number' || Number.isFinite(value), what)
    }
  }
})

test('activation keeps what is active on its cell and clears the rest, and changes nothing the second time', () => {
  for (const [, space, random, what] of spaces(300, false)) {
    for (let i = 0; i < 10; i++) {
      const point = randomPoint(space, random)
      const again = point.slice()
      space.activate(again)
      assert.deepEqual(again, point, what)
      for (const dimension of space.dimensions) {
        const active = dimension.parents.every(({ parent, levels }) => {
          const u = point[parent]!
          return !Number.isNaN(u) && levels.includes(space.dimensions[parent]!.level(u))
        })
        const u = point[dimension.index]!
        assert.equal(Number.isNaN(u), !active, `${what}: ${dimension.name}`)
        if (active) assert.equal(dimension.snap(u), u, `${what}: ${dimension.name}`)
        for (const { parent } of dimension.parents) assert.ok(parent < dimension.index, what)
      }
    }
  }
})

test('JSON gives the same space back', () => {
  for (const [space, encoded, random, what] of spaces(300, false)) {
    const json = JSON.stringify(spaceToJSON(space))
    assert.equal(JSON.stringify(encoded), json, what)
    const copy = spaceFromJSON(JSON.parse(json))
    assert.equal(JSON.stringify(spaceToJSON(copy)), json, what)
    const compiled = compileSpace(copy)
    assert.equal(compiled.size, encoded.size, what)
    const plain = (made: EncodedSpace): unknown =>
      made.dimensions.map(({ name, kind, levels, parents, prior, default: value }) => [
        name,
        kind,
        levels,
        parents,
        prior,
        value,
      ])
    assert.deepEqual(plain(compiled), plain(encoded), what)
    for (let i = 0; i < 5; i++) {
      const point = randomPoint(encoded, random)
      assert.deepEqual(compiled.decode(point), encoded.decode(point), what)
    }
  }
})

test('the size of a finite space is the number of its different configurations', () => {
  let compared = 0
  for (const [, space, , what] of spaces(900, true)) {
    const combinations = space.dimensions.reduce((product, { levels }) => product * levels, 1)
    if (combinations > 3_000) continue
    compared++
    const seen = new Set<string>()
    for (let i = 0; i < combinations; i++) {
      let rest = i
      const point = Float64Array.from(space.dimensions, (dimension) => {
        const level = rest % dimension.levels
        rest = Math.floor(rest / dimension.levels)
        return dimension.at(level)
      })
      space.activate(point)
      seen.add(JSON.stringify(space.decode(point)))
    }
    assert.equal(space.size, seen.size, what)
  }
  assert.ok(compared > 200, `only ${compared} spaces were small enough`)
})
