import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import type { Random } from '../base/random.ts'
import { boxesOf, logExpectedHypervolumeImprovement } from './ehvi.ts'
import { hypervolume, referenceOf, selectByHypervolume } from './hypervolume.ts'
import { Fronts } from './fronts.ts'
import { crowdingOf, dominates, frontOf, ranksOf } from './pareto.ts'

/** Vectors on a coarse grid, so that many are equal in parts. */
function vectors(random: Random, count: number, objectives: number): number[][] {
  return Array.from({ length: count }, () => Array.from({ length: objectives }, () => random.below(9) / 8))
}

test('a front is what none dominates, and ranks are fronts of what is left', () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = stream(seed, purpose.simulate)
    const losses = vectors(random, 1 + random.below(40), 1 + random.below(4))
    let left = losses.map((_, i) => i)
    const ranks = ranksOf(losses)
    for (let rank = 0; left.length > 0; rank++) {
      const front = left.filter((i) => !left.some((j) => dominates(losses[j]!, losses[i]!)))
      if (rank === 0) assert.deepEqual(frontOf(losses), front, `seed ${seed}`)
      assert.deepEqual(
        left.filter((i) => ranks[i] === rank),
        front,
        `seed ${seed}, rank ${rank}`,
      )
      left = left.filter((i) => !front.includes(i))
    }
  }
})

test('fronts that grow are those of all at once', () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = stream(seed, purpose.simulate)
    const members = vectors(random, 1 + random.below(60), 1 + random.below(4)).map((losses, i) => ({ i, losses }))
    const fronts = new Fronts<(typeof members)[number]>()
    for (const [n, member] of members.entries()) {
      fronts.insert(member)
      const ranks = ranksOf(members.slice(0, n + 1).map(({ losses }) => losses))
      const expected = Array.from({ length: Math.max(...ranks) + 1 }, (_, rank) => {
        return Array.from(ranks.keys()).filter((i) => ranks[i] === rank)
      })
      const grown = fronts.all.map((front) => front.map(({ i }) => i).toSorted((a, b) => a - b))
      assert.deepEqual(grown, expected, `seed ${seed}, ${n + 1} vectors`)
      assert.equal(fronts.rankOf(member.losses), ranks[n], `seed ${seed}`)
    }
  }
})

test('with two objectives a vector is compared with one of each front, however long that is', () => {
  let reads = 0
  const counted = (values: readonly number[]): ArrayLike<number> =>
    new Proxy(values, {
      get(target, key) {
        if (key !== 'length') reads += 1
        return Reflect.get(target, key) as unknown
      },
    })
  const count = 1_000
  const losses = Array.from({ length: count }, (_, i) => counted([i, -i]))
  assert.equal(frontOf(losses).length, count)
  assert.deepEqual(new Set(ranksOf(losses)), new Set([0]))
  // Sorting takes some log2(1,000) = 10 comparisons each; each with each would be 500,000.
  assert.ok(reads < 100 * count, String(reads))
})

test('a hypervolume is the share of a box that is dominated', () => {
  assert.equal(hypervolume([], [1, 1]), 0)
  assert.equal(
    hypervolume(
      [
        [0.5, 0.25],
        [0.25, 0.5],
        [0.25, 2],
      ],
      [1, 1],
    ),
    0.5 * 0.75 + 0.25 * 0.5,
  )
  for (let seed = 0; seed < 30; seed++) {
    const random = stream(seed, purpose.simulate)
    const objectives = 2 + random.below(3)
    const losses = vectors(random, 1 + random.below(12), objectives)
    // The vectors lie on a grid of eighths: its cells are dominated as a whole or not at all.
    const cells = 8 ** objectives
    let dominated = 0
    for (let cell = 0; cell < cells; cell++) {
      const corner = Array.from({ length: objectives }, (_, k) => (Math.floor(cell / 8 ** k) % 8) / 8)
      if (losses.some((each) => each.every((loss, k) => loss <= corner[k]!))) dominated += 1
    }
    const volume = hypervolume(losses, new Array<number>(objectives).fill(1))
    assert.ok(Math.abs(volume - dominated / cells) < 1e-12, `seed ${seed}: ${volume}, expected ${dominated / cells}`)
  }
})

test('the greedy choice adds the most at each step', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = stream(seed, purpose.simulate)
    const objectives = 2 + (seed % 2)
    const losses = vectors(random, 12, objectives)
    const reference = new Array<number>(objectives).fill(1.1)
    const chosen = selectByHypervolume(losses, reference, 5)
    const volumeWith = (i: number, before: readonly number[]): number => {
      return hypervolume(
        [...before, i].map((j) => losses[j]!),
        reference,
      )
    }
    for (const [step, own] of chosen.entries()) {
      const before = chosen.slice(0, step)
      const most = Math.max(...losses.map((_, i) => volumeWith(i, before)))
      assert.ok(volumeWith(own, before) >= most - 1e-12, `seed ${seed}, step ${step}`)
    }
  }
})

test('the reference lies beyond every vector of the front', () => {
  const losses = [
    [0, 5],
    [2, 1],
    [9, 9],
  ]
  assert.deepEqual([...referenceOf(losses)], [2.2, 5.4])
})

test('boxes fill what is not dominated, without overlaps', () => {
  for (let seed = 0; seed < 40; seed++) {
    const random = stream(seed, purpose.simulate)
    const objectives = 2 + random.below(2)
    const losses = vectors(random, random.below(12), objectives)
    const { edges, sides, count } = boxesOf(losses, new Array<number>(objectives).fill(1))
    let volume = 0
    for (let box = 0; box < count; box++) {
      let product = 1
      for (let k = 0; k < objectives; k++) {
        const at = (box * objectives + k) * 2
        // Cut off at −1, below every vector.
        product *= edges[k]![sides[at + 1]!]! - Math.max(-1, edges[k]![sides[at]!]!)
      }
      volume += product
    }
    const expected = 2 ** objectives - hypervolume(losses, new Array<number>(objectives).fill(1))
    assert.ok(Math.abs(volume - expected) < 1e-9, `seed ${seed}: ${volume}, expected ${expected}`)
  }
})

test('the expected hypervolume improvement is the mean improvement of draws', () => {
  for (let seed = 0; seed < 6; seed++) {
    const random = stream(seed, purpose.simulate)
    const objectives = 2 + (seed % 2)
    const losses = vectors(random, 6, objectives)
    const reference = new Array<number>(objectives).fill(1.2)
    const means = Float64Array.from({ length: objectives }, () => random.float())
    const deviations = Float64Array.from({ length: objectives }, () => 0.1 + 0.4 * random.float())
    const work = new Float64Array(objectives)
    const log = logExpectedHypervolumeImprovement(boxesOf(losses, reference), means, deviations, work, work.slice())
    const before = hypervolume(losses, reference)
    let sum = 0
    const draws = 20_000
    for (let draw = 0; draw < draws; draw++) {
      const drawn = means.map((mean, k) => mean + deviations[k]! * random.normal())
      sum += hypervolume([...losses, drawn], reference) - before
    }
    assert.ok(
      Math.abs(Math.exp(log) - sum / draws) < 0.05 * Math.exp(log) + 1e-4,
      `seed ${seed}: ${Math.exp(log)}, drawn ${sum / draws}`,
    )
  }
})

test('its derivatives are right, where it is large and where it has all but vanished', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = stream(seed, purpose.simulate)
    const objectives = 2 + (seed % 2)
    const boxes = boxesOf(vectors(random, 6, objectives), new Array<number>(objectives).fill(1.2))
    const far = seed % 4 === 3 ? 30 : 0
    const means = Float64Array.from({ length: objectives }, () => far + random.float())
    const deviations = Float64Array.from({ length: objectives }, () => 0.1 + 0.4 * random.float())
    const [byMeans, byDeviations] = [new Float64Array(objectives), new Float64Array(objectives)]
    const value = (m: Float64Array, s: Float64Array): number => {
      return logExpectedHypervolumeImprovement(boxes, m, s, new Float64Array(objectives), new Float64Array(objectives))
    }
    assert.ok(Number.isFinite(logExpectedHypervolumeImprovement(boxes, means, deviations, byMeans, byDeviations)))
    for (let k = 0; k < objectives; k++) {
      const step = 1e-6
      const moved = (list: Float64Array, by: number): Float64Array => list.map((x, i) => (i === k ? x + by : x))
      const slope = (value(moved(means, step), deviations) - value(moved(means, -step), deviations)) / (2 * step)
      assert.ok(
        Math.abs(slope - byMeans[k]!) <= 1e-4 * Math.max(1, Math.abs(slope)),
        `seed ${seed}: ${byMeans[k]}, ${slope}`,
      )
      const other = (value(means, moved(deviations, step)) - value(means, moved(deviations, -step))) / (2 * step)
      assert.ok(
        Math.abs(other - byDeviations[k]!) <= 1e-4 * Math.max(1, Math.abs(other)),
        `seed ${seed}: ${byDeviations[k]}, ${other}`,
      )
    }
  }
})

test('the expected hypervolume improvement has golden values, also where it is all but nothing', () => {
  // Computed with 40 digits (mpmath 1.3) by the sum over strips of Emmerich, Deutz and Klinkenberg (2011).
  const boxes = boxesOf(
    [
      [0.3, 0.5],
      [0.7, 0.2],
      [0.1, 0.8],
    ],
    [1, 1],
  )
  const golden: readonly (readonly [readonly number[], readonly number[], number])[] = [
    [[0.4, 0.4], [0.2, 0.3], -2.5546516297433269],
    [[0.9, 0.9], [0.05, 0.1], -28.989539298642681],
    [[3, 4], [0.1, 0.1], -890.4826488060039],
  ]
  for (const [means, deviations, expected] of golden) {
    const work = new Float64Array(2)
    const [m, s] = [Float64Array.from(means), Float64Array.from(deviations)]
    const log = logExpectedHypervolumeImprovement(boxes, m, s, work, work.slice())
    assert.ok(Math.abs(log - expected) < 1e-9 * Math.abs(expected), `${means.join()}: ${log}, expected ${expected}`)
  }
})

test('room on a front: by the neighbours in each objective, without end at its ends', () => {
  const front = [
    [0, 10],
    [4, 1],
    [1, 6],
    [10, 0],
  ]
  assert.deepEqual([...crowdingOf(front)], [Infinity, 1.5, 1.3, Infinity])
  // Twins have no room, and where all are equal none is at an end.
  assert.deepEqual([...crowdingOf([...front, [4, 1], [0, 10]])].slice(1), [1.5, 1.3, Infinity, 0, 0])
  assert.deepEqual(
    [
      ...crowdingOf([[1, 1]]),
      ...crowdingOf([
        [2, 2],
        [2, 2],
        [2, 2],
      ]),
    ],
    [0, 0, 0, 0],
  )
})
