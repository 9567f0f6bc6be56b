import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { anySpace } from '../testing/random-space.ts'
import { bool, choice, compileSpace, int, logint, loguniform, ordinal, uniform, when } from './index.ts'
import type { EncodedSpace, LogValue } from './encoded.ts'

function adopted(space: EncodedSpace, other: Record<string, LogValue>): Readonly<Record<string, unknown>> | undefined {
  const point = space.adopt(new Map(Object.entries(other)))
  return point && space.decode(point)
}

test('numbers keep their value on another scale and take the nearest level; beyond the bounds there is no point', () => {
  const space = compileSpace({
    lr: loguniform(1e-4, 1),
    x: uniform(0, 1, { step: 0.25 }),
    n: int(1, 9),
    m: logint(1, 1000),
    batch: ordinal(8, 16, 64),
  })
  const other = { lr: 0.01, x: 0.6, n: 3.2, m: 700.4, batch: 30 }
  const config = adopted(space, other)!
  assert.ok(Math.abs((config['lr'] as number) - 0.01) < 1e-12)
  assert.deepEqual({ ...config, lr: 0 }, { lr: 0, x: 0.5, n: 3, m: 700, batch: 16 })
  for (const outside of [{ lr: 2 }, { lr: 0 }, { x: 1.1 }, { n: 0.9 }, { m: 1001 }, { batch: 65 }]) {
    assert.equal(adopted(space, { ...other, ...outside }), undefined, JSON.stringify(outside))
  }
})

test('options keep their label, whatever their index; a label that is not there has no point', () => {
  const space = compileSpace({ kind: choice('c', 'a'), on: bool() })
  assert.deepEqual(adopted(space, { kind: 'a', on: true }), { kind: 'a', on: true })
  assert.equal(adopted(space, { kind: 'b', on: true }), undefined)
})

test('what the other does not have, or has of another type, stands at its default, else in the middle', () => {
  const space = compileSpace({ x: uniform(0, 1, { default: 0.2 }), y: uniform(-1, 1), n: int(1, 3) })
  assert.deepEqual(adopted(space, { z: 3, y: 'high', n: null }), { x: 0.2, y: 0, n: 2 })
})

test('conditions are those of this space', () => {
  const space = compileSpace({
    kind: choice('a', 'b'),
    x: when('kind', 'b', uniform(0, 1, { default: 0.1 })),
    model: choice({ type: 'tree', depth: int(1, 9) }, 'none'),
  })
  const names = space.dimensions.map(({ name }) => name)
  const depth = names.find((name) => name.endsWith('depth'))!
  const gate = names.find((name) => name.startsWith('model') && name !== depth)!
  const tree = space.values(space.encode({ kind: 'a', model: { type: 'tree', depth: 4 } }))[names.indexOf(gate)]!
  assert.deepEqual(adopted(space, { kind: 'a', x: 0.5, [gate]: tree, [depth]: 7 }), {
    kind: 'a',
    model: { type: 'tree', depth: 7 },
  })
  assert.deepEqual(adopted(space, { kind: 'b', x: null, [gate]: 'none' }), { kind: 'b', x: 0.1, model: 'none' })
})

function named(space: EncodedSpace, point: Float64Array): ReadonlyMap<string, LogValue> {
  const values = space.values(point)
  return new Map(space.dimensions.map(({ name, index }) => [name, values[index]!]))
}

test('in any space a configuration of its own stands for itself, and one of another for a point of this one or for none', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = stream(seed, purpose.simulate)
    const [space, other] = [anySpace(random), anySpace(random)]
    const points = [space, other].map((each) => {
      const point = Float64Array.from(each.dimensions, () => random.float())
      each.activate(point)
      return point
    })
    const same = space.adopt(named(space, points[0]!))!
    for (const [i, u] of points[0]!.entries()) {
      assert.ok(Object.is(same[i], u) || Math.abs(same[i]! - u) < 1e-9, `seed ${seed}: ${same[i]} for ${u}`)
    }
    const foreign = space.adopt(named(other, points[1]!))
    if (foreign === undefined) continue
    const activated = foreign.slice()
    space.activate(activated)
    assert.deepEqual(foreign, activated, `seed ${seed}`)
    space.encode(space.decode(foreign))
  }
})
