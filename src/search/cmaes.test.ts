import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { bool, choice, compileSpace, int, loguniform, uniform, when } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import type { RehearsalOptions } from '../testing/rehearsal.ts'
import { cmaes, cmaesAfter } from './cmaes.ts'
import type { SearcherFactory } from './searcher.ts'

const objective = { metric: 'loss', mode: 'min' } as const
const seeds = [1, 2, 3, 4, 5]

interface Minimised {
  readonly best: number
  readonly rehearsal: Rehearsal
}

/** So many trials, `workers` of them at a time. */
function minimise(
  space: EncodedSpace,
  loss: (config: never) => number,
  trials: number,
  seed: number,
  {
    factory = cmaes(),
    workers = 1,
    ...options
  }: RehearsalOptions & { factory?: SearcherFactory; workers?: number } = {},
): Minimised {
  const rehearsal = new Rehearsal(factory, space, seed, objective, trials, options)
  const random = stream(seed, purpose.simulate)
  let best = Infinity
  for (let over = 0; over < trials; over++) {
    while (rehearsal.running.size < workers && rehearsal.ask(1).length > 0);
    const running = [...rehearsal.running.keys()]
    const trial = running[random.below(running.length)]
    if (trial === undefined) break
    const value = loss(space.decode(rehearsal.point(trial)) as never)
    if (value < best) best = value
    rehearsal.report(trial, value)
    rehearsal.end(trial, Number.isNaN(value) ? 'failed' : 'completed')
  }
  return { best, rehearsal }
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

function medianBest(
  ...[space, loss, trials, options]: [EncodedSpace, (config: never) => number, number, object?]
): number {
  return medianOf(seeds.map((seed) => minimise(space, loss, trials, seed, options).best))
}

const names = 'abcdef'.split('')
const box = compileSpace(Object.fromEntries(names.map((name) => [name, uniform(-5, 5)])))
const sphere = (config: Record<string, number>): number =>
  names.reduce((sum, name, i) => sum + (config[name]! - i / 2) ** 2, 0)

/** Axes that differ a thousandfold, turned against the parameters. */
function ellipsoid(config: Record<string, number>): number {
  const x = names.map((name, i) => config[name]! - 1 + i / 4)
  const mean = x.reduce((sum, each) => sum + each, 0) / x.length
  return x.reduce((sum, each, i) => sum + 1_000 ** (i / 5) * (each - 2 * mean) ** 2, 0)
}

function rosenbrock(config: Record<string, number>): number {
  let sum = 0
  for (let i = 0; i < 5; i++) {
    const x = config[names[i]!]!
    sum += 100 * (config[names[i + 1]!]! - x * x) ** 2 + (1 - x) ** 2
  }
  return sum
}

test('converges on a sphere, a turned ellipsoid and a bent valley', () => {
  assert.ok(medianBest(box, sphere, 1_000) < 1e-8)
  assert.ok(medianBest(box, ellipsoid, 2_000) < 1e-6)
  assert.ok(medianBest(box, rosenbrock, 4_000) < 1e-5)
})

test('finds an optimum at the edges', () => {
  assert.ok(
    medianBest(box, (config: Record<string, number>) => names.reduce((sum, name) => sum + config[name]!, 30), 1_000) <
      1e-2,
  )
})

test('correlations beyond 100 dimensions are not learned, scales are', () => {
  const many = Array.from({ length: 120 }, (_, i) => `x${i}`)
  const space = compileSpace(Object.fromEntries(many.map((name) => [name, uniform(-1, 1)])))
  const loss = (config: Record<string, number>): number =>
    many.reduce((sum, name) => sum + (config[name]! - 0.3) ** 2, 0)
  assert.ok(minimise(space, loss, 5_000, 1).best < 0.1)
})

test('integers do not get stuck beside numbers that converge', () => {
  const space = compileSpace({ x: uniform(-5, 5), y: uniform(-5, 5), n: int(0, 20), m: int(0, 1_000), on: int(0, 1) })
  type Config = Record<'x' | 'y' | 'n' | 'm' | 'on', number>
  const loss = ({ x, y, n, m, on }: Config): number =>
    (x - 1) ** 2 + (y + 2) ** 2 + (n - 17) ** 2 / 4 + ((m - 800) / 50) ** 2 + 3 * (1 - on)
  assert.ok(medianBest(space, loss, 1_000) < 0.01)
})

test('finds the best of unordered options, together with numbers', () => {
  const space = compileSpace({ x: uniform(0, 1), a: choice('p', 'q', 'r', 's'), b: choice('u', 'v', 'w'), c: bool() })
  const loss = ({ x, a, b, c }: { x: number; a: string; b: string; c: boolean }): number =>
    (x - 0.2) ** 2 + (a === 's' ? 0 : 1) + (b === 'v' ? 0 : 1) + (c ? 0 : 0.5)
  assert.ok(medianBest(space, loss, 250) < 1e-4)
})

test('inactive parameters are ignored', () => {
  const space = compileSpace({
    kind: choice('far', 'near'),
    x: when('kind', 'near', uniform(-1, 1)),
    lr: when('kind', 'near', loguniform(1e-5, 1)),
    z: uniform(0, 1),
  })
  const loss = ({ kind, x = 0, lr = 1, z }: { kind: string; x?: number; lr?: number; z: number }): number =>
    (kind === 'near' ? (x - 0.6) ** 2 + (Math.log10(lr) + 3) ** 2 : 5) + (z - 0.4) ** 2
  assert.ok(medianBest(space, loss, 400) < 1e-3)
})

test('restarts where it has converged, until it finds the better of two basins', () => {
  const space = compileSpace({ x: uniform(-5, 5), y: uniform(-5, 5) })
  const loss = ({ x, y }: { x: number; y: number }): number =>
    Math.min(1 + x * x + y * y, 3 * ((x - 4) ** 2 + (y + 4) ** 2))
  const bests = (trials: number): number[] => seeds.map((seed) => minimise(space, loss, trials, seed).best)
  assert.ok(bests(150).some((best) => best >= 1))
  assert.ok(bests(3_000).every((best) => best < 1e-6))
})

test('results that come late and out of order are learned from', () => {
  assert.ok(medianBest(box, sphere, 1_500, { workers: 8 }) < 1e-6)
  assert.ok(medianBest(box, sphere, 3_000, { workers: 40 }) < 1e-4)
})

test('failures are avoided', () => {
  const loss = (config: Record<string, number>): number => (config['a']! > 0.5 ? NaN : sphere(config))
  const { best, rehearsal } = minimise(box, loss, 1_000, 1)
  assert.ok(best < 1e-6)
  const failed = Array.from({ length: 1_000 }, (_, trial) => trial).filter(
    (trial) => rehearsal.columns.state(trial) === 'failed',
  )
  assert.ok(failed.length < 200, `${failed.length} failed`)
})

test('meets a constraint on a reported metric', () => {
  const space = compileSpace({ x: uniform(0, 10), y: uniform(0, 10) })
  const { rehearsal } = minimise(space, ({ x, y }: { x: number; y: number }) => x + y, 300, 2, {
    outcomeConstraints: [{ metric: 'area', min: 0.25 }],
    others: (point) => ({ area: point[0]! * point[1]! }),
  })
  const feasible = Array.from({ length: 300 }, (_, trial) => trial).filter(
    (each) => rehearsal.columns.violation(each, 0) <= 0,
  )
  assert.ok(Math.abs(Math.min(...feasible.map((trial) => rehearsal.columns.loss(trial))) - 10) < 0.1)
})

test('earlier experiments give it a start', () => {
  const points = Array.from({ length: 100 }, (_, i) => {
    const random = stream(i, purpose.simulate)
    return new Float64Array(6).map(() => random.float())
  })
  // Far from the middle, where a search without them begins.
  const loss = (config: Record<string, number>): number =>
    names.reduce((sum, name) => sum + (config[name]! - 3) ** 2, 0)
  const losses = points.map((point) => loss(box.decode(point) as never))
  const earlier = [{ name: 'before', points, losses }]
  assert.ok(medianBest(box, loss, 20, { earlier }) < 0.7 * medianBest(box, loss, 20))
})

test('goes on from the best trials of the same experiment', () => {
  const first = minimise(box, sphere, 60, 1, { factory: cmaesAfter(60) })
  const points = Array.from({ length: 60 }, (_, trial) => first.rehearsal.point(trial))
  const { searcher } = first.rehearsal
  const near = searcher.suggest(20).map(({ point }) => sphere(box.decode(point) as never))
  const before = points.map((point) => sphere(box.decode(point) as never))
  assert.ok(medianOf(near) < medianOf(before) / 2, `${medianOf(near)} after ${medianOf(before)}`)
})

test('priors: it begins where the user believes', () => {
  const space = compileSpace({
    x: uniform(0, 1, { prior: { mode: 0.9, deviation: 0.1 } }),
    kind: choice('a', 'b', 'c'),
  })
  const [first] = new Rehearsal(cmaes(), space, 1, objective).searcher.suggest(1)
  assert.ok(Math.abs(first!.point[0]! - 0.9) < 1e-9)
})

test('options that make no sense are refused', () => {
  assert.throws(() => cmaes({ populationSize: 2 }), /populationSize/)
  assert.throws(() => cmaes({ sigma: 2 }), /sigma/)
  assert.throws(() => cmaes({ population: 9 } as never), /no option/)
})
