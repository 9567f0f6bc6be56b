import assert from 'node:assert/strict'

import { limits } from '../base/limits.ts'
import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import type { EarlierExperiment, SearcherCapabilities, SearcherFactory, Suggestion } from '../search/searcher.ts'
import { bool, choice, compileSpace, int, uniform, when } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import type { OutcomeConstraint } from '../trial/objective.ts'
import type { Extent } from './extent.ts'
import { anySpace, randomSpace } from './random-space.ts'
import { bowl, Rehearsal } from './rehearsal.ts'
import type { RehearsalOptions } from './rehearsal.ts'

const min = { metric: 'loss', mode: 'min' } as const

/** Whether a searcher's answers depend on results at all. */
function learns({ capabilities }: { readonly capabilities: SearcherCapabilities }): boolean {
  return capabilities.warmStart !== false
}

/** Suggestions are activated points of the space, at the middles of its cells. */
export function checkInside(suggestions: readonly Suggestion[], space: EncodedSpace, label: string): void {
  for (const { point } of suggestions) {
    const activated = point.slice()
    space.activate(activated)
    assert.deepEqual(point, activated, `${label}: the point is not activated`)
    assert.ok(space.feasible(space.decode(point)), `${label}: a constraint is not met`)
    for (const u of point) assert.ok(Number.isNaN(u) || (u >= 0 && u <= 1), `${label}: ${u} is outside of [0, 1]`)
    for (const [i, u] of space.encode(space.decode(point)).entries()) {
      // Decoded numbers are rounded in their last digits.
      const same = Object.is(u, point[i]) || Math.abs(u - point[i]!) < 1e-9
      assert.ok(same, `${label}: coordinate ${i} is ${point[i]}, that of its configuration ${u}`)
    }
  }
}

/** The next suggestions are in the space, the same when asked twice, and those of a searcher built from the log. Answers how many. */
function checkAnswers(create: () => SearcherFactory, warm: Rehearsal, seed: number, options: RehearsalOptions): number {
  const n = 1 + (seed % 3)
  const label = `seed ${seed}`
  const suggestions = warm.searcher.suggest(n)
  checkInside(suggestions, warm.space, label)
  assert.deepEqual(warm.searcher.suggest(n), suggestions, `${label}: asked twice`)
  const cold = new Rehearsal(create(), warm.space, seed, min, 60, options)
  for (const event of warm.events) cold.feed(event)
  assert.deepEqual(cold.searcher.suggest(n), suggestions, `${label}: built from the log`)
  return suggestions.length
}

function rehearse(
  create: () => SearcherFactory,
  space: EncodedSpace,
  seed: number,
  happenings: number,
  options: RehearsalOptions,
): Rehearsal {
  const rehearsal = new Rehearsal(create(), space, seed, min, 60, options)
  const random = stream(seed, purpose.simulate, 1)
  for (let i = 0; i < happenings && rehearsal.happen(random, bowl); i++);
  return rehearsal
}

/** Of the random spaces of a slow searcher each so many-th is searched for as long as by the others, the rest this briefly. */
const thorough = 50
const brief = 22

/** Random spaces of any shape, with as many abilities as the searcher has, drawn anew for each. */
export function holdsInSpaces(
  create: () => SearcherFactory,
  { spaces, endsBySelf, slow }: { readonly spaces: number; readonly endsBySelf: boolean; readonly slow: boolean },
  extent: Extent,
): void {
  for (let seed = 1; seed <= spaces; seed++) {
    const random = stream(seed, purpose.simulate, 2)
    const space = anySpace(random)
    const options = anyOptions(create().capabilities, space, random)
    const happenings = extent.happenings(5 + random.below(slow && seed % thorough !== 0 ? brief : 80))
    const rehearsal = rehearse(create, space, seed, happenings, options)
    const n = checkAnswers(create, rehearsal, seed, options)
    if (!endsBySelf && space.size === Infinity) assert.equal(n, 1 + (seed % 3), `seed ${seed}: it ended`)
    checkNoDuplicates(rehearsal, seed, options)
  }
}

function checkNoDuplicates(rehearsal: Rehearsal, seed: number, { repeats = 1 }: RehearsalOptions): void {
  const { space, columns } = rehearsal
  // What is left of a larger one is not listed.
  if (space.size > limits.finiteSpace) return
  const counts = new Map<string, number>()
  for (let trial = 0; trial < columns.trials; trial++) {
    const key = rehearsal.point(trial).join()
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  for (const [key, count] of counts) assert.ok(count <= repeats, `seed ${seed}: ${key} was suggested ${count} times`)
}

function anyOptions(capabilities: SearcherCapabilities, space: EncodedSpace, random: Random): RehearsalOptions {
  const several = capabilities.objectivesMax > 1 && random.below(3) === 0
  const bounded = capabilities.outcomeConstraints === true && random.below(3) === 0
  const canWarm = capabilities.warmStart === 'oneObjective' ? !several : capabilities.warmStart !== false
  const warm = canWarm && random.below(4) === 0
  return {
    ...(several && { objectives: [{ metric: 'other', mode: 'max' }] }),
    ...(bounded && { outcomeConstraints: bounds, others: spread }),
    ...(random.below(5) === 0 && { repeats: 2 }),
    ...(warm && { earlier: earlierIn(space, random) }),
    ...(random.below(4) === 0 && { noisy: true }),
  }
}

const bounds: readonly OutcomeConstraint[] = [
  { metric: 'mean', max: 0.4 },
  { metric: 'loss', min: 0.01 },
]

/** The mean of the active coordinates. */
function spread(point: Float64Array): { mean: number } {
  const active = [...point].filter((u) => !Number.isNaN(u))
  return { mean: active.reduce((sum, u) => sum + u, 0) / active.length }
}

/** Earlier experiments of any size, one of them of no use. */
function earlierIn(space: EncodedSpace, random: Random): EarlierExperiment[] {
  return [random.below(40), 0, 1].map((count, i) => {
    const points = Array.from({ length: count }, () => {
      const point = Float64Array.from(space.dimensions, () => random.float())
      space.activate(point)
      return point
    })
    return { name: `before ${i}`, points, losses: points.map((point) => 1e3 * bowl(point) - 5) }
  })
}

/** With constraints on reported metrics it keeps its promises; one that learns comes to meet them more often than by chance. */
export function seeksFeasible(create: () => SearcherFactory, extent: Extent): void {
  for (const seed of extent.runs(10)) {
    const options = { outcomeConstraints: bounds, others: spread }
    const rehearsal = rehearse(
      create,
      randomSpace(stream(seed, purpose.simulate)),
      seed,
      extent.happenings(100),
      options,
    )
    checkAnswers(create, rehearsal, seed, options)
  }
  if (!learns(create())) return
  // A sixth of the square meets the bound; the best of it lies at its edge, the best of all points is far off.
  const space = compileSpace({ x: uniform(0, 1), y: uniform(0, 1) })
  const outcomeConstraints = [{ metric: 'sum', min: 1.42 }] as const
  const others = (point: Float64Array): { sum: number } => ({ sum: point[0]! + point[1]! })
  let near = 0
  let best = Infinity
  for (let seed = 1; seed <= 3; seed++) {
    const rehearsal = new Rehearsal(create(), space, seed, min, 60, { outcomeConstraints, others })
    for (let i = 0; i < 60; i++) {
      const [trial] = rehearsal.ask(1)
      const point = rehearsal.point(trial!)
      const loss = point[0]! ** 2 + point[1]! ** 2
      rehearsal.report(trial!, loss)
      rehearsal.end(trial!, 'completed')
      if (others(point).sum >= 1.42) best = Math.min(best, loss)
      if (i >= 40 && others(point).sum >= 1.4) near += 1
    }
  }
  assert.ok(near >= 20, `of the last 60 trials ${near} meet the bound or nearly so, as a sixth of the space does`)
  assert.ok(best < 1.1, `the best loss of those that meet the bound is ${best}, that of the space 1.008`)
}

/** Results from elsewhere are learnt from like any, and are not proposed again where that can be helped. */
export function usesKnown(create: () => SearcherFactory, extent: Extent): void {
  const levels = extent.isBrief ? 2 : 4
  const space = compileSpace({ a: int(1, levels), b: bool(), x: when('b', true, choice('p', 'q')) })
  // One at least of the smaller space is left.
  for (const seed of extent.runs(extent.isBrief ? 2 : 6)) {
    const known = 1 + seed
    const rehearsal = new Rehearsal(create(), space, seed, min, 60, { known })
    for (let i = 0; i < known; i++) {
      const point = space.encode({ a: 1 + (i % levels), b: i >= levels, ...(i >= levels && { x: 'q' }) })
      rehearsal.know(point, bowl(point))
    }
    for (;;) {
      checkKnown(create, rehearsal, seed, known)
      const [trial] = rehearsal.ask(1)
      if (trial === undefined) break
      rehearsal.report(trial, bowl(rehearsal.point(trial)))
      rehearsal.end(trial, 'completed')
    }
    const points = Array.from({ length: rehearsal.columns.trials }, (_, trial) => rehearsal.point(trial).join())
    assert.equal(new Set(points).size, points.length, `seed ${seed}: a known configuration was proposed`)
    assert.equal(points.length, space.size, `seed ${seed}: ended before the space was exhausted, or never`)
  }
}

function checkKnown(create: () => SearcherFactory, warm: Rehearsal, seed: number, known: number): void {
  const cold = new Rehearsal(create(), warm.space, seed, min, 60, { known })
  for (const event of warm.events) cold.feed(event)
  assert.deepEqual(cold.searcher.suggest(2), warm.searcher.suggest(2), `seed ${seed}: built from the log`)
}

/** Under repetition each configuration is suggested so often in a row, and all else holds as before. */
export function repeatsWell(create: () => SearcherFactory, extent: Extent): void {
  for (const seed of extent.runs(10)) {
    const options = { repeats: 3 }
    const rehearsal = rehearse(
      create,
      randomSpace(stream(seed, purpose.simulate)),
      seed,
      extent.happenings(120),
      options,
    )
    checkAnswers(create, rehearsal, seed, options)
    const points = Array.from({ length: rehearsal.columns.trials }, (_, trial) => [...rehearsal.point(trial)])
    for (const [trial, point] of points.entries()) {
      assert.deepEqual(point, points[3 * Math.floor(trial / 3)], `seed ${seed}: trial ${trial} is no repetition`)
    }
  }
}

/** Losses of which some algorithm might make NaN, or a division by zero. */
type OddLoss = (point: Float64Array, trial: number) => number
const oddLosses: Readonly<Record<string, OddLoss>> = {
  'only NaN': () => NaN,
  'all equal': () => 3,
  'all zero': () => 0,
  'equal but for the last digit': (_, trial) => 1 + (trial % 2) * Number.EPSILON,
  huge: (point) => 1e30 * bowl(point),
  'huge, of both signs': (point, trial) => (trial % 2 === 0 ? 1e30 : -1e30) * bowl(point),
  'largest numbers': (point, trial) => (trial % 3 === 0 ? Number.MAX_VALUE : -Number.MAX_VALUE * bowl(point, Infinity)),
  tiny: (point) => 1e-300 * bowl(point),
  'one outlier': (point, trial) => (trial === 7 ? 1e30 : bowl(point)),
  'half of them infinite': (point, trial) => (trial % 2 === 0 ? Infinity : bowl(point)),
}

/** What results may do to a searcher, it goes on proposing new points of the space. */
export function bearsOddLosses(create: () => SearcherFactory, extent: Extent): void {
  const space = compileSpace({
    x: uniform(0, 1),
    n: int(1, 100),
    kind: choice('a', 'b'),
    y: when('kind', 'b', uniform(-1, 1)),
  })
  const cases: readonly (readonly [string, OddLoss | undefined])[] = [
    ['only failures', undefined],
    ...Object.entries(oddLosses),
  ]
  for (const [what, lossOf] of cases) {
    const rehearsal = new Rehearsal(create(), space, 1, min)
    const seen = new Set<string>()
    const trials = extent.happenings(25)
    for (let i = 0; i < trials; i++) {
      const suggestions = rehearsal.searcher.suggest(1)
      checkInside(suggestions, space, what)
      const [trial] = rehearsal.start(suggestions)
      seen.add(rehearsal.point(trial!).join())
      if (lossOf !== undefined) rehearsal.report(trial!, lossOf(rehearsal.point(trial!), trial!))
      rehearsal.end(trial!, lossOf === undefined ? 'failed' : 'completed')
    }
    assert.equal(seen.size, trials, `${what}: a point came twice`)
  }
}
