import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compileSpace } from './compile.ts'
import { spaceFromJSON } from './json.ts'

const json = { version: 1, parameters: { config: { type: 'given' } } }

test('a given part takes objects of any shape, and the log keeps them', () => {
  const space = compileSpace(spaceFromJSON(json))
  const configs = [
    { config: { lr: 0.1, layers: [3, 4] } },
    { config: {} },
    { config: { name: 'a/b', deep: { x: null } } },
  ]
  const rows = configs.map((config) => space.valuesOf(config))
  const another = compileSpace(spaceFromJSON(json))
  for (const [i, config] of configs.entries()) {
    assert.deepEqual(space.configOf(rows[i]!), config)
    assert.deepEqual(another.configOf(rows[i]!), config)
    assert.deepEqual(space.values(space.encode(config)), rows[i])
  }
  assert.deepEqual(space.toJSON(), json)
})

test('what is no object of JSON is refused by name', () => {
  const space = compileSpace(spaceFromJSON(json))
  for (const config of [3, 'text', [1], { x: NaN }]) {
    assert.throws(() => space.encode({ config }), {
      code: 'invalid_config',
      message: /config is wrong.*JSON can hold/s,
    })
  }
})
