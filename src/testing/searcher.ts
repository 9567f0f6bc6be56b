import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import type { SearcherFactory } from '../search/searcher.ts'
import { bool, choice, compileSpace, grid, int, loguniform, uniform, when } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { randomSpace } from './random-space.ts'
import { bowl, Rehearsal } from './rehearsal.ts'
import { bearsOddLosses, checkInside, holdsInSpaces, repeatsWell, seeksFeasible, usesKnown } from './searcher-cases.ts'
import { extentOf } from './extent.ts'
import type { Brief, Extent } from './extent.ts'

const min = { metric: 'loss', mode: 'min' } as const

/** What a searcher may say of itself, where not every promise applies. */
export interface TestSearcherOptions {
  /** Its answers are a fixed design, which a changed list of trials does not move, such as a grid. Default: false. */
  readonly endsBySelf?: boolean
  /** Random spaces that all promises are looked at in. From 0. Default: 2,000. */
  readonly spaces?: number
  /**
   * The least distance of two of eight simultaneous suggestions in the unit cube of four dimensions, after about 30 trials; above
   * 0. Default: 0.05.
   */
  readonly apart?: number
  /** It computes for milliseconds: all but a few of the random spaces are searched briefly. Default: false. */
  readonly slow?: boolean
  /**
   * It computes for a second: each case makes at most so many runs (from 1), in which so much happens (from 1), and finite
   * spaces are small. Default: as many as it takes to meet what is rare.
   */
  readonly brief?: Brief
}

/**
 * What every searcher promises the engine, as cases of `node:test`. `create` answers what a user would pass as `searcher`.
 */
export function testSearcher(name: string, create: () => SearcherFactory, options: TestSearcherOptions = {}): void {
  const { spaces = 2_000, endsBySelf = false, slow = false } = options
  const extent = extentOf(options.brief)
  describe(`searcher ${name}`, () => {
    test('the same seed gives the same suggestions', () => isDeterministic(create, extent))
    test('another seed gives other suggestions, by any of its bits', () => heedsSeed(create, extent))
    test('one that lived through a run and one built from its log answer alike, bit for bit', () =>
      coldEqualsWarm(create, extent))
    test('suggestions are points of the space, whatever happened', () => staysInside(create, extent))
    test('suggest changes nothing: asked twice it answers the same', () => isPure(create, extent))
    test('max of the negative is min', () => isSymmetric(create, extent))
    test('grid parameters are crossed evenly with the samples', () => crossesGrid(create, options, extent))
    test('constraints are kept', () => keepsConstraints(create, extent))
    test('only candidates are proposed, each once', () => proposesCandidates(create, extent))
    test('a finite space is tried without a duplicate until it is exhausted', () => exhaustsFiniteSpace(create, extent))
    test('simultaneous suggestions keep apart', () => spreads(create, options, extent))
    test('an attempt that was lost leaves no trace once its trial is over', () => forgetsLost(create, extent))
    test('whatever losses come, there are new points of the space', () => bearsOddLosses(create, extent))
    if (create().capabilities.outcomeConstraints === true) {
      test('constraints on reported metrics: it keeps its promises, and comes to meet them', () =>
        seeksFeasible(create, extent))
    }
    test('known results are not proposed again', () => usesKnown(create, extent))
    test('repeated configurations: so often in a row, all else as before', () => repeatsWell(create, extent))
    test(`all of this holds in ${spaces} random spaces`, () =>
      holdsInSpaces(create, { spaces, endsBySelf, slow }, extent))
    if (!endsBySelf) test('an infinite space never ends', () => goesOn(create, extent))
  })
}

function rehearse(create: () => SearcherFactory, space: EncodedSpace, seed: number, happenings: number): Rehearsal {
  const rehearsal = new Rehearsal(create(), space, seed, min)
  const random = stream(seed, purpose.simulate, 1)
  for (let i = 0; i < happenings && rehearsal.happen(random, bowl); i++);
  return rehearsal
}

function isDeterministic(create: () => SearcherFactory, extent: Extent): void {
  for (const seed of extent.runs(5)) {
    const space = randomSpace(stream(seed, purpose.simulate))
    assert.deepEqual(
      rehearse(create, space, seed, extent.happenings(120)).events,
      rehearse(create, space, seed, extent.happenings(120)).events,
      `seed ${seed}`,
    )
  }
}

function heedsSeed(create: () => SearcherFactory, extent: Extent): void {
  const space = compileSpace({ x: uniform(0, 1), lr: loguniform(1e-5, 1), n: int(1, 100), kind: choice('a', 'b', 'c') })
  const runs = [0, 1, 2 ** 31, 2 ** 32, 2 ** 52].map((seed) => {
    const rehearsal = new Rehearsal(create(), space, seed, min)
    for (const trial of rehearsal.ask(extent.happenings(12))) {
      rehearsal.report(trial, bowl(rehearsal.point(trial)))
      rehearsal.end(trial, 'completed')
    }
    return JSON.stringify(rehearsal.searcher.suggest(extent.isBrief ? 1 : 3).map(({ point }) => [...point]))
  })
  assert.equal(new Set(runs).size, runs.length)
}

function coldEqualsWarm(create: () => SearcherFactory, extent: Extent): void {
  for (const seed of extent.runs(40)) {
    const random = stream(seed, purpose.simulate)
    const warm = rehearse(create, randomSpace(random), seed, extent.happenings(20 + random.below(140)))
    const cold = new Rehearsal(create(), warm.space, seed, min)
    for (const event of warm.events) cold.feed(event)
    const n = 1 + random.below(3)
    assert.deepEqual(cold.searcher.suggest(n), warm.searcher.suggest(n), `seed ${seed}`)
  }
}

function staysInside(create: () => SearcherFactory, extent: Extent): void {
  for (const seed of extent.runs(40)) {
    const { space, searcher } = rehearse(
      create,
      randomSpace(stream(seed, purpose.simulate)),
      seed,
      extent.happenings(80),
    )
    checkInside(searcher.suggest(3), space, `seed ${seed}`)
  }
}

function isPure(create: () => SearcherFactory, extent: Extent): void {
  for (const seed of extent.runs(10)) {
    const { searcher } = rehearse(create, randomSpace(stream(seed, purpose.simulate)), seed, extent.happenings(100))
    assert.deepEqual(searcher.suggest(2), searcher.suggest(2), `seed ${seed}`)
  }
}

function isSymmetric(create: () => SearcherFactory, extent: Extent): void {
  for (const seed of extent.runs(10)) {
    const space = randomSpace(stream(seed, purpose.simulate))
    const [low, high] = (['min', 'max'] as const).map((mode) => {
      const rehearsal = new Rehearsal(create(), space, seed, { metric: 'value', mode })
      const random = stream(seed, purpose.simulate, 1)
      const sign = mode === 'min' ? 1 : -1
      for (
        let i = 0;
        i < extent.happenings(100) && rehearsal.happen(random, (point, step) => sign * bowl(point, step));
        i++
      );
      return rehearsal.searcher.suggest(2)
    })
    assert.deepEqual(low, high, `seed ${seed}`)
  }
}

function crossesGrid(create: () => SearcherFactory, { endsBySelf }: TestSearcherOptions, extent: Extent): void {
  const space = compileSpace({ a: grid(1, 2), x: int(0, 99), b: grid('p', 'q', 'r') })
  const rehearsal = new Rehearsal(create(), space, 1, min)
  const cells = new Map<string, number>()
  const rounds = Math.max(1, Math.floor(extent.happenings(30) / 6))
  for (let i = 0; i < 6 * rounds; i++) {
    const [trial] = rehearsal.ask(1)
    const { a, b } = space.decode(rehearsal.point(trial!))
    cells.set(`${String(a)} ${String(b)}`, (cells.get(`${String(a)} ${String(b)}`) ?? 0) + 1)
    rehearsal.report(trial!, bowl(rehearsal.point(trial!)))
    rehearsal.end(trial!, 'completed')
  }
  assert.equal(cells.size, 6)
  for (const [cell, count] of cells) {
    // A design of its own takes the cells in any order, but leaves none out.
    const isEven = endsBySelf === true ? count >= 1 && count <= 15 : count === rounds
    assert.ok(isEven, `cell ${cell} has ${count} of ${6 * rounds} trials`)
  }
}

function keepsConstraints(create: () => SearcherFactory, extent: Extent): void {
  const space = compileSpace(
    { a: uniform(0, 1), b: uniform(0, 1), n: int(1, 8) },
    { constraints: [(config: { a: number; b: number }) => config.a < config.b] },
  )
  for (const seed of extent.runs(5)) {
    const rehearsal = rehearse(create, space, seed, extent.happenings(100))
    for (let trial = 0; trial < rehearsal.columns.trials; trial++) {
      assert.ok(
        space.feasible(space.decode(rehearsal.point(trial))),
        `seed ${seed}: trial ${trial} fails the constraint`,
      )
    }
  }
}

function proposesCandidates(create: () => SearcherFactory, extent: Extent): void {
  const kinds = ['a', 'b', 'c'] as const
  const candidates = Array.from({ length: extent.isBrief ? 6 : 12 }, (_, i) => ({ n: i, kind: kinds[i % 3]! }))
  const space = compileSpace({ n: int(0, 30), kind: choice(...kinds) }, { candidates })
  const rehearsal = new Rehearsal(create(), space, 3, min)
  const seen = new Set<string>()
  for (;;) {
    const trials = rehearsal.ask(2)
    if (trials.length === 0) break
    for (const trial of trials) {
      const config = space.decode(rehearsal.point(trial))
      assert.ok(
        candidates.some(({ n, kind }) => n === config['n'] && kind === config['kind']),
        JSON.stringify(config),
      )
      assert.ok(!seen.has(JSON.stringify(config)), `${JSON.stringify(config)} came twice`)
      seen.add(JSON.stringify(config))
      rehearsal.report(trial, bowl(rehearsal.point(trial)))
      rehearsal.end(trial, 'completed')
    }
  }
  assert.equal(seen.size, candidates.length)
}

function exhaustsFiniteSpace(create: () => SearcherFactory, extent: Extent): void {
  const small = [compileSpace({ a: int(1, 2), b: bool() })]
  const all = [
    compileSpace({ a: int(1, 4), b: bool(), c: choice('x', 'y', 'z') }),
    compileSpace({
      model: choice({ type: 'tree', depth: int(1, 5), prune: bool() }, { type: 'net', layers: int(1, 3) }, 'none'),
      wide: when('model', 'none', int(1, 4)),
      g: grid(1, 2),
    }),
  ]
  const finite = extent.isBrief ? small : all
  for (const seed of extent.runs(8)) {
    const space = finite[seed % finite.length]!
    const rehearsal = new Rehearsal(create(), space, seed, min)
    const random = stream(seed, purpose.simulate, 1)
    for (let i = 0; i < 2_000 && rehearsal.happen(random, bowl); i++);
    const points = Array.from({ length: rehearsal.columns.trials }, (_, trial) => rehearsal.point(trial).join())
    assert.equal(new Set(points).size, points.length, `seed ${seed}: a duplicate`)
    assert.equal(points.length, space.size, `seed ${seed}: ended before the space was exhausted, or never`)
    assert.deepEqual(rehearsal.searcher.suggest(1), [], `seed ${seed}`)
  }
}

function spreads(create: () => SearcherFactory, { apart = 0.05 }: TestSearcherOptions, extent: Extent): void {
  const space = compileSpace({ x: uniform(0, 1), lr: loguniform(1e-5, 1), y: uniform(0, 1), n: int(1, 9) })
  for (const seed of extent.runs(10)) {
    const rehearsal = rehearse(create, space, seed, extent.happenings(150))
    const points = rehearsal.searcher.suggest(8).map(({ point }) => [...point])
    assert.equal(points.length, 8, `seed ${seed}`)
    for (const [i, a] of points.entries()) {
      for (const b of points.slice(0, i)) {
        const distance = Math.hypot(...a.map((u, j) => u - b[j]!))
        assert.ok(distance > apart, `seed ${seed}: two of eight simultaneous suggestions are ${distance} apart`)
      }
    }
  }
}

/** One run whose workers are lost now and then, after a report that their next attempt contradicts, and one without losses. */
function forgetsLost(create: () => SearcherFactory, extent: Extent): void {
  for (const seed of extent.runs(5)) {
    const space = randomSpace(stream(seed, purpose.simulate))
    const [lossy, smooth] = [0, 1].map(() => new Rehearsal(create(), space, seed, min)) as [Rehearsal, Rehearsal]
    const random = stream(seed, purpose.simulate, 1)
    for (let i = 0; i < extent.happenings(30); i++) {
      const [trial] = lossy.ask(1)
      if (trial === undefined) break
      assert.deepEqual(smooth.ask(1), [trial])
      assert.deepEqual(lossy.point(trial), smooth.point(trial), `seed ${seed}: trial ${trial}`)
      if (random.below(2) === 0) {
        lossy.report(trial, 5 - bowl(lossy.point(trial)))
        lossy.retry(trial)
      }
      for (const each of [lossy, smooth]) {
        each.report(trial, bowl(each.point(trial)))
        each.end(trial, 'completed')
      }
    }
    assert.deepEqual(lossy.searcher.suggest(3), smooth.searcher.suggest(3), `seed ${seed}`)
  }
}

function goesOn(create: () => SearcherFactory, extent: Extent): void {
  const space = compileSpace({ x: uniform(0, 1), kind: choice('a', 'b') })
  const rehearsal = new Rehearsal(create(), space, 5, min)
  for (let i = 0; i < extent.happenings(150); i++) {
    const [trial] = rehearsal.ask(1)
    assert.ok(trial !== undefined, `ended after ${i} trials`)
    rehearsal.report(trial, bowl(rehearsal.point(trial)))
    rehearsal.end(trial, 'completed')
  }
}
