import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { choice, compileSpace, int, logint, ordinal, prefer, uniform } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { Columns } from './parzen-columns.ts'
import { Parzen } from './parzen.ts'

const mixed = compileSpace({
  x: uniform(0, 1),
  n: int(1, 6),
  k: logint(1, 1000),
  c: prefer(choice('a', 'b', 'c'), { prior: [1, 2, 5] }),
  y: uniform(0, 1, { prior: { mode: 0.9, deviation: 0.1 } }),
  o: ordinal(1, 10, 100),
})

function draw(space: EncodedSpace, random: Random): Float64Array {
  const point = Float64Array.from(space.dimensions, () => random.float())
  space.activate(point)
  return point
}

function densityAt(columns: Columns, kernels: Parzen, point: Float64Array): number {
  kernels.prepare()
  columns.read(point)
  return kernels.logDensity()
}

for (const [name, space] of Object.entries({
  continuous: compileSpace({ x: uniform(0, 1) }),
  'few levels': compileSpace({ x: int(1, 7) }),
  'cells of very different widths': compileSpace({ x: logint(1, 2000) }),
  unordered: compileSpace({ x: choice('a', 'b', 'c', 'd') }),
})) {
  test(`a density is one: ${name}`, () => {
    const random = stream(3, purpose.simulate)
    const columns = new Columns(space.dimensions, [])
    const kernels = new Parzen(columns)
    const dimension = space.dimensions[0]!
    for (let trials = 0; trials < 40; trials++) {
      let total = 0
      if (dimension.kind === 'continuous') {
        for (let i = 0; i < 4000; i++)
          total += Math.exp(densityAt(columns, kernels, Float64Array.of((i + 0.5) / 4000))) / 4000
      } else {
        for (let level = 0; level < dimension.levels; level++) {
          const u = dimension.at(level)
          const width = dimension.kind === 'unordered' ? 1 : dimension.upper(u) - dimension.lower(u)
          total += width * Math.exp(densityAt(columns, kernels, Float64Array.of(u)))
        }
      }
      // Over narrow cells the density is taken as even.
      assert.ok(Math.abs(total - 1) < 5e-3, `${trials} trials: ${total}`)
      kernels.insert(trials, draw(space, random))
    }
  })
}

test('what came and went leaves no trace', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = stream(seed, purpose.simulate)
    const columns = new Columns(mixed.dimensions, [])
    const [kept, changed] = [new Parzen(columns), new Parzen(columns)]
    const points = Array.from({ length: 60 }, () => draw(mixed, random))
    for (const [id, point] of points.entries()) {
      if (random.below(2) === 0) kept.insert(id, point)
      changed.insert(id, point)
      if (id > 5 && random.below(3) === 0) {
        const gone = random.below(id)
        if (changed.has(gone) && !kept.has(gone)) changed.remove(gone)
      }
    }
    for (let id = 0; id < points.length; id++) if (changed.has(id) && !kept.has(id)) changed.remove(id)
    assert.equal(changed.count, kept.count)
    for (let i = 0; i < 20; i++) {
      const point = draw(mixed, random)
      const difference = densityAt(columns, kept, point) - densityAt(columns, changed, point)
      assert.ok(Math.abs(difference) < 1e-6, `seed ${seed}: ${difference}`)
    }
  }
})

test('taking the newest back restores every bit', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = stream(seed, purpose.simulate)
    const columns = new Columns(mixed.dimensions, [])
    const kernels = new Parzen(columns)
    const before = random.below(40)
    for (let id = 0; id < before; id++) kernels.insert(id, draw(mixed, random))
    const points = Array.from({ length: 10 }, () => draw(mixed, random))
    const densities = (): number[] => points.map((point) => densityAt(columns, kernels, point))
    const expected = densities()
    for (let id = 0; id < 5; id++) kernels.insert(1000 + id, draw(mixed, random))
    densities()
    for (let id = 4; id >= 0; id--) kernels.remove(1000 + id)
    assert.deepEqual(densities(), expected, `seed ${seed}`)
  }
})

test('counting stops where enough is reached, and only there', () => {
  const random = stream(5, purpose.simulate)
  const columns = new Columns(mixed.dimensions, [])
  const kernels = new Parzen(columns)
  for (let id = 0; id < 100; id++) kernels.insert(id, draw(mixed, random))
  for (let i = 0; i < 50; i++) {
    const exact = densityAt(columns, kernels, draw(mixed, random))
    assert.equal(kernels.logDensity(exact - 1e-6), Infinity)
    assert.equal(kernels.logDensity(exact + 1e-6), exact)
  }
})

test('draws follow the density', () => {
  const space = compileSpace({ x: uniform(0, 1), c: choice('a', 'b', 'c') })
  const columns = new Columns(space.dimensions, [])
  const kernels = new Parzen(columns)
  for (let id = 0; id < 30; id++) {
    const point = Float64Array.of(0.2 + 0.001 * id, id % 10 === 0 ? 0.5 : 0.1)
    space.activate(point)
    kernels.insert(id, point)
  }
  kernels.prepare()
  const random = stream(1, purpose.suggest)
  const point = new Float64Array(2)
  let near = 0
  let ofA = 0
  for (let i = 0; i < 3_000; i++) {
    kernels.sample(1 + random.below(30), point, random)
    if (Math.abs(point[0]! - 0.215) < 0.1) near += 1
    if (point[1]! < 0.3) ofA += 1
  }
  assert.ok(near > 2_850, `${near} of 3000 near the trials`)
  // 27 of 30 trials are at a; a 31st of the rest is spread over all three.
  assert.ok(ofA > 2_300 && ofA < 2_700, `${ofA} of 3000 at a`)
})

test('densities have golden values: bandwidths by the farther neighbour, their floor, the prior kernel', () => {
  // By the formulas with 30 digits (mpmath 1.3). Two trials: bandwidths 0.3 and 0.4. Five: the inner ones stand at the floor.
  const golden: readonly (readonly [readonly number[], readonly (readonly [number, number])[]])[] = [
    [
      [0.2, 0.6],
      [
        [0, 0.9230997070622247],
        [0.25, 1.217128058671882],
        [0.6, 1.019814341968564],
        [1, 0.5838356900715154],
      ],
    ],
    [
      [0.4, 0.401, 0.402, 0.403, 0.404],
      [
        [0.1, 0.3268891869224879],
        [0.4, 7.711234593550065],
        [0.45, 2.853611263311931],
        [0.9, 0.2585463973918038],
      ],
    ],
  ]
  const space = compileSpace({ x: uniform(0, 1) })
  for (const [centers, densities] of golden) {
    const columns = new Columns(space.dimensions, [])
    const kernels = new Parzen(columns)
    centers.forEach((center, id) => kernels.insert(id, Float64Array.of(center)))
    for (const [x, expected] of densities) {
      const density = Math.exp(densityAt(columns, kernels, Float64Array.of(x)))
      assert.ok(
        Math.abs(density - expected) < 1e-8 * expected,
        `${centers.join()} at ${x}: ${density}, not ${expected}`,
      )
    }
  }
})

test('levels have the mass of their cells, options a smoothed share', () => {
  const check = (
    parameter: unknown,
    levels: readonly number[],
    expected: readonly number[],
    tolerance: number,
  ): void => {
    const space = compileSpace({ x: parameter })
    const columns = new Columns(space.dimensions, [])
    const kernels = new Parzen(columns)
    const at = (level: number): Float64Array => Float64Array.of(space.dimensions[0]!.at(level))
    levels.forEach((level, id) => kernels.insert(id, at(level)))
    for (const [level, value] of expected.entries()) {
      const density = Math.exp(densityAt(columns, kernels, at(level)))
      assert.ok(Math.abs(density - value) < tolerance, `level ${level}: ${density}, not ${value}`)
    }
  }
  // Cells of half a bandwidth and less have the density of their middle.
  check(int(0, 3), [1], [1.015706674101362, 1.173634370636785, 1.046784254804342, 0.7638747004575105], 2e-3)
  check(choice('a', 'b', 'c', 'd'), [0, 0, 2], [0.40625, 0.15625, 0.28125, 0.15625], 1e-12)
})
