import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { bool, choice, compileSpace, grid, int, when } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { randomSpace } from '../testing/random-space.ts'
import { Lattice } from './lattice.ts'

function full(space: EncodedSpace): Lattice {
  return new Lattice(space.dimensions, (dimension) => ({ count: dimension.levels, at: (tick) => dimension.at(tick) }))
}

const spaces: Readonly<Record<string, EncodedSpace>> = {
  flat: compileSpace({ a: int(1, 3), b: bool(), c: choice('x', 'y', 'z') }),
  branches: compileSpace({
    model: choice({ type: 'a', n: int(1, 4), m: int(1, 2) }, { type: 'b', inner: choice('p', { q: bool() }) }, 'none'),
    other: bool(),
  }),
  'two gates for one': compileSpace({
    a: int(1, 5),
    b: choice('x', 'y', 'z'),
    c: when('a', [2, 4, 5], when('b', ['x', 'z'], int(1, 3))),
    d: when('b', 'z', when('a', [1, 2], grid(1, 2))),
    e: when('c', 2, bool()),
  }),
}

for (const [name, space] of Object.entries(spaces)) {
  test(`${name}: numbers and configurations stand for each other, one to one`, () => {
    const lattice = full(space)
    assert.equal(lattice.size, space.size)
    const seen = new Set<string>()
    for (let index = 0; index < lattice.size; index++) {
      const point = lattice.at(index)
      const activated = point.slice()
      space.activate(activated)
      assert.deepEqual(activated, point)
      assert.equal(lattice.find(point), index)
      seen.add(point.join())
    }
    assert.equal(seen.size, space.size)
  })
}

test('random spaces: any number is a point of the space, and of no other number', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = stream(seed, purpose.simulate)
    const space = randomSpace(random)
    const lattice = new Lattice(space.dimensions, (dimension) => {
      const count = Math.min(3, dimension.levels)
      return { count, at: (tick) => (dimension.levels > 3 ? dimension.snap((tick + 0.5) / 3) : dimension.at(tick)) }
    })
    const seen = new Set<string>()
    for (let index = 0; index < lattice.size; index++) {
      const point = lattice.at(index)
      const activated = point.slice()
      space.activate(activated)
      assert.deepEqual(activated, point, `seed ${seed}, number ${index}`)
      seen.add(point.join())
    }
    assert.equal(seen.size, lattice.size, `seed ${seed}`)
  }
})

test('twenty exclusive branches of forty parameters are numbered at once', () => {
  const branches = Array.from({ length: 20 }, (_, i) => ({
    type: i,
    ...Object.fromEntries(Array.from({ length: 40 }, (_each, j) => [`p${j}`, bool()])),
  }))
  const space = compileSpace({ gate: choice(...(branches as [object, object])) })
  assert.equal(full(space).size, 20 * 2 ** 40)
})

test('gates that are declared before all that hang on them are numbered at once', () => {
  const names = Array.from({ length: 25 }, (_, i) => i)
  const gates = Object.fromEntries(names.map((i) => [`g${i}`, bool()]))
  const hanging = Object.fromEntries(names.map((i) => [`x${i}`, when(`g${i}`, true, bool())]))
  assert.equal(full(compileSpace({ ...gates, ...hanging })).size, 3 ** 25)
})
