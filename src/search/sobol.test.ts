import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { choice, compileSpace, grid, int, logint, uniform, when } from '../space/index.ts'
import { randomSpace } from '../testing/random-space.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { random } from './random.ts'
import { sobol, SobolSequence } from './sobol.ts'

const objective = { metric: 'loss', mode: 'min' } as const

test('each level of a discrete parameter is drawn equally often, the ends too', () => {
  const space = compileSpace({ n: int(1, 8), kind: choice('a', 'b', 'c', 'd'), x: uniform(0, 1) })
  const rehearsal = new Rehearsal(sobol(), space, 1, objective)
  const counts = new Map<string, number>()
  for (const trial of rehearsal.ask(64)) {
    const { n, kind } = space.decode(rehearsal.point(trial))
    for (const level of [`n ${String(n)}`, `kind ${String(kind)}`]) counts.set(level, (counts.get(level) ?? 0) + 1)
  }
  for (let n = 1; n <= 8; n++) assert.equal(counts.get(`n ${n}`), 8)
  for (const kind of 'abcd') assert.equal(counts.get(`kind ${kind}`), 16)
})

test('each integer of a logarithmic range has the share of half a step to both sides, the ends too', () => {
  const space = compileSpace({ n: logint(1, 50) })
  const counts = new Int32Array(51)
  const rehearsal = new Rehearsal(random(), compileSpace({ n: logint(1, 50), x: uniform(0, 1) }), 1, objective, 20_000)
  for (const { point } of rehearsal.searcher.suggest(20_000)) counts[1 + space.dimensions[0]!.level(point[0]!)]! += 1
  for (let n = 1; n <= 50; n++) {
    const share = Math.log((n + 0.5) / (n - 0.5)) / Math.log(50.5 / 0.5)
    const deviation = Math.sqrt(20_000 * share)
    assert.ok(Math.abs(counts[n]! - 20_000 * share) < 5 * deviation, `${n}: ${counts[n]} of ${20_000 * share}`)
  }
})

test('exclusive branches share coordinates; all cells of a grid see the same points', () => {
  const space = compileSpace({
    kind: choice('a', 'b'),
    x: when('kind', 'a', uniform(0, 1)),
    y: when('kind', 'b', uniform(0, 1)),
    g: grid('p', 'q'),
    z: uniform(0, 1),
  })
  const index = (name: string): number => space.dimensions.findIndex((dimension) => dimension.name === name)
  const sequence = new SobolSequence(space, 7)
  const [first, second] = [0, 1].map((trial) => {
    const point = new Float64Array(space.dimensions.length)
    sequence.write(trial, point, 0)
    return point
  })
  assert.equal(first![index('x')], first![index('y')])
  assert.notEqual(first![index('x')], first![index('z')])
  assert.deepEqual(first, second)
})

test('dimensions that can be active together have different coordinates, however they depend on others', () => {
  const made = Array.from({ length: 60 }, (_, i) => randomSpace(stream(i + 1, purpose.simulate)))
  const entangled = compileSpace({
    g: choice('a', 'b'),
    h: choice('p', 'q'),
    x1: when('g', 'a', uniform(0, 1)),
    y: when('h', 'p', uniform(0, 1)),
    x2: when('g', 'a', uniform(0, 1)),
    z: when('g', 'b', uniform(0, 1)),
  })
  for (const [seed, space] of [entangled, ...made].entries()) {
    const sequence = new SobolSequence(space, 7)
    for (let trial = 0; trial < 40; trial++) {
      const point = new Float64Array(space.dimensions.length)
      sequence.write(trial, point, 0)
      const activated = point.slice()
      space.activate(activated)
      const active = [...point].filter((_, i) => !Number.isNaN(activated[i]!))
      assert.equal(new Set(active).size, active.length, `seed ${seed}, trial ${trial}`)
    }
  }
})

test('all bits of the seed count', () => {
  const space = compileSpace({ x: uniform(0, 1) })
  const first = (seed: number): number =>
    new Rehearsal(sobol(), space, seed, objective).searcher.suggest(1)[0]!.point[0]!
  assert.notEqual(first(5), first(5 + 2 ** 32))
})
