import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../base/limits.ts'
import { TrialistError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import type { EncodedSpace } from './encoded.ts'
import {
  bool,
  choice,
  compileSpace,
  constant,
  defineSpace,
  grid,
  int,
  loguniform,
  ordinal,
  uniform,
  when,
} from './index.ts'
import type { Space } from './index.ts'

function fails(code: ErrorCode, make: () => unknown, ...words: readonly string[]): void {
  assert.throws(make, (error) => {
    assert.ok(error instanceof TrialistError, String(error))
    assert.equal(error.code, code)
    for (const word of words) assert.ok(error.message.includes(word), `${error.message}\nlacks ${word}`)
    return true
  })
}

/** The configuration at coordinates given in the order of the dimensions. */
function at(space: EncodedSpace, ...coordinates: readonly number[]): unknown {
  const point = Float64Array.from(coordinates)
  space.activate(point)
  return space.decode(point)
}

const names = (space: EncodedSpace): string[] => space.dimensions.map((dimension) => dimension.name)

test('a nested configuration is deeply frozen and has its properties in the order of declaration', () => {
  const space = compileSpace({ z: uniform(0, 1), model: { layers: int(1, 4), act: 'relu' }, a: bool() })
  assert.deepEqual(names(space), ['z', 'model.layers', 'a'])
  const config = at(space, 0.25, 0.9, 0.9) as { model: object }
  assert.deepEqual(config, { z: 0.25, model: { layers: 4, act: 'relu' }, a: true })
  assert.deepEqual(Object.keys(config), ['z', 'model', 'a'])
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.model))
})

test('a condition activates a parameter, whatever the order of declaration', () => {
  const space = compileSpace({
    momentum: when('optimizer', 'sgd', uniform(0, 1)),
    optimizer: choice('adam', 'sgd', 'rmsprop'),
    decay: when('optimizer', ['sgd', 'rmsprop'], loguniform(1e-4, 1)),
  })
  assert.deepEqual(names(space), ['optimizer', 'momentum', 'decay'])
  assert.deepEqual(
    space.dimensions.map((dimension) => dimension.parents),
    [[], [{ parent: 0, levels: [1] }], [{ parent: 0, levels: [1, 2] }]],
  )
  assert.deepEqual(at(space, 0, 0.5, 0.5), { optimizer: 'adam' })
  assert.deepEqual(at(space, 0.5, 0.5, 0.5), { momentum: 0.5, optimizer: 'sgd', decay: 0.01 })
  assert.deepEqual(at(space, 1, 0.5, 0.5), { optimizer: 'rmsprop', decay: 0.01 })
})

test('conditions on conditional parameters, nested conditions and conditional objects', () => {
  const space = compileSpace({
    a: choice('x', 'y'),
    b: when('a', 'x', bool()),
    c: when('b', true, int(1, 2)),
    d: when('a', 'x', when('b', true, { e: int(1, 2), f: 'const' })),
    g: when('a', 'y', 7),
  })
  assert.deepEqual(names(space), ['a', 'b', 'c', 'd.e'])
  // What is implied by a parent's own conditions is not repeated.
  assert.deepEqual(
    space.dimensions.map(({ parents }) => parents.map(({ parent }) => parent)),
    [[], [0], [1], [1]],
  )
  assert.deepEqual(at(space, 0, 0, 0, 0), { a: 'x', b: false })
  assert.deepEqual(at(space, 0, 1, 0, 1), { a: 'x', b: true, c: 1, d: { e: 2, f: 'const' } })
  assert.deepEqual(at(space, 1, 1, 0, 0), { a: 'y', g: 7 })
})

test('a parameter with two independent parents needs both', () => {
  const space = compileSpace({ a: bool(), b: bool(), c: when('a', true, when('b', true, int(1, 2))) })
  assert.deepEqual(space.dimensions[2]!.parents, [
    { parent: 0, levels: [1] },
    { parent: 1, levels: [1] },
  ])
  assert.deepEqual(at(space, 1, 0, 0), { a: true, b: false })
  assert.deepEqual(at(space, 1, 1, 0), { a: true, b: true, c: 1 })
})

test('a choice of sub-spaces activates the parameters of the option chosen', () => {
  const space = compileSpace({
    model: choice(
      { type: 'cnn', kernel: int(1, 3), deep: { dropout: uniform(0, 1) } },
      { type: 'rnn', units: int(1, 4), cell: choice('gru', 'lstm'), peephole: when('cell', 'lstm', bool()) },
      'linear',
    ),
  })
  assert.deepEqual(names(space), [
    'model',
    'model[cnn].kernel',
    'model[cnn].deep.dropout',
    'model[rnn].units',
    'model[rnn].cell',
    'model[rnn].peephole',
  ])
  assert.deepEqual(at(space, 0, 0, 0.5, 0, 0, 0), { model: { type: 'cnn', kernel: 1, deep: { dropout: 0.5 } } })
  const rnn = { model: { type: 'rnn', units: 4, cell: 'lstm', peephole: false } }
  assert.deepEqual(at(space, 0.5, 0, 0.5, 1, 1, 0), rnn)
  assert.deepEqual(at(space, 1, 0, 0, 0, 0, 0), { model: 'linear' })
  assert.deepEqual(space.values(space.encode(rnn)), ['rnn', null, null, 4, 'lstm', false])
})

test('sub-spaces may be named by number, and told apart by the names of their parameters', () => {
  const space = compileSpace({ m: choice({ a: int(1, 2) }, { b: int(1, 2) }, { nested: { c: int(1, 2) } }) })
  assert.deepEqual(names(space), ['m', 'm[0].a', 'm[1].b', 'm[2].nested.c'])
  assert.deepEqual(space.values(space.encode({ m: { nested: { c: 2 } } })), ['2', null, null, 2])
})

test('sub-spaces that a configuration can not tell apart are refused', () => {
  const alike = (...options: [unknown, unknown]): void =>
    fails(
      'invalid_space',
      () => compileSpace({ m: choice(...options) }),
      "space's m",
      'tells apart',
      'different constant',
    )
  alike({ a: int(1, 2) }, { a: int(1, 5) })
  alike({ a: int(1, 2), b: when('a', 1, bool()) }, { a: int(1, 5) })
  alike({ a: 1, b: bool() }, { a: int(1, 5), b: bool() })
  compileSpace({ m: choice({ a: 9, b: bool() }, { a: int(1, 5), b: bool() }) })
})

test('a constant parent that has the value makes the condition always true', () => {
  const space = compileSpace({ optimizer: 'sgd', momentum: when('optimizer', 'sgd', uniform(0, 1)) })
  assert.deepEqual(space.dimensions[0]!.parents, [])
  assert.deepEqual(at(space, 0.5), { optimizer: 'sgd', momentum: 0.5 })
})

test('impossible conditions are refused at run time too', () => {
  const refused = (space: Space, ...words: readonly string[]): void =>
    fails('invalid_space', () => compileSpace(space), ...words)
  refused({ optimizer: bool(), m: when('optimiser', true, bool()) }, "space's m", 'Did you mean optimizer?')
  refused({ a: { b: bool() }, c: when('b', true, bool()) }, "space's c", 'beside it')
  refused({ a: choice('x', 'y'), b: when('a', 'z', bool()) }, "space's b", '"x", "y"', '"z"')
  refused({ a: uniform(0, 1), b: when('a', 0.5, bool()) }, 'discrete', 'step')
  refused({ a: { x: bool() }, b: when('a', 1, bool()) }, 'an object')
  refused({ a: 'x', b: when('a', 'y', bool()) }, 'constant a', '"y"')
  refused({ a: when('b', true, bool()), b: when('a', true, bool()) }, 'circle', 'a, b')
  refused({ a: when('a', true, bool()) }, 'circle')
  refused({ a: int(1, 3), b: when('a', 1, when('a', 2, bool())) }, "space's b", 'exclude each other')
  refused(
    { a: int(1, 3), b: when('a', 1, bool()), c: when('b', true, when('a', 2, bool())) },
    "space's c",
    'exclude each other',
  )
})

test('what is no space is refused', () => {
  const refused = (space: unknown, ...words: readonly string[]): void =>
    fails('invalid_space', () => compileSpace(space as Space), ...words)
  refused(null, 'The space', 'null')
  refused([uniform(0, 1)], 'The space')
  refused(uniform(0, 1), 'a single parameter')
  refused({ lr: uniform }, "space's lr", 'Call it')
  refused({ when: new Date(0) }, "space's when", 'constant(…)')
  refused({ a: { b: undefined } }, "space's a.b")
  refused({ a: NaN }, "space's a")
  refused({ a: [1, uniform(0, 1)] }, "space's a", 'array')
  refused({ 'a.b': bool(), a: { b: bool() } }, 'a.b', 'dot')
  refused(JSON.parse('{ "__proto__": 1 }'), '__proto__')
  const many = Object.fromEntries(Array.from({ length: limits.dimensions + 1 }, (_, i) => [`p${i}`, bool()]))
  refused(many, `${limits.dimensions}`)
})

test('defineSpace answers the space itself and refuses a wrong one at once', () => {
  const space = { lr: uniform(0, 1) }
  assert.equal(defineSpace(space), space)
  fails('invalid_space', () => defineSpace({ a: uniform(0, 1), b: when('a', 0.5, 1) }))
})

test('names that objects have anyway are parameters like others', () => {
  const space = compileSpace({ constructor: bool(), toString: int(1, 2) })
  assert.deepEqual(at(space, 1, 0), { constructor: true, toString: 1 })
  fails('invalid_config', () => space.encode({ constructor: true }), 'toString')
})

test('encode refuses wrong configurations, naming path, expected and received', () => {
  const space = compileSpace({
    lr: loguniform(1e-5, 1),
    model: { layers: int(1, 8), size: ordinal('s', 'm') },
    optimizer: choice('adam', 'sgd'),
    momentum: when('optimizer', 'sgd', uniform(0, 1)),
    net: choice({ type: 'cnn', kernel: int(1, 5) }, { type: 'rnn', units: int(1, 5) }),
    seed: 3,
  })
  const right = {
    lr: 0.1,
    model: { layers: 2, size: 's' },
    optimizer: 'adam',
    net: { type: 'cnn', kernel: 1 },
    seed: 3,
  }
  const refused = (change: object, ...words: readonly string[]): void =>
    fails('invalid_config', () => space.encode({ ...right, ...change }), ...words)
  assert.deepEqual(space.decode(space.encode(right)), right)
  refused({ lr: 2 }, 'lr', '[0.00001, 1]', '2')
  refused({ lr: '0.1' }, 'lr', '"0.1"')
  refused({ lr: NaN }, 'lr')
  refused({ model: { layers: 2.5, size: 's' } }, 'model.layers', 'integer from 1 to 8', '2.5')
  refused({ model: { layers: 2, size: 'l' } }, 'model.size', '"s", "m"', '"l"')
  refused({ model: 3 }, 'model', 'an object')
  refused({ model: { layers: 2 } }, 'lacks model.size')
  refused({ model: { layer: 2, layers: 2, size: 's' } }, 'model.layer', 'Did you mean layers?')
  refused({ optimiser: 'adam' }, 'optimiser', 'Did you mean optimizer?')
  refused({ momentum: 0.5 }, 'momentum', 'optimizer is "sgd"', 'Leave momentum out')
  refused({ optimizer: 'sgd' }, 'lacks momentum')
  refused({ net: { type: 'cnn', kernel: 9 } }, 'net.kernel', '9')
  refused({ net: { type: 'cnn', units: 1 } }, 'net.units', 'kernel')
  refused({ net: { type: 'mlp' } }, 'net')
  refused({ seed: 4 }, 'seed', '3', '4')
  refused({ seed: undefined }, 'lacks seed')
  fails('invalid_config', () => space.encode(null as never), 'an object')
})

test('a stepped value may miss its level by rounding, an undefined property counts as absent', () => {
  const space = compileSpace({ x: uniform(0, 1, { step: 0.1 }), on: bool(), y: when('on', true, int(1, 2)) })
  const point = space.encode({ x: 0.1 + 0.2, on: false, y: undefined })
  assert.deepEqual(space.decode(point), { x: 0.3, on: false })
})

test('constraints decide over decoded configurations; one that throws or does not answer is named', () => {
  const space = { a: int(1, 4), b: int(1, 4) }
  const encoded = compileSpace(space, { constraints: [(c: { a: number; b: number }) => c.a < c.b] })
  assert.equal(encoded.constrained, true)
  assert.equal(encoded.feasible({ a: 1, b: 2 }), true)
  assert.equal(encoded.feasible({ a: 2, b: 2 }), false)
  assert.equal(compileSpace(space).constrained, false)
  const throwing = compileSpace(space, {
    constraints: [
      () => true,
      () => {
        throw new Error('no c')
      },
    ],
  })
  fails('plugin', () => throwing.feasible({ a: 1, b: 1 }), 'constraints[1]', 'no c')
  const late = compileSpace(space, { constraints: [(async () => true) as never] })
  fails('plugin', () => late.feasible({ a: 1, b: 1 }), 'constraints[0]', 'a promise')
})

test('candidates are encoded, counted once, and checked', () => {
  const space = { a: int(1, 4), lr: loguniform(1e-4, 1) }
  const candidates = [
    { a: 1, lr: 0.1 },
    { a: 2, lr: 0.01 },
    { a: 1, lr: 0.1 },
  ]
  const encoded = compileSpace(space, { candidates })
  assert.deepEqual(
    encoded.candidates!.map((point) => encoded.decode(point)),
    candidates.slice(0, 2),
  )
  assert.equal(compileSpace(space).candidates, undefined)
  fails('invalid_option', () => compileSpace(space, { candidates: [] }), 'candidates', 'at least one')
  const wrong = [candidates[0]!, { a: 9, lr: 0.1 }]
  fails('invalid_config', () => compileSpace(space, { candidates: wrong }), 'candidates[1]', 'a is wrong', '9')
  const constraints = [(): boolean => true, (c: { a: number }): boolean => c.a < 2]
  fails('invalid_config', () => compileSpace(space, { candidates, constraints }), 'candidates[1]', 'constraints[1]')
})

test('defaults and the middle are activated points', () => {
  const space = compileSpace({
    optimizer: choice('adam', 'sgd', 'rmsprop'),
    momentum: when('optimizer', 'sgd', uniform(0, 1)),
    layers: int(1, 9, { default: 3 }),
  })
  assert.deepEqual(space.decode(space.center()), { optimizer: 'sgd', momentum: 0.5, layers: 5 })
  assert.deepEqual(space.decode(space.defaults()!), { optimizer: 'sgd', momentum: 0.5, layers: 3 })
  assert.equal(compileSpace({ layers: int(1, 9) }).defaults(), undefined)
})

test('the log keeps what a user gave to the last digit', () => {
  const space = compileSpace({ lr: loguniform(1e-5, 1), n: int(1, 9), act: choice(Math.tanh, 'relu') })
  const given = { lr: 0.12345678901234567, n: 3, act: Math.tanh }
  const values = space.valuesOf(given)
  assert.deepEqual(values, [0.12345678901234567, 3, 'tanh'])
  assert.deepEqual(space.configOf(values), given)
  assert.ok(Object.isFrozen(space.configOf(values)))
})

test('recorded values that are not of the space are refused, naming the parameter', () => {
  const space = compileSpace({ n: int(1, 9), opt: choice('adam', 'sgd') })
  const out = new Float64Array(2)
  fails('invalid_config', () => space.readValues([10, 'adam'], out, 0), 'recorded', 'n', '10')
  fails('invalid_config', () => space.readValues([1, 'lion'], out, 0), 'opt', '"lion"')
  space.readValues([1, null], out, 0)
  assert.deepEqual([...out], [0.5 / 9, NaN])
})

test('a searcher that leaves an active coordinate out is told so', () => {
  const space = compileSpace({ n: int(1, 9), k: constant(1), g: grid(1, 2) })
  fails('plugin', () => space.activate(Float64Array.of(0.5, NaN)), 'g')
})
