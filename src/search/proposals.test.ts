import assert from 'node:assert/strict'
import { test } from 'node:test'

import { bool, choice, compileSpace, grid, int, loguniform, uniform, when } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { bowl, Rehearsal } from '../testing/rehearsal.ts'
import { gridSearch } from './grid.ts'
import { random } from './random.ts'
import type { SearcherFactory } from './searcher.ts'
import { sobol } from './sobol.ts'
import { tpe } from './tpe.ts'

const objective = { metric: 'loss', mode: 'min' } as const
const makers: Readonly<Record<string, () => SearcherFactory>> = { random, sobol, tpe, grid: gridSearch }

/** The configurations of up to `most` trials, each complete before the next is asked for. */
function configs(
  factory: () => SearcherFactory,
  space: EncodedSpace,
  most: number,
  seed = 1,
): Record<string, unknown>[] {
  const rehearsal = new Rehearsal(factory(), space, seed, objective, most)
  for (let i = 0; i < most; i++) {
    const [trial] = rehearsal.ask(1)
    if (trial === undefined) break
    rehearsal.report(trial, bowl(rehearsal.point(trial)))
    rehearsal.end(trial, 'completed')
  }
  return Array.from({ length: rehearsal.columns.trials }, (_, i) => space.decode(rehearsal.point(i)))
}

function different(list: readonly unknown[]): number {
  return new Set(list.map((each) => JSON.stringify(each))).size
}

for (const [name, factory] of Object.entries(makers)) {
  test(`${name}: candidates with all their digits are proposed once each, then the experiment ends`, () => {
    const candidates = Array.from({ length: 40 }, (_, i) => ({ x: Math.sqrt(i + 0.1) / 7, y: Math.exp(-i / 3) }))
    const space = compileSpace({ x: uniform(0, 1), y: loguniform(1e-7, 1.5) }, { candidates })
    const proposed = configs(factory, space, 60)
    assert.equal(proposed.length, 40)
    assert.equal(different(proposed), 40)
  })

  test(`${name}: candidates are crossed with the grid as long as a cell has any`, () => {
    const candidates = Array.from({ length: 30 }, (_, i) => ({
      g: i % 3 === 0 ? ('a' as const) : ('b' as const),
      n: i,
    }))
    const space = compileSpace({ g: grid('a', 'b'), n: int(0, 40) }, { candidates })
    const proposed = configs(factory, space, 60)
    assert.equal(different(proposed), 30)
    if (name !== 'grid') {
      for (let i = 0; i < 20; i++) assert.equal(proposed[i]!['g'], i % 2 === 0 ? 'a' : 'b', `trial ${i}`)
    }
  })

  test(`${name}: what ran before the searcher was asked is not proposed again`, () => {
    const space = compileSpace({ a: int(1, 3), b: bool() })
    const rehearsal = new Rehearsal(factory(), space, 1, objective)
    rehearsal.feed({ type: 'suggested', trial: 0, asOf: 0, values: [2, true], why: { by: 'initial' } })
    const trials = [0, ...rehearsal.ask(20)]
    assert.equal(trials.length, 6)
    assert.equal(different(trials.map((trial) => space.decode(rehearsal.point(trial)))), 6)
  })

  test(`${name}: constraints that nothing meets are said`, () => {
    const space = compileSpace({ a: int(1, 9), b: bool() }, { constraints: [() => false] })
    assert.throws(() => new Rehearsal(factory(), space, 1, objective).ask(1), { code: 'invalid_space' })
  })
}

for (const [name, factory] of Object.entries({ random, sobol, tpe })) {
  test(`${name}: of an infinite space the discrete part is not asked for twice`, () => {
    const space = compileSpace({ model: choice('none', 'other', { type: 'sgd', lr: uniform(0, 1) }) })
    const proposed = configs(factory, space, 40)
    assert.equal(different(proposed), 40)
  })

  test(`${name}: a finite space too large to be listed is not asked twice either`, () => {
    const space = compileSpace(Object.fromEntries('abcdefgh'.split('').map((key) => [key, int(0, 7)])))
    const proposed = configs(factory, space, 150)
    assert.equal(different(proposed), 150)
  })

  test(`${name}: a constraint that leaves little is still kept`, () => {
    const space = compileSpace(
      { x: uniform(0, 1), y: uniform(0, 1) },
      { constraints: [({ x, y }: { x: number; y: number }) => Math.abs(x - y) < 0.02] },
    )
    for (const { x, y } of configs(factory, space, 60)) assert.ok(Math.abs((x as number) - (y as number)) < 0.02)
  })
}

test('random search draws each candidate as often as any other', () => {
  const candidates = [{ x: 1 }, ...Array.from({ length: 19 }, (_, i) => ({ x: 0.001 * i }))]
  const space = compileSpace({ x: uniform(0, 1) }, { candidates })
  const firsts = Array.from({ length: 2_000 }, (_, seed) => configs(random, space, 1, seed)[0]!['x'] as number)
  const isolated = firsts.filter((x) => x === 1).length
  // Binomial with a mean of 100 and a deviation of 10.
  assert.ok(isolated > 60 && isolated < 140, `${isolated} of 2000`)
})

test('all cells of a grid get equally many trials while each has enough, and then the others go on', () => {
  const space = compileSpace({
    g: grid('few', 'many'),
    a: when('g', 'few', int(1, 3)),
    b: when('g', 'many', int(1, 9)),
  })
  const cells = configs(random, space, 40).map(({ g }) => g)
  assert.deepEqual(cells.slice(0, 6), ['few', 'many', 'few', 'many', 'few', 'many'])
  assert.equal(cells.filter((cell) => cell === 'few').length, 3)
  assert.equal(cells.length, 12)
})
