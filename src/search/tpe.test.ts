import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { choice, compileSpace, int, loguniform, uniform, when } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { hypervolume } from '../math/hypervolume.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import type { RehearsalOptions } from '../testing/rehearsal.ts'
import { random } from './random.ts'
import type { EarlierExperiment, SearcherFactory } from './searcher.ts'
import { tpe } from './tpe.ts'

const objective = { metric: 'loss', mode: 'min' } as const
const seeds = Array.from({ length: 11 }, (_, i) => i + 1)

/** The median over seeds of the best loss of 80 trials, one after the other. */
function medianBest(
  factory: () => SearcherFactory,
  space: EncodedSpace,
  loss: (config: never) => number,
  options: { readonly trials?: number } = {},
): number {
  const bests = seeds.map((seed) => {
    const rehearsal = new Rehearsal(factory(), space, seed, objective)
    let best = Infinity
    for (let i = 0; i < (options.trials ?? 80); i++) {
      const [trial] = rehearsal.ask(1)
      const value = loss(space.decode(rehearsal.point(trial!)) as never)
      best = Math.min(best, value)
      rehearsal.report(trial!, value)
      rehearsal.end(trial!, 'completed')
    }
    return best
  })
  return bests.toSorted((a, b) => a - b)[5]!
}

const sphere = compileSpace(Object.fromEntries('abcde'.split('').map((name) => [name, uniform(-5, 5)])))
function sphereLoss(config: Record<string, number>): number {
  return Object.values(config).reduce((sum, x, i) => sum + (x - i + 2) ** 2, 0)
}

test('five times nearer to the optimum of a sphere than random search', () => {
  const ours = medianBest(tpe, sphere, sphereLoss)
  const theirs = medianBest(random, sphere, sphereLoss)
  assert.ok(ours < theirs / 5, `tpe ${ours}, random ${theirs}`)
})

const mixed = compileSpace({
  model: choice('linear', 'tree', 'net'),
  depth: when('model', 'tree', int(1, 12)),
  lr: when('model', 'net', loguniform(1e-5, 1)),
  width: when('model', 'net', int(8, 256)),
  scale: uniform(0, 2),
})
function mixedLoss(config: { model: string; depth?: number; lr?: number; width?: number; scale: number }): number {
  const base = (config.scale - 1.3) ** 2
  if (config.model === 'linear') return base + 0.6
  if (config.model === 'tree') return base + 0.3 + 0.02 * Math.abs(config.depth! - 7)
  return base + 0.1 * Math.abs(Math.log10(config.lr!) + 3) + Math.abs(config.width! - 100) / 400
}

test('clearly better than random search on a conditional space of mixed parameters', () => {
  const ours = medianBest(tpe, mixed, mixedLoss)
  const theirs = medianBest(random, mixed, mixedLoss)
  assert.ok(ours < 0.5 * theirs, `tpe ${ours}, random ${theirs}`)
})

test('more draws are not better: the default keeps to 24', () => {
  const run = (factory: SearcherFactory): unknown => {
    const rehearsal = new Rehearsal(factory, mixed, 1, objective)
    for (let i = 0; i < 30; i++) {
      const [trial] = rehearsal.ask(1)
      rehearsal.report(trial!, mixedLoss(mixed.decode(rehearsal.point(trial!)) as never))
      rehearsal.end(trial!, 'completed')
    }
    return rehearsal.events
  }
  assert.deepEqual(run(tpe()), run(tpe({ candidates: 24 })))
  assert.notDeepEqual(run(tpe()), run(tpe({ candidates: 25 })))
  const few = medianBest(tpe, sphere, sphereLoss)
  const many = medianBest(() => tpe({ candidates: 1000 }), sphere, sphereLoss)
  assert.ok(few < 2 * many, `24 draws ${few}, 1000 draws ${many}`)
})

test('begins in the middle, then spreads, then asks its model', () => {
  const rehearsal = new Rehearsal(tpe(), sphere, 1, objective, 80)
  const phases: unknown[] = []
  for (let i = 0; i < 12; i++) {
    const [trial] = rehearsal.ask(1)
    const event = rehearsal.events.findLast((each) => each.type === 'suggested')
    phases.push(event?.type === 'suggested' && event.why['phase'])
    if (i === 0) assert.deepEqual([...rehearsal.point(trial!)], [0.5, 0.5, 0.5, 0.5, 0.5])
    rehearsal.report(trial!, i)
    rehearsal.end(trial!, 'completed')
  }
  assert.deepEqual(phases, [...Array<string>(10).fill('startup'), 'model', 'model'])
})

test('the model is asked after an eighth of the trials, at least 5 and at most 10', () => {
  for (const [trials, startup] of [
    [10, 5],
    [40, 5],
    [41, 6],
    [64, 8],
    [80, 10],
    [10_000, 10],
  ] as const) {
    const rehearsal = new Rehearsal(tpe(), sphere, 1, objective, trials)
    for (let i = 0; i <= startup; i++) {
      const { phase } = rehearsal.searcher.suggest(1)[0]!.why
      assert.equal(phase, i < startup ? 'startup' : 'model', `${trials} trials, of which ${i} are over`)
      const [trial] = rehearsal.ask(1)
      rehearsal.report(trial!, i)
      rehearsal.end(trial!, 'completed')
    }
  }
})

test('learns from trials that were stopped early as well', () => {
  const rehearsal = new Rehearsal(tpe(), compileSpace({ x: uniform(0, 1) }), 3, objective)
  // Each trial that looks bad at its first step stops there; the others go on to the ninth and improve.
  for (let i = 0; i < 60; i++) {
    const [trial] = rehearsal.ask(1)
    const distance = Math.abs(rehearsal.point(trial!)[0]! - 0.8)
    const steps = distance < 0.2 ? 9 : 1
    for (let step = 1; step <= steps; step++) rehearsal.report(trial!, distance + 1 / step)
    rehearsal.end(trial!, steps === 9 ? 'completed' : 'stopped')
  }
  const late = Array.from({ length: 20 }, (_, i) => rehearsal.point(40 + i)[0]!)
  const near = late.filter((u) => Math.abs(u - 0.8) < 0.1).length
  assert.ok(near >= 14, `${near} of the last 20 suggestions are near the optimum`)
})

test('a trial that ends by itself after few steps is not taken for a bad one', () => {
  const space = compileSpace({ x: uniform(0, 1) })
  const rehearsal = new Rehearsal(tpe(), space, 3, objective, 70)
  // The better a trial is the sooner it has converged.
  for (let i = 0; i < 70; i++) {
    const [trial] = rehearsal.ask(1)
    const distance = Math.abs(rehearsal.point(trial!)[0]! - 0.8)
    const steps = 2 + Math.ceil(20 * distance)
    for (let step = 1; step <= steps; step++) rehearsal.report(trial!, distance + (steps - step) / 10)
    rehearsal.end(trial!, 'completed')
  }
  const late = Array.from({ length: 20 }, (_, i) => rehearsal.point(50 + i)[0]!)
  const near = late.filter((u) => Math.abs(u - 0.8) < 0.1).length
  assert.ok(near >= 14, `${near} of the last 20 suggestions are near the optimum`)
})

test('a suggestion after thousands of trials looks at a bounded sample, and still finds the optimum', () => {
  const space = compileSpace({ x: uniform(0, 1), y: uniform(0, 1), c: choice('a', 'b', 'c') })
  const rehearsal = new Rehearsal(tpe(), space, 4, objective, 4_000)
  const source = stream(1, purpose.simulate)
  for (let trial = 0; trial < 3_000; trial++) {
    const values = [source.float(), source.float(), 'abc'[source.below(3)]!]
    rehearsal.feed({ type: 'suggested', trial, asOf: 0, values, why: { by: 'initial' } })
    rehearsal.feed({ type: 'launched', trial, attempt: 1 })
    rehearsal.running.set(trial, 0)
    const [x, y, c] = values as [number, number, string]
    rehearsal.report(trial, (x - 0.3) ** 2 + (y - 0.6) ** 2 + (c === 'b' ? 0 : 0.1))
    rehearsal.end(trial, 'completed')
  }
  for (const { point, why } of rehearsal.searcher.suggest(10)) {
    assert.equal(why['above'], 2_975)
    const { x, y, c } = space.decode(point) as { x: number; y: number; c: string }
    assert.ok(Math.hypot(x - 0.3, y - 0.6) < 0.25 && c === 'b', JSON.stringify({ x, y, c }))
  }
})

test('keeps away from a region whose trials fail', () => {
  const rehearsal = new Rehearsal(tpe(), compileSpace({ x: uniform(0, 1), y: uniform(0, 1) }), 5, objective)
  let failures = 0
  for (let i = 0; i < 60; i++) {
    const [trial] = rehearsal.ask(1)
    const [x, y] = rehearsal.point(trial!) as unknown as [number, number]
    if (x > 0.5) {
      if (i >= 30) failures += 1
      rehearsal.end(trial!, 'failed')
      continue
    }
    rehearsal.report(trial!, (x - 0.45) ** 2 + (y - 0.5) ** 2)
    rehearsal.end(trial!, 'completed')
  }
  assert.ok(failures < 12, `${failures} of the last 30 trials fail, though the optimum is near their region`)
})

test('wrong options are refused', () => {
  assert.throws(() => tpe({ candidates: 0 }), { code: 'invalid_option' })
  assert.throws(() => tpe({ candidate: 3 } as never), { code: 'unknown_option' })
})

/** Runs trials one after the other; answers each with its losses and its point. */
function runOf(
  factory: SearcherFactory,
  space: EncodedSpace,
  lossesOf: (config: never) => readonly number[],
  seed: number,
  trials: number,
  options: RehearsalOptions = {},
): { readonly losses: readonly number[]; readonly config: Record<string, number> }[] {
  const objectives = lossesOf(space.decode(space.center()) as never)
    .slice(1)
    .map((_, k) => ({ metric: `other${k}`, mode: 'min' as const }))
  const rehearsal = new Rehearsal(factory, space, seed, objective, trials, { ...options, objectives })
  return Array.from({ length: trials }, () => {
    const [trial] = rehearsal.ask(1)
    const config = space.decode(rehearsal.point(trial!)) as Record<string, number>
    const losses = lossesOf(config as never)
    rehearsal.report(trial!, losses[0]!, losses.slice(1))
    rehearsal.end(trial!, 'completed')
    return { losses, config }
  })
}

test('constraints on reported metrics: finds a corner that is a thousandth of the space, and the best in it', () => {
  const names = ['a', 'b', 'c']
  const space = compileSpace(Object.fromEntries(names.map((name) => [name, uniform(0, 1)])))
  const options = {
    outcomeConstraints: [{ metric: 'off', max: 0 }],
    others: (point: Float64Array) => ({ off: 2.6 - point.reduce((sum, u) => sum + u, 0) }),
  }
  const isMet = (config: Record<string, number>): boolean => names.reduce((sum, name) => sum + config[name]!, 0) >= 2.6
  const loss = (config: Record<string, number>): number[] => [names.reduce((sum, name) => sum + config[name]!, 0)]
  const met = seeds.map(
    (seed) => runOf(tpe(), space, loss, seed, 100, options).filter(({ config }) => isMet(config)).length,
  )
  const byChance = seeds.map(
    (seed) => runOf(random(), space, loss, seed, 100, options).filter(({ config }) => isMet(config)).length,
  )
  assert.ok(Math.min(...met) > 10, `${met.join()} of 100 trials meet it; by chance ${byChance.join()}`)
})

test('several objectives: its front has a larger volume than that of random search with four times as many trials', () => {
  const names = 'abcdef'.split('')
  const space = compileSpace(Object.fromEntries(names.map((name) => [name, uniform(0, 1)])))
  // ZDT1 (Zitzler, Deb and Thiele, 2000).
  const losses = (config: Record<string, number>): number[] => {
    const g = 1 + (9 / 5) * names.slice(1).reduce((sum, name) => sum + config[name]!, 0)
    return [config['a']!, g * (1 - Math.sqrt(config['a']! / g))]
  }
  const volume = (factory: SearcherFactory, trials: number): number => {
    const volumes = seeds.map((seed) =>
      hypervolume(
        runOf(factory, space, losses, seed, trials).map((each) => each.losses),
        [1.1, 11],
      ),
    )
    return volumes.toSorted((a, b) => a - b)[5]!
  }
  const [ours, theirs] = [volume(tpe(), 50), volume(random(), 200)]
  assert.ok(ours > theirs, `tpe ${ours}, random ${theirs}`)
})

test('earlier experiments: their best comes first; what agrees helps, what points the wrong way does no harm', () => {
  const points = Array.from({ length: 60 }, (_, i) => {
    const draws = stream(i, purpose.simulate)
    return new Float64Array(5).map(() => draws.float())
  })
  const losses = points.map((point) => sphereLoss(sphere.decode(point) as Record<string, number>))
  const best = points[losses.indexOf(Math.min(...losses))]!
  const bestOf = (trials: number, earlier: readonly EarlierExperiment[]): number => {
    const bests = seeds.map((seed) => {
      const run = runOf(tpe(), sphere, (config) => [sphereLoss(config)], seed, trials, { earlier })
      return Math.min(...run.map((each) => each.losses[0]!))
    })
    return bests.toSorted((a, b) => a - b)[5]!
  }
  const suggested = new Rehearsal(tpe(), sphere, 1, objective, 60, { earlier: [{ name: 'e', points, losses }] })
  assert.deepEqual(suggested.searcher.suggest(1)[0]!.point, best)
  const helped = bestOf(25, [{ name: 'e', points, losses }])
  const alone = bestOf(25, [])
  const misled = bestOf(60, [{ name: 'e', points, losses: losses.map((loss) => -loss) }])
  assert.ok(helped < 0.8 * alone, `with an earlier experiment ${helped}, without ${alone}`)
  assert.ok(misled < 1.5 * bestOf(60, []), `misled ${misled}, without ${bestOf(60, [])}`)
})
