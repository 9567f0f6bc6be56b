import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TrialistError } from '../base/errors.ts'
import type { Dimension, EncodedSpace } from './encoded.ts'
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
  uniform,
  when,
} from './index.ts'

/** The space of one parameter `x`, its dimension, and the value of `x` at a place. */
function single(parameter: unknown): { space: EncodedSpace; x: Dimension; at: (u: number) => unknown } {
  const space = compileSpace({ x: parameter })
  const at = (u: number): unknown => {
    const point = Float64Array.of(u)
    space.activate(point)
    return space.decode(point)['x']
  }
  return { space, x: space.dimensions[0]!, at }
}

/** All values of a discrete parameter, in the order of its levels. */
function valuesOf(parameter: unknown): unknown[] {
  const { x, at } = single(parameter)
  return Array.from({ length: x.levels }, (_, level) => at(x.at(level)))
}

function invalid(make: () => unknown, ...words: readonly string[]): void {
  assert.throws(make, (error) => {
    assert.ok(error instanceof TrialistError, String(error))
    assert.equal(error.code, 'invalid_space')
    for (const word of words) assert.ok(error.message.includes(word), `${error.message}\nlacks ${word}`)
    return true
  })
}

test('continuous parameters span their bounds, both included', () => {
  for (const [parameter, low, middle, high] of [
    [uniform(-2, 6), -2, 2, 6],
    [loguniform(1e-4, 1), 1e-4, 1e-2, 1],
    [normal(10, 2), -2, 10, 22],
  ] as const) {
    const { x, at } = single(parameter)
    assert.equal(x.kind, 'continuous')
    assert.equal(x.levels, Infinity)
    assert.deepEqual([at(0), at(0.5), at(1)], [low, middle, high])
    assert.deepEqual([at(-0.5), at(1.5)], [low, high])
    assert.deepEqual([x.lower(0.3), x.snap(0.3), x.upper(0.3)], [0.3, 0.3, 0.3])
  }
  const { at } = single(lognormal(0, 1))
  assert.equal(at(0.5), 1)
  assert.ok(Math.abs(Math.log(at(1) as number) - 6) < 1e-12)
})

test('integers and steps have levels of equal width, the ends like the others', () => {
  assert.deepEqual(valuesOf(int(-1, 3)), [-1, 0, 1, 2, 3])
  assert.deepEqual(valuesOf(int(8, 64, { step: 16 })), [8, 24, 40, 56])
  assert.deepEqual(valuesOf(uniform(0, 0.5, { step: 0.1 })), [0, 0.1, 0.2, 0.3, 0.4, 0.5])
  assert.deepEqual(valuesOf(uniform(0, 1, { step: 0.3 })), [0, 0.3, 0.6, 0.9])
  for (const parameter of [int(-1, 3), uniform(0, 0.5, { step: 0.1 }), int(1, 1000)]) {
    const { x } = single(parameter)
    assert.equal(x.kind, 'ordered')
    for (let level = 0; level < x.levels; level++) {
      const u = x.at(level)
      assert.equal(u, (level + 0.5) / x.levels)
      assert.ok(Math.abs(x.upper(u) - x.lower(u) - 1 / x.levels) < 1e-15)
    }
  }
})

test('zero has one sign: a bound, a level or a value that a user gives as −0 is 0', () => {
  for (const parameter of [
    int(-2, 2),
    int(-0, 2),
    uniform(-0.2, 0.2, { step: 0.1 }),
    uniform(-0, 1),
    uniform(-1, -0),
  ]) {
    const { space, at } = single(parameter)
    for (let i = 0; i <= 60; i++) assert.ok(!Object.is(at(i / 60), -0), `${JSON.stringify(space)} at ${i} / 60`)
    assert.deepEqual(space.encode({ x: -0 }), space.encode({ x: 0 }))
    assert.ok(Object.is(space.decode(space.encode({ x: -0 }))['x'], 0), JSON.stringify(space))
  }
  const { space } = single(choice(0, 1))
  assert.deepEqual(space.encode({ x: -0 }), space.encode({ x: 0 }))
})

test('logarithmic steps have cells that reach half a step to both sides', () => {
  assert.deepEqual(valuesOf(logint(1, 5)), [1, 2, 3, 4, 5])
  assert.deepEqual(valuesOf(loguniform(0.1, 0.5, { step: 0.1 })), [0.1, 0.2, 0.3, 0.4, 0.5])
  const { x } = single(logint(1, 5))
  const range = Math.log(5.5 / 0.5)
  for (let level = 0; level < 5; level++) {
    const u = x.at(level)
    assert.ok(Math.abs(x.lower(u) - Math.log((level + 0.5) / 0.5) / range) < 1e-15)
    assert.ok(Math.abs(u - Math.log((level + 1) / 0.5) / range) < 1e-15)
    assert.ok(Math.abs(x.upper(u) - Math.log((level + 1.5) / 0.5) / range) < 1e-15)
  }
})

test('stepped normal parameters take multiples of the step, with the mass of the distribution', () => {
  assert.deepEqual(valuesOf(normal(0.3, 0.1, { step: 0.5 })), [-0.5, 0, 0.5, 1])
  const { x } = single(normal(0, 1, { step: 1 }))
  assert.equal(x.levels, 13)
  const zero = x.at(6)
  assert.equal(zero, 0.5)
  assert.ok(Math.abs(x.upper(zero) - x.lower(zero) - 0.38292492254802624) < 1e-15)
  assert.equal((valuesOf(lognormal(0, 1, { step: 0.5 })) as number[])[0], 0.5)
})

test('the cells of every discrete parameter tile [0, 1] and hold their representative', () => {
  const parameters = [
    int(0, 6),
    logint(2, 40),
    uniform(-1, 1, { step: 0.25 }),
    loguniform(1, 4, { step: 0.5 }),
    normal(5, 2, { step: 0.7 }),
    lognormal(1, 0.3, { step: 0.4 }),
    choice('a', 'b', 'c'),
    ordinal(1, 2),
    bool(),
    grid(1, 2, 3),
  ]
  for (const parameter of parameters) {
    const { x } = single(parameter)
    let edge = 0
    for (let level = 0; level < x.levels; level++) {
      const u = x.at(level)
      assert.equal(x.lower(u), edge)
      assert.ok(x.lower(u) < u && u < x.upper(u))
      assert.equal(x.level(u), level)
      assert.equal(x.snap(u), u)
      edge = x.upper(u)
    }
    assert.equal(edge, 1)
    assert.equal(x.level(0), 0)
    assert.equal(x.level(1), x.levels - 1)
  }
})

test('integers of any range are exact and cost no memory a level', () => {
  for (const [low, high] of [
    [0, 2 ** 32 - 1],
    [-1e14, 1e14],
    [2 ** 53 - 1 - 1000, 2 ** 53 - 1],
  ] as const) {
    const { space, x, at } = single(int(low, high))
    assert.equal(x.levels, high - low + 1)
    assert.deepEqual([at(0), at(1)], [low, high])
    for (const value of [low, low + 1, high - 1, high]) {
      assert.equal(space.decode(space.encode({ x: value }))['x'], value)
    }
  }
})

test('categorical values are unordered levels of any kind', () => {
  const square = (x: number): number => x * x
  const token = Symbol('token')
  const values = ['a', 1, true, null, [1, 2], { heads: 2 }, square, token, NaN, 10n] as const
  const parameter = choice(...values)
  const { space, x, at } = single(parameter)
  assert.equal(x.kind, 'unordered')
  assert.deepEqual(valuesOf(parameter), values)
  assert.equal(at(x.at(6)), square)
  const labels = values.map((_, level) => space.values(Float64Array.of(x.at(level)))[0])
  const names = ['a', 1, true, 'null', '[1,2]', '{"heads":2}', 'square', 'token', 'NaN', '10']
  assert.deepEqual(labels, names)
  for (const [level, value] of values.entries()) {
    assert.equal(space.encode({ x: value })[0], x.at(level))
  }
})

test('labels in the log are different where names are not', () => {
  const make = (): (() => number) => {
    const layer = (): number => 1
    return layer
  }
  const { space, x } = single(choice(make(), make(), 'layer', [1], '[1]'))
  const labels = Array.from({ length: 5 }, (_, level) => space.values(Float64Array.of(x.at(level)))[0])
  assert.deepEqual(labels, ['layer', 'layer#2', 'layer#3', '[1]', '[1]#2'])
})

test('ordinal values keep their order; grid is told apart', () => {
  assert.equal(single(ordinal('s', 'm', 'l')).x.kind, 'ordered')
  assert.deepEqual(valuesOf(bool()), [false, true])
  const space = compileSpace({ a: grid(1, 2, 3), b: grid('x', 'y'), c: int(1, 4) })
  assert.deepEqual(
    space.dimensions.map(({ grid: isGrid, kind }) => [isGrid, kind]),
    [
      [true, 'unordered'],
      [true, 'unordered'],
      [false, 'ordered'],
    ],
  )
  assert.equal(space.gridSize, 6)
  assert.equal(compileSpace({ c: int(1, 4) }).gridSize, 1)
})

test('constants and literals have no dimension and are frozen copies', () => {
  const list = [1, { deep: 2 }]
  const space = compileSpace({ epochs: 10, list, name: 'run', none: null, k: constant({ a: [1] }) })
  assert.equal(space.dimensions.length, 0)
  assert.equal(space.size, 1)
  const config = space.decode(new Float64Array(0))
  assert.deepEqual(config, { epochs: 10, list: [1, { deep: 2 }], name: 'run', none: null, k: { a: [1] } })
  list.push(2)
  assert.equal((config['list'] as unknown[]).length, 2)
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config['list']) && Object.isFrozen(config['k']))
  const instance = new Date(0)
  assert.equal(compileSpace({ d: constant(instance) }).decode(new Float64Array(0))['d'], instance)
})

test('defaults and priors are encoded', () => {
  const x = (parameter: unknown): Dimension => single(parameter).x
  assert.equal(x(uniform(0, 10, { default: 2.5 })).default, 0.25)
  assert.equal(x(int(1, 4, { default: 2 })).default, 0.375)
  assert.equal(x(prefer(choice('a', 'b'), { default: 'b' })).default, 0.75)
  assert.equal(x(bool({ default: false })).default, 0.25)
  assert.equal(x(uniform(0, 1)).default, undefined)
  assert.equal(x(uniform(0, 1)).prior, undefined)
  assert.deepEqual(x(uniform(0, 10, { prior: { mode: 2, deviation: 1 } })).prior, {
    kind: 'normal',
    mode: 0.2,
    deviation: 0.1,
  })
  assert.deepEqual(x(int(1, 4, { prior: { mode: 2 } })).prior, { kind: 'normal', mode: 0.375, deviation: 0.25 })
  const log = x(loguniform(1e-4, 1, { prior: { mode: 1e-2, deviation: 10 } })).prior
  assert.ok(log?.kind === 'normal' && Math.abs(log.mode - 0.5) < 1e-15 && Math.abs(log.deviation - 0.25) < 1e-15)
  const weights = x(prefer(ordinal('s', 'm', 'l'), { prior: [1, 2, 1] })).prior
  assert.deepEqual(weights, { kind: 'weights', weights: [0.25, 0.5, 0.25] })
  assert.deepEqual(x(bool({ prior: [1, 3] })).prior, { kind: 'weights', weights: [0.25, 0.75] })
})

test('a default may be a sub-space, named by the option itself', () => {
  const small = { type: 'small', depth: int(1, 3, { default: 2 }) }
  const large = { type: 'large', depth: int(4, 9, { default: 9 }) }
  const space = compileSpace({ model: prefer(choice(small, large), { default: large }) })
  assert.deepEqual(space.decode(space.defaults()!), { model: { type: 'large', depth: 9 } })
})

test('wrong bounds, steps, defaults and priors are refused, saying where and what', () => {
  invalid(() => uniform(1, 0), 'uniform(1, 0)', 'low < high')
  invalid(() => uniform(1, 1), 'constant(1)')
  invalid(() => uniform(NaN, 1), 'low', 'finite', 'NaN')
  invalid(() => uniform(0, Infinity), 'high', 'finite')
  invalid(() => uniform(-1.7e308, 1.7e308), 'range')
  invalid(() => uniform('0' as never, 1), 'low', '"0"')
  invalid(() => loguniform(0, 1), 'low > 0', 'logarithmic')
  invalid(() => loguniform(-1, 1), 'low > 0')
  invalid(() => normal(0, 0), 'sd > 0')
  invalid(() => normal(1e20, 1), 'sd')
  invalid(() => lognormal(0, -1), 'sigma > 0')
  invalid(() => lognormal(0, 200), 'standard deviations')
  invalid(() => int(0.5, 3), 'integer', '0.5')
  invalid(() => int(0, 2 ** 53), 'high', '2^53')
  invalid(() => int(0, 2 ** 53 - 1), '53 bits')
  invalid(() => logint(0, 3), 'low > 0')
  invalid(() => uniform(0, 1, { step: 0 }), 'step', 'positive')
  invalid(() => uniform(0, 1, { step: -0.1 }), 'step', 'positive')
  invalid(() => uniform(0, 1, { step: NaN }), 'step')
  invalid(() => uniform(0, 1, { step: 2 }), 'step')
  invalid(() => uniform(1e6, 1e6 + 1, { step: 1e-7 }), '12 digits')
  invalid(() => int(1, 9, { step: 0.5 }), 'step', 'integer')
  invalid(() => logint(1, 9, { step: 4 }), 'half a step')
  invalid(() => normal(0, 1, { step: 100 }), 'step')
  invalid(() => normal(0, 1, { step: 1e-8 }), '53 bits')
  invalid(() => uniform(0, 1, { default: 2 }), 'default', '[0, 1]', '2')
  invalid(() => int(1, 9, { step: 2, default: 4 }), 'default', 'steps of 2', '4')
  invalid(() => uniform(0, 1, { prior: { mode: 2 } }), 'prior.mode')
  invalid(() => uniform(0, 1, { prior: { mode: 0.5, deviation: 0 } }), 'prior.deviation')
  invalid(() => loguniform(1, 9, { prior: { mode: 3, deviation: 1 } }), 'factor')
  invalid(() => uniform(0, 1, { prior: { mode: 0.5, sd: 1 } as never }), '"sd"')
  invalid(() => uniform(0, 1, { quantum: 0.1 } as never), '"quantum"')
  invalid(() => uniform(0, 1, null as never), 'options')
})

test('wrong options of categorical parameters are refused', () => {
  invalid(() => choice(...([] as unknown as ['a'])), 'choice()', 'at least one')
  invalid(() => choice(['adam', 'sgd']), 'one by one', 'one list, ["adam","sgd"]', 'choice(...list)')
  invalid(() => ordinal([]), 'one by one', 'ordinal(...list)')
  invalid(() => grid([1, 2, 3]), 'one by one', 'grid(...list)')
  assert.deepEqual(valuesOf(choice([1, 2], [3])), [[1, 2], [3]])
  invalid(() => choice('a', 'b', 'a'), 'differ', '"a" twice')
  invalid(() => choice([1], [1]), 'differ')
  invalid(() => choice('a', undefined), 'undefined', 'null')
  invalid(() => choice(1, uniform(0, 1)), 'a parameter as an option', 'Wrap it')
  invalid(() => choice(1, [uniform(0, 1)]), 'array')
  invalid(() => ordinal('a', { x: uniform(0, 1) }), 'choice(…)')
  invalid(() => constant(undefined), 'constant(undefined)')
  invalid(() => prefer(choice('a', 'b'), { default: 'c' as never }), 'default', '"c"')
  invalid(() => prefer(choice('a', 'b'), { prior: [1] }), '2 weights')
  invalid(() => prefer(choice('a', 'b'), { prior: [1, -1] }), 'negative')
  invalid(() => prefer(choice('a', 'b'), { prior: [0, 0] }), 'not all 0')
  invalid(() => prefer(choice('a', 'b'), { weights: [1, 2] } as never), '"weights"')
  invalid(() => prefer(uniform(0, 1) as never, {}), 'a choice or an ordinal')
  invalid(() => when(1 as never, 'a', 1), 'name')
  invalid(() => when('a', [], 1), 'at least one value')
})
