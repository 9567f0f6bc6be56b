import assert from 'node:assert/strict'
import { test } from 'node:test'

import { choice, compileSpace, grid, int, loguniform, logint, ordinal, uniform, when } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { gridSearch } from './grid.ts'

const objective = { metric: 'loss', mode: 'min' } as const

function all(space: EncodedSpace, seed: number, batch: number, resolution?: number): string[] {
  const rehearsal = new Rehearsal(gridSearch(resolution === undefined ? {} : { resolution }), space, seed, objective)
  const configs: string[] = []
  for (;;) {
    const trials = rehearsal.ask(batch)
    if (trials.length === 0) return configs
    for (const trial of trials) configs.push(JSON.stringify(space.decode(rehearsal.point(trial))))
  }
}

test('every combination once, of a conditional space only those that exist', () => {
  const space = compileSpace({
    kind: choice('a', 'b'),
    n: when('kind', 'a', int(1, 3)),
    g: grid(true, false),
  })
  const configs = all(space, 1, 3)
  assert.equal(configs.length, (3 + 1) * 2)
  assert.equal(new Set(configs).size, configs.length)
})

test('continuous parameters stand at the middles of equal cells, the logarithmic ones of their logarithms', () => {
  const space = compileSpace({ x: uniform(0, 1), lr: loguniform(1e-4, 1) })
  const configs = all(space, 1, 7, 2).map((text) => JSON.parse(text) as { x: number; lr: number })
  assert.deepEqual(
    configs.map(({ x }) => x).toSorted((a, b) => a - b),
    [0.25, 0.25, 0.75, 0.75],
  )
  assert.deepEqual([...new Set(configs.map(({ lr }) => lr.toPrecision(6)))].toSorted(), ['0.00100000', '0.100000'])
})

test('the order is the seed’s, the set is not, whatever the batches', () => {
  const space = compileSpace({ a: int(0, 9), b: ordinal(1, 2, 4, 8, 16, 32, 64) })
  const one = all(space, 1, 1)
  assert.deepEqual(all(space, 1, 9), one)
  assert.notDeepEqual(all(space, 2, 9), one)
  assert.deepEqual(all(space, 2, 9).toSorted(), one.toSorted())
  assert.equal(one.length, 70)
})

test('a first part of the grid is a fair sample of it', () => {
  const space = compileSpace({ a: int(0, 9), b: int(0, 9) })
  const sums = Array.from({ length: 60 }, (_, seed) => {
    const first = all(space, seed, 10).slice(0, 20)
    return first.reduce((sum, text) => sum + (JSON.parse(text) as { a: number }).a, 0) / first.length
  })
  const mean = sums.reduce((sum, value) => sum + value, 0) / sums.length
  assert.ok(Math.abs(mean - 4.5) < 0.4, String(mean))
})

test('only the branches that exist are numbered, however many others there are', () => {
  const branch = (type: string): object => ({
    type,
    ...Object.fromEntries('abcde'.split('').map((name) => [name, uniform(0, 1)])),
  })
  const space = compileSpace({ model: choice(...('pqrs'.split('').map(branch) as [object, object])) })
  const configs = all(space, 1, 50, 2)
  assert.equal(configs.length, 4 * 2 ** 5)
  assert.equal(new Set(configs).size, configs.length)
  assert.equal(new Rehearsal(gridSearch(), space, 1, objective).ask(100).length, 100)
})

test('a logarithmic integer stands at different levels only', () => {
  const configs = all(compileSpace({ n: logint(1, 1_000) }), 1, 10, 30)
  assert.ok(configs.length > 15 && configs.length <= 30, String(configs.length))
  assert.equal(new Set(configs).size, configs.length)
})

test('all bits of the seed count', () => {
  const space = compileSpace({ n: int(1, 30) })
  assert.notDeepEqual(all(space, 5 + 2 ** 32, 1), all(space, 5, 1))
})

test('a grid beyond counting is refused before the first trial', () => {
  const space = compileSpace(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`x${i}`, uniform(0, 1)])))
  assert.throws(() => new Rehearsal(gridSearch(), space, 1, objective), { code: 'unsupported' })
})
