import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { TrialistError } from '../base/errors.ts'
import { purpose, stream } from '../base/random.ts'
import {
  Opaque,
  bool,
  choice,
  compileSpace,
  constant,
  int,
  spaceFromJSON,
  spaceToJSON,
  uniform,
  when,
} from './index.ts'
import type { Space } from './index.ts'

const fixtures = new URL('../../protocol/space/', import.meta.url)

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, fixtures), 'utf8'))
}

test('every recorded space is read, written back the same, and sampled', () => {
  const files = readdirSync(fixtures)
  assert.ok(files.length >= 6, `only ${files.length} fixtures`)
  for (const file of files) {
    const text = readFileSync(new URL(file, fixtures), 'utf8')
    const space = spaceFromJSON(JSON.parse(text))
    assert.equal(`${JSON.stringify(spaceToJSON(space), null, 2)}\n`, text, file)
    const encoded = compileSpace(space)
    const random = stream(5, purpose.trial)
    for (let i = 0; i < 100; i++) {
      const point = Float64Array.from(encoded.dimensions, () => random.float())
      encoded.activate(point)
      const config = encoded.decode(point)
      // What crosses a process boundary as JSON is still a configuration of the space.
      assert.deepEqual(encoded.values(encoded.encode(JSON.parse(JSON.stringify(config)))), encoded.values(point), file)
    }
  }
})

test('recorded spaces mean what they say', () => {
  const sizes = { categorical: 2 * 3 * 6 * 3 * 2 * 3, constants: 4, opaque: 6 }
  for (const [name, size] of Object.entries(sizes)) assert.equal(compileSpace(spaceFromJSON(fixture(name))).size, size)
  const conditions = compileSpace(spaceFromJSON(fixture('conditions')))
  conditions.encode({ optimizer: 'sgd', momentum: 0.9, nesterov: false, damping: 0.1 })
  conditions.encode({ optimizer: 'adam', schedule: { warmup: 300, cosine: true } })
  const numeric = compileSpace(spaceFromJSON(fixture('numeric')))
  assert.equal(numeric.decode(numeric.defaults()!)['lr'], 0.001)
})

test('a live space keeps its values, its JSON names them', () => {
  const square = (x: number): number => x * x
  const space = { f: choice(square, Math.tanh), k: constant(square), on: bool(), x: when('on', true, uniform(0, 1)) }
  const live = compileSpace(space)
  assert.equal(live.decode(Float64Array.of(0.25, 0.25, NaN))['f'], square)
  assert.deepEqual(live.toJSON(), {
    version: 1,
    parameters: {
      f: {
        type: 'choice',
        options: [
          { opaque: 'square', label: 'square' },
          { opaque: 'tanh', label: 'tanh' },
        ],
      },
      k: { type: 'constant', opaque: 'square', label: 'square' },
      on: { type: 'bool' },
      x: { type: 'when', parent: 'on', values: [true], parameter: { type: 'uniform', low: 0, high: 1 } },
    },
  })
  const read = compileSpace(spaceFromJSON(JSON.parse(JSON.stringify(live))))
  const config = read.decode(Float64Array.of(0.25, 0.25, NaN))
  assert.deepEqual(config, { f: new Opaque('square', 'square'), k: new Opaque('square', 'square'), on: false })
  // The records of one are the records of the other.
  assert.deepEqual(read.values(read.encode(config)), live.values(live.encode({ f: square, k: square, on: false })))
})

test('equal labels of opaque elements stay apart, each with its own id', () => {
  const encoded = compileSpace(spaceFromJSON(fixture('opaque')))
  const point = encoded.center()
  for (const [u, id, label] of [
    [0.25, 'b1', '<lambda>'],
    [0.75, 'b2', '<lambda>#2'],
  ] as const) {
    point[1] = u
    assert.deepEqual(encoded.decode(point)['twins'], new Opaque(id, '<lambda>'))
    assert.equal(encoded.values(point)[1], label)
  }
})

test('the JSON of a space is the same text for the same space', () => {
  const make = (): Space => ({
    x: uniform(0, 1, { prior: { deviation: 0.1, mode: 0.5 }, default: 0.5, step: 0.5 }),
    y: int(1, 2),
  })
  const text = JSON.stringify(spaceToJSON(make()))
  assert.equal(JSON.stringify(spaceToJSON(make())), text)
  const x = '{"type":"uniform","low":0,"high":1,"step":0.5,"default":0.5,"prior":{"mode":0.5,"deviation":0.1}}'
  assert.equal(text, `{"version":1,"parameters":{"x":${x},"y":{"type":"int","low":1,"high":2}}}`)
})

test('bad JSON is refused, naming the place and what was expected', () => {
  const refused = (json: unknown, ...words: readonly string[]): void =>
    assert.throws(
      () => compileSpace(spaceFromJSON(json)),
      (error) => {
        assert.ok(error instanceof TrialistError, String(error))
        assert.equal(error.code, 'invalid_space')
        for (const word of words) assert.ok(error.message.includes(word), `${error.message}\nlacks ${word}`)
        return true
      },
    )
  const one = (parameter: unknown): unknown => ({
    version: 1,
    parameters: { m: { type: 'space', parameters: { x: parameter } } },
  })
  refused(null, 'The space', 'an object')
  refused({ parameters: {} }, 'version')
  refused({ version: 2, parameters: {} }, 'version 1', '2', 'Upgrade')
  refused({ version: 1, parameters: [] }, 'an object')
  refused({ version: 1, parameters: {}, extra: 1 }, '"extra"')
  refused(one(3), "space's m.x", 'an object')
  refused(one({ type: 'gamma' }), "space's m.x", 'uniform', '"gamma"')
  refused(one({ type: 'toString' }), "space's m.x", '"toString"')
  refused(one({ type: 'uniform', low: 0 }), "space's m.x", 'high')
  refused(one({ type: 'uniform', low: 1, high: 0 }), "space's m.x", 'uniform(1, 0)', 'low < high')
  refused(one({ type: 'uniform', low: '0', high: 1 }), "space's m.x", '"0"')
  refused(one({ type: 'uniform', low: 0, high: 1, hihg: 2 }), "space's m.x", '"hihg"')
  refused(one({ type: 'uniform', low: 0, high: 1, prior: 3 }), "space's m.x", 'prior')
  refused(one({ type: 'uniform', low: 0, high: 1, prior: null }), "space's m.x", 'prior', 'null')
  refused(one({ type: 'choice', options: 'a' }), "space's m.x", 'options', 'list')
  refused(one({ type: 'choice', options: [] }), "space's m.x", 'at least one')
  refused(one({ type: 'choice', options: ['a', { heads: 1 }] }), "space's m.x[1]", 'value')
  refused(one({ type: 'choice', options: [{ opaque: 1, label: 'a' }] }), "space's m.x[0]", 'strings')
  refused(one({ type: 'choice', options: [{ space: { y: { type: 'int' } } }] }), "space's m.x[0].y", 'low')
  refused(one({ type: 'choice', options: ['a', 'b'], default: 'c' }), "space's m.x", 'default', '"a", "b"')
  refused(one({ type: 'choice', options: ['a', 'b'], prior: ['1', '2'] }), "space's m.x", 'weights')
  refused(one({ type: 'grid', options: [1, 2], default: 1 }), "space's m.x", '"default"')
  refused(one({ type: 'constant' }), "space's m.x", 'value')
  refused(one({ type: 'when', parent: 'y', values: 'a', parameter: { type: 'bool' } }), "space's m.x", 'list')
  refused(one({ type: 'when', parent: 'y', values: ['a'], parameter: { type: 'bool' } }), "space's m.x", 'beside it')
})
