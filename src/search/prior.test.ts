import assert from 'node:assert/strict'
import { test } from 'node:test'

import { choice, compileSpace, int, loguniform, prefer, uniform, when } from '../space/index.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { random } from './random.ts'
import type { SearcherFactory } from './searcher.ts'
import { sobol } from './sobol.ts'

const min = { metric: 'loss', mode: 'min' } as const

function configurations(
  factory: SearcherFactory,
  space: ReturnType<typeof compileSpace>,
  n: number,
): Record<string, unknown>[] {
  const rehearsal = new Rehearsal(factory, space, 7, min, n)
  return rehearsal.ask(n).map((trial) => space.decode(rehearsal.point(trial)))
}

test('random and Sobol points lie as the priors say: a share of the draws as large as the share of the belief', () => {
  const space = compileSpace({
    x: uniform(0, 1, { prior: { mode: 0.2, deviation: 0.1 } }),
    edge: uniform(0, 1, { prior: { mode: 1, deviation: 0.1 } }),
    lr: loguniform(1e-5, 1e-1, { prior: { mode: 1e-3, deviation: 3 } }),
    n: int(1, 100, { prior: { mode: 50, deviation: 5 } }),
    kind: prefer(choice('a', 'b', 'c'), { prior: [1, 0, 3] }),
    depth: when('kind', 'c', int(0, 9, { prior: { mode: 0, deviation: 2 } })),
    free: uniform(0, 1),
  })
  for (const factory of [random(), sobol()]) {
    const configs = configurations(factory, space, 1_000)
    const share = (holds: (config: Record<string, unknown>) => boolean): number => configs.filter(holds).length / 1_000
    const near = (actual: number, expected: number, what: string): void =>
      assert.ok(Math.abs(actual - expected) < 0.045, `${factory.name}: ${what}: ${actual} for ${expected}`)
    near(
      share(({ x }) => Math.abs((x as number) - 0.2) < 0.1),
      0.68 / 0.977,
      'one deviation',
    )
    near(
      share(({ edge }) => (edge as number) > 0.9),
      0.68,
      'half a bell',
    )
    near(
      share(({ lr }) => (lr as number) > 1e-3 / 3 && (lr as number) < 3e-3),
      0.68,
      'a factor',
    )
    near(
      share(({ n }) => Math.abs((n as number) - 50) <= 5),
      0.73,
      'levels',
    )
    near(
      share(({ kind }) => kind === 'c'),
      0.75,
      'weights',
    )
    assert.equal(
      share(({ kind }) => kind === 'b'),
      0,
    )
    near(share(({ depth }) => depth === 0) / 0.75, 0.33, 'a conditional one')
    near(
      share(({ free }) => (free as number) < 0.5),
      0.5,
      'without a prior',
    )
  }
})

test('Sobol points under a prior fill the belief evenly', () => {
  const space = compileSpace({ x: uniform(0, 1, { prior: { mode: 0.5, deviation: 0.2 } }) })
  const configs = configurations(sobol(), space, 64)
  const below = configs.filter(({ x }) => (x as number) < 0.5).length
  assert.equal(below, 32)
})
