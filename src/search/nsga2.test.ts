import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { hypervolume } from '../math/hypervolume.ts'
import { choice, compileSpace, int, loguniform, uniform, when } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import type { RehearsalOptions } from '../testing/rehearsal.ts'
import { nsga2 } from './nsga2.ts'
import { polynomial, simulatedBinary } from './nsga2-variation.ts'
import { random as randomSearch } from './random.ts'
import type { SearcherFactory } from './searcher.ts'

const objective = { metric: 'a', mode: 'min' } as const
const seeds = [1, 2, 3, 4, 5]

type Losses = readonly number[]

interface Setting extends RehearsalOptions {
  readonly factory?: SearcherFactory
  readonly workers?: number
}

/** The losses of so many trials, `workers` of them at a time; those that are undefined fail. */
function search(
  space: EncodedSpace,
  measure: (config: never) => Losses | undefined,
  trials: number,
  seed: number,
  { factory = nsga2(), workers = 1, ...options }: Setting = {},
): { readonly losses: readonly Losses[]; readonly rehearsal: Rehearsal } {
  const objectives = Array.from({ length: options.objectives?.length ?? 1 }, (_, k) => {
    return { metric: `b${k}`, mode: 'min' } as const
  })
  const rehearsal = new Rehearsal(factory, space, seed, objective, trials, { ...options, objectives })
  const random = stream(seed, purpose.simulate)
  const losses: Losses[] = []
  for (let over = 0; over < trials; over++) {
    while (rehearsal.running.size < workers && rehearsal.ask(1).length > 0);
    const running = [...rehearsal.running.keys()]
    const trial = running[random.below(running.length)]
    if (trial === undefined) break
    const found = measure(space.decode(rehearsal.point(trial)) as never)
    if (found !== undefined) {
      losses.push(found)
      rehearsal.report(trial, found[0]!, found.slice(1))
    }
    rehearsal.end(trial, found === undefined ? 'failed' : 'completed')
  }
  return { losses, rehearsal }
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

/** The median hypervolume over seeds. */
function medianVolume(
  space: EncodedSpace,
  measure: (config: never) => Losses | undefined,
  reference: Losses,
  trials: number,
  setting: Setting = {},
): number {
  return medianOf(seeds.map((seed) => hypervolume(search(space, measure, trials, seed, setting).losses, reference)))
}

const names = 'abcdef'.split('')
const box = compileSpace(Object.fromEntries(names.map((name) => [name, uniform(0, 1)])))
type Six = Readonly<Record<string, number>>

/** Zitzler, Deb and Thiele, Evolutionary Computation 8, 2000: the first objective and the distance to the front. */
function zdt(config: Six): [number, number] {
  const rest = names.slice(1).map((name) => config[name]!)
  return [config['a']!, 1 + (9 * rest.reduce((sum, x) => sum + x, 0)) / rest.length]
}

function zdt1(config: Six): Losses {
  const [x, g] = zdt(config)
  return [x, g * (1 - Math.sqrt(x / g))]
}

function zdt2(config: Six): Losses {
  const [x, g] = zdt(config)
  return [x, g * (1 - (x / g) ** 2)]
}

function zdt3(config: Six): Losses {
  const [x, g] = zdt(config)
  return [x, g * (1 - Math.sqrt(x / g) - (x / g) * Math.sin(10 * Math.PI * x))]
}

test('covers fronts that are convex, concave and in pieces', () => {
  for (const [what, measure, whole] of [
    ['convex', zdt1, 1.1 * 1.1 - 1 / 3],
    ['concave', zdt2, 1.1 * 1.1 - 2 / 3],
    ['in pieces', zdt3, 1.3317],
  ] as const) {
    const volume = medianVolume(box, measure, [1.1, 1.1], 1_000)
    const byChance = medianVolume(box, measure, [1.1, 1.1], 1_000, { factory: randomSearch() })
    assert.ok(volume > 0.97 * whole && byChance < 0.4 * whole, `${what}: ${volume} of ${whole}, by chance ${byChance}`)
  }
})

test('with 16 trials at a time it comes nearly as far', () => {
  const volume = medianVolume(box, zdt1, [1.1, 1.1], 1_000, { workers: 16 })
  assert.ok(volume > 0.96 * (1.1 * 1.1 - 1 / 3), String(volume))
})

test('takes more than three objectives', () => {
  const objectives = Array.from({ length: 4 }, () => objective)
  const measure = (config: Six): Losses =>
    names
      .slice(0, 5)
      .map((name) => names.reduce((sum, other) => sum + (config[other]! - Number(other === name)) ** 2, 0))
  const reference = [1.5, 1.5, 1.5, 1.5, 1.5]
  const volume = medianVolume(box, measure, reference, 300, { objectives })
  const byChance = medianVolume(box, measure, reference, 300, { objectives, factory: randomSearch() })
  assert.ok(volume > 1.5 * byChance, `${volume}, by chance ${byChance}`)
})

test('seeks what meets the constraints on reported metrics', () => {
  const setting = {
    outcomeConstraints: [{ metric: 'off', max: 0 }],
    others: (point: Float64Array) => ({ off: 0.8 - point[0]! - point[1]! + 5 * (point[2]! - 0.5) ** 2 }),
  }
  const metric = (seed: number, factory: SearcherFactory): number => {
    const { rehearsal, losses } = search(box, zdt1, 400, seed, { ...setting, factory })
    const met = losses.filter((_, trial) => rehearsal.columns.violation(trial, 0) <= 0)
    return hypervolume(met, [1.1, 5])
  }
  const volume = medianOf(seeds.map((seed) => metric(seed, nsga2())))
  const byChance = medianOf(seeds.map((seed) => metric(seed, randomSearch())))
  assert.ok(volume > 1.25 * byChance, `${volume}, by chance ${byChance}`)
})

interface Mixed {
  readonly kind: 'small' | 'tree' | 'net'
  readonly rate: number
  readonly depth?: number
  readonly width?: number
}

const conditional = compileSpace({
  kind: choice('small', 'tree', 'net'),
  rate: loguniform(1e-5, 1),
  depth: when('kind', 'tree', int(1, 20)),
  width: when('kind', 'net', loguniform(1, 1_000)),
})

function mixed({ kind, rate, depth = 0, width = 0 }: Mixed): Losses {
  const tuned = 0.1 * (Math.log10(rate) + 2) ** 2
  if (kind === 'small') return [0.75 + tuned, 0.01]
  if (kind === 'tree') return [0.3 + 0.5 / depth + tuned, 0.03 * depth]
  return [0.1 + 0.8 / Math.log10(10 * width) ** 2 + tuned, 0.2 + 0.2 * Math.log10(width)]
}

test('a mixed and conditional space: no branch of the front is given up', () => {
  const volume = medianVolume(conditional, mixed, [1, 1], 300)
  const byChance = medianVolume(conditional, mixed, [1, 1], 300, { factory: randomSearch() })
  const depths = Array.from({ length: 20 }, (_, i) => mixed({ kind: 'tree', rate: 0.01, depth: i + 1 }))
  const widths = Array.from({ length: 1_001 }, (_, i) => mixed({ kind: 'net', rate: 0.01, width: 10 ** (i / 333) }))
  const whole = hypervolume([...depths, ...widths, mixed({ kind: 'small', rate: 0.01 })], [1, 1])
  // What is missing of the whole.
  assert.ok(whole - volume < 0.3 * (whole - byChance), `${volume} of ${whole}, by chance ${byChance}`)
  const { rehearsal, losses } = search(conditional, mixed, 300, 1)
  const kinds = losses.flatMap((each, trial) => {
    const isDominated = losses.some((other) => other[0]! < each[0]! && other[1]! < each[1]!)
    return isDominated ? [] : [conditional.decode(rehearsal.point(trial))['kind']]
  })
  assert.deepEqual(new Set(kinds), new Set(['net', 'small', 'tree']))
})

test('failed trials and those without a finite score have no descendants', () => {
  const measure = (config: Six): Losses | undefined =>
    config['a']! < 0.5 ? undefined : config['b']! > 0.5 ? [config['a']!, NaN] : zdt1(config)
  const { rehearsal } = search(box, measure, 400, 1)
  let bad = 0
  for (const event of rehearsal.events) {
    if (event.type !== 'suggested' || event.why['phase'] !== 'child') continue
    const parents = String(event.why['parents']).split(' and ').map(Number)
    for (const parent of parents) {
      assert.ok(Number.isFinite(rehearsal.columns.loss(parent, 1)) && rehearsal.columns.state(parent) === 'completed')
    }
    if (event.trial >= 300 && !(rehearsal.columns.loss(event.trial, 1) < Infinity)) bad += 1
  }
  assert.ok(bad < 30, `${bad} of the last 100 failed`)
})

test('earlier experiments bring their best first, known results count as trials', () => {
  const points = Array.from({ length: 20 }, (_, i) => new Float64Array(6).fill(i / 20))
  const earlier = [{ name: 'before', points, losses: points.map((point) => -point[0]!) }]
  const rehearsal = new Rehearsal(nsga2(), box, 1, objective, 100, { objectives: [objective], earlier, known: 1 })
  rehearsal.feed({ type: 'suggested', trial: 0, asOf: 0, values: box.values(box.center()), why: { by: 'known' } })
  rehearsal.feed({ type: 'launched', trial: 0, attempt: 1 })
  rehearsal.running.set(0, 0)
  rehearsal.report(0, 1, [1])
  rehearsal.end(0, 'completed')
  rehearsal.ask(2)
  rehearsal.ask(4)
  const firsts = [1, 2, 3, 4, 5, 6].map((trial) => Number(rehearsal.point(trial)[0]!.toFixed(2)))
  assert.deepEqual(firsts.slice(0, 5), [0.95, 0.9, 0.85, 0.8, 0.75])
})

test('children of simulated binary crossover have their parents’ mean, mutants stay where they were on average', () => {
  const random = stream(1, purpose.simulate)
  for (let i = 0; i < 2_000; i++) {
    const [low, high] = [random.float(), random.float()].toSorted((a, b) => a - b) as [number, number]
    for (const isLower of [true, false]) {
      const child = simulatedBinary(low, high, isLower, 15, random.float())
      assert.ok(child >= 0 && child <= 1, String([low, high, child]))
      const mutant = polynomial(low, 20, random.float())
      assert.ok(mutant >= 0 && mutant <= 1, String([low, mutant]))
    }
  }
  // Far from the edges, and at the middle of the distribution, children are their parents.
  assert.ok(Math.abs(simulatedBinary(0.45, 0.55, true, 15, 0.5) - 0.45) < 1e-6)
  assert.ok(Math.abs(simulatedBinary(0.45, 0.55, false, 15, 0.5) - 0.55) < 1e-6)
  assert.equal(polynomial(0.5, 20, 0), 0)
  assert.ok(Math.abs(polynomial(0.3, 20, 0.5 - 1e-12) - 0.3) < 1e-6)
})
