import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { createKernels } from '../math/kernels.ts'
import { hypervolume } from '../math/hypervolume.ts'
import { choice, compileSpace, int, loguniform, normal, uniform, when } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import type { RehearsalOptions } from '../testing/rehearsal.ts'
import { Features } from './gp-features.ts'
import { warpOutputs } from './gp-outputs.ts'
import { Warp } from './gp-warp.ts'
import { GpPosterior, lanes, Prediction } from './gp-posterior.ts'
import { gp } from './gp.ts'
import { random as randomSearch } from './random.ts'

const min = { metric: 'loss', mode: 'min' } as const
type Config = Readonly<Record<string, number>>
type Objective = (config: Config) => number

/** The losses of a sequential search. NaN stands for a failed trial. */
function search(
  space: EncodedSpace,
  objective: Objective,
  trials: number,
  seed: number,
  options: RehearsalOptions = {},
  create: () => ReturnType<typeof gp> = gp,
): { losses: number[]; rehearsal: Rehearsal } {
  const rehearsal = new Rehearsal(create(), space, seed, min, trials, options)
  const losses: number[] = []
  for (let i = 0; i < trials; i++) {
    const [trial] = rehearsal.ask(1)
    if (trial === undefined) break
    const loss = objective(rehearsal.columns.config(trial) as Config)
    losses.push(loss)
    if (!Number.isNaN(loss)) rehearsal.report(trial, loss)
    rehearsal.end(trial, Number.isNaN(loss) ? 'failed' : 'completed')
  }
  return { losses, rehearsal }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

/** The median over seeds of the best loss. */
function bestOf(space: EncodedSpace, objective: Objective, trials: number, options: RehearsalOptions = {}): number {
  const best = [1, 2, 3, 4, 5].map((seed) => {
    const { losses } = search(space, objective, trials, seed, options)
    return Math.min(...losses.filter((loss) => !Number.isNaN(loss)))
  })
  return median(best)
}

const plane = compileSpace({ x: uniform(-5, 10), y: uniform(0, 15) })

/** Branin's function: three equal minima of 0.397887. */
const branin: Objective = ({ x, y }) => {
  const first = y! - (5.1 / (4 * Math.PI ** 2)) * x! ** 2 + (5 / Math.PI) * x! - 6
  return first ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x!) + 10
}

describe('search by a Gaussian process', () => {
  test('finds a smooth minimum in 30 trials', () => {
    const best = bestOf(plane, branin, 30)
    assert.ok(best < 0.3979 + 0.02, `median of the best losses: ${best}`)
  })

  test('takes conditions, categories, integers and log scales together', () => {
    const space = compileSpace({
      model: choice('tree', 'net'),
      depth: when('model', 'tree', int(1, 20)),
      lr: when('model', 'net', loguniform(1e-5, 1)),
      act: when('model', 'net', choice('relu', 'tanh', 'gelu')),
      drop: uniform(0, 1),
    })
    const objective = (config: Readonly<Record<string, unknown>>): number => {
      const drop = (config['drop'] as number) - 0.3
      if (config['model'] === 'tree') return 0.2 + 0.01 * Math.abs((config['depth'] as number) - 9) + drop ** 2
      const lr = Math.log10(config['lr'] as number) + 3.3
      return 0.1 + 0.05 * lr ** 2 + { relu: 0.03, tanh: 0.05, gelu: 0 }[config['act'] as 'relu'] + drop ** 2
    }
    const best = bestOf(space, objective, 40)
    assert.ok(best < 0.105, `median of the best losses: ${best}, the optimum is 0.1`)
  })

  test('keeps away from where trials fail', () => {
    const space = compileSpace({ x: uniform(0, 1), y: uniform(0, 1) })
    const objective: Objective = ({ x, y }) => (x! + y! < 0.8 ? NaN : x! ** 2 + 2 * y! ** 2)
    const { losses } = search(space, objective, 40, 3)
    const failed = losses.slice(10).filter(Number.isNaN).length
    assert.ok(failed <= 10, `${failed} of the last 30 trials failed`)
    assert.ok(Math.min(...losses.filter((loss) => !Number.isNaN(loss))) < 0.5)
  })

  test('eight at a time keep apart', () => {
    const space = compileSpace(Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, uniform(0, 1)])))
    const bowl: Objective = (config) => Object.values(config).reduce((sum, x) => sum + (x - 0.4) ** 2, 0)
    for (const seed of [1, 2, 3]) {
      const { rehearsal } = search(space, bowl, 30, seed)
      const points = rehearsal.searcher.suggest(8).map(({ point }) => point)
      for (const [i, a] of points.entries()) {
        for (const b of points.slice(0, i)) {
          const distance = Math.hypot(...a.map((u, t) => u - b[t]!))
          assert.ok(distance > 0.05, `seed ${seed}: two of eight are ${distance} apart`)
        }
      }
    }
  })

  test('noise without a signal is searched all over, not at one place', () => {
    const space = compileSpace({ x: uniform(0, 1), y: uniform(0, 1) })
    const random = stream(5, purpose.simulate)
    const { rehearsal } = search(space, () => random.normal(), 50, 5)
    const cells = new Set<number>()
    for (let trial = 10; trial < 50; trial++) {
      const [x, y] = rehearsal.point(trial)
      cells.add(Math.min(2, Math.floor(3 * x!)) * 3 + Math.min(2, Math.floor(3 * y!)))
    }
    assert.ok(cells.size >= 6, `only ${cells.size} of 9 cells were tried`)
  })

  test('begins in the middle', () => {
    const space = compileSpace({ x: uniform(0, 1), n: int(1, 9), lr: loguniform(1e-4, 1), k: choice('a', 'b') })
    const { rehearsal } = search(space, () => 1, 1, 1)
    assert.deepEqual([...rehearsal.point(0)].slice(0, 3), [0.5, 0.5, 0.5])
  })

  test('with few results in many dimensions it does not crowd at the edges', () => {
    // The optimum is inside; of ten coordinates of a suggestion at the edges none needs to be.
    const space = compileSpace(Object.fromEntries('abcdefghij'.split('').map((name) => [name, uniform(0, 1)])))
    const bowl: Objective = (config) => Object.values(config).reduce((sum, x, i) => sum + (x - 0.3 - 0.04 * i) ** 2, 0)
    let atEdges = 0
    for (const seed of [1, 2, 3]) {
      const { rehearsal } = search(space, bowl, 30, seed)
      for (let trial = 5; trial < 30; trial++) {
        atEdges += rehearsal.point(trial).filter((u) => u < 0.01 || u > 0.99).length / 750
      }
    }
    assert.ok(atEdges < 0.05, `a share of ${atEdges} of the coordinates lies at the edges`)
  })

  test('where all scores are equal it fills the space', () => {
    const space = compileSpace({ x: uniform(0, 1), y: uniform(0, 1) })
    const { rehearsal } = search(space, () => 7, 30, 2)
    const cells = new Set<number>()
    for (let trial = 0; trial < 30; trial++) {
      const [x, y] = rehearsal.point(trial)
      cells.add(Math.min(2, Math.floor(3 * x!)) * 3 + Math.min(2, Math.floor(3 * y!)))
    }
    assert.equal(cells.size, 9)
  })

  test('what is over is pending no more: the search goes on as near to it as is worth it', () => {
    const { rehearsal } = search(compileSpace({ x: uniform(0, 1) }), ({ x }) => (x! - 0.37) ** 2, 14, 1)
    const nearest = Array.from({ length: 14 }, (_, trial) => rehearsal.point(trial)[0]!)
      .toSorted((a, b) => a - b)
      .reduce((least, x, i, all) => (i === 0 ? least : Math.min(least, x - all[i - 1]!)), 1)
    assert.ok(nearest < 0.005, `no two trials are nearer than ${nearest}`)
  })

  test('a right prior helps at once, a wrong one is overcome', () => {
    const objective: Objective = ({ x, y }) => (x! - 0.15) ** 2 + (y! - 0.8) ** 2
    const believed = (x: number, y: number): EncodedSpace => {
      const prior = (mode: number): { mode: number; deviation: number } => ({ mode, deviation: 0.1 })
      return compileSpace({ x: uniform(0, 1, { prior: prior(x) }), y: uniform(0, 1, { prior: prior(y) }) })
    }
    const early = bestOf(believed(0.15, 0.8), objective, 6)
    const without = bestOf(compileSpace({ x: uniform(0, 1), y: uniform(0, 1) }), objective, 6)
    assert.ok(early < without, `${early} with the prior, ${without} without`)
    const wrong = bestOf(believed(0.9, 0.1), objective, 40)
    assert.ok(wrong < 1e-3, `after 40 trials with a wrong prior: ${wrong}`)
  })

  test('results of an earlier experiment are used, misleading ones do not harm for long', () => {
    const points: Float64Array[] = []
    const losses: number[] = []
    const random = stream(9, purpose.simulate)
    for (let i = 0; i < 40; i++) {
      const point = Float64Array.of(random.float(), random.float())
      points.push(point)
      losses.push(branin(plane.decode(point) as Config))
    }
    const same = bestOf(plane, branin, 8, { earlier: [{ name: 'same', points, losses }] })
    const cold = bestOf(plane, branin, 8)
    assert.ok(same < cold, `${same} with the same problem's results, ${cold} without`)
    const reversed = { name: 'reversed', points, losses: losses.map((loss) => -loss) }
    const misled = bestOf(plane, branin, 40, { earlier: [reversed] })
    assert.ok(misled < 0.42, `after 40 trials with a reversed experiment: ${misled}`)
  })

  test('two objectives: the front has more volume than that of random search', () => {
    const space = compileSpace(Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, uniform(0, 1)])))
    const losses = ([first, ...rest]: readonly number[]): [number, number] => {
      const g = 1 + 3 * rest.reduce((sum, x) => sum + x, 0)
      return [first!, g * (1 - Math.sqrt(first! / g))]
    }
    const volumes = [gp, randomSearch].map((create) => {
      const second = { metric: 'second', mode: 'min' } as const
      const rehearsal = new Rehearsal(create(), space, 1, min, 50, { objectives: [second] })
      const found: [number, number][] = []
      for (let i = 0; i < 50; i++) {
        const [trial] = rehearsal.ask(1)
        const pair = losses(Object.values(rehearsal.columns.config(trial!)) as number[])
        found.push(pair)
        const attempt = rehearsal.columns.attempt(trial!)
        const report = { type: 'reported', trial: trial!, attempt, step: 1, values: pair, others: undefined } as const
        rehearsal.feed({ ...report, judged: true })
        rehearsal.end(trial!, 'completed')
      }
      return hypervolume(found, [1.1, 1.1])
    })
    assert.ok(volumes[0]! > 0.8, `volume ${volumes[0]}; 0.877 is the most`)
    assert.ok(volumes[0]! > volumes[1]! + 0.2, `volume ${volumes[0]}, by random search ${volumes[1]}`)
  })
})

describe('the posterior', () => {
  const space = compileSpace({ x: uniform(0, 1), kind: choice('a', 'b', 'c'), y: uniform(0, 1), n: int(1, 5) })
  const features = new Features(space)

  function rowsOf(random: ReturnType<typeof stream>, count: number): Float64Array {
    const rows = new Float64Array(count * features.count)
    for (let i = 0; i < count; i++) {
      const point = new Float64Array(space.dimensions.length).map(() => random.float())
      space.activate(point)
      features.write(point, rows, i * features.count)
    }
    return rows
  }

  function predict(posterior: GpPosterior, vector: Float64Array, withSlopes: boolean): Prediction {
    const prediction = new Prediction(features.count)
    for (let lane = 0; lane < lanes; lane++) posterior.place(lane, vector)
    posterior.predict(prediction, withSlopes)
    return prediction
  }

  test('slopes are derivatives, with and without pending points', () => {
    for (const shape of ['matern52', 'gaussian'] as const) {
      for (const [pending, isWarped] of [
        [0, false],
        [3, false],
        [3, true],
      ] as const) {
        const random = stream(4, purpose.simulate)
        const data = {
          rows: rowsOf(random, 13),
          count: 13,
          values: Float64Array.from({ length: 13 }, () => random.normal()),
        }
        const lengthscales = new Float64Array(features.count).map(() => 0.3 + random.float())
        const exponents = new Float64Array(2 * features.numeric.length).map(() => random.float() - 0.5)
        const warp = isWarped ? new Warp(features.count, features.numeric, exponents) : undefined
        const hyper = { shape, lengthscales, warp, noise: 0.01, theta: new Float64Array(0), evidence: 0 }
        const posterior = new GpPosterior(createKernels(), data, rowsOf(random, pending), hyper)
        const at = new Float64Array(features.count).map(() => random.float())
        const { meanSlopes, deviationSlopes } = predict(posterior, at, true)
        for (let t = 0; t < features.count; t++) {
          const moved = (by: number): Prediction =>
            predict(
              posterior,
              at.map((x, i) => (i === t ? x + by : x)),
              false,
            )
          const [up, down] = [moved(1e-5), moved(-1e-5)]
          const mean = (up.means[2]! - down.means[2]!) / 2e-5
          const deviation = (up.deviations[2]! - down.deviations[2]!) / 2e-5
          const place = `${shape}, ${pending} pending, warped ${isWarped}, coordinate ${t}`
          assert.ok(Math.abs(meanSlopes[2 * features.count + t]! - mean) < 1e-6, `mean: ${place}`)
          assert.ok(Math.abs(deviationSlopes[2 * features.count + t]! - deviation) < 1e-6, `deviation: ${place}`)
        }
      }
    }
  })

  test('goes through exact data, and a pending point changes deviations alone', () => {
    const random = stream(6, purpose.simulate)
    const data = { rows: rowsOf(random, 9), count: 9, values: Float64Array.from({ length: 9 }, () => random.normal()) }
    const lengthscales = new Float64Array(features.count).fill(0.4)
    const hyper = { shape: 'matern52', lengthscales, noise: 1e-9, theta: new Float64Array(0), evidence: 0 } as const
    const pending = rowsOf(random, 1)
    const alone = new GpPosterior(createKernels(), data, new Float64Array(0), hyper)
    const waiting = new GpPosterior(createKernels(), data, pending, hyper)
    for (let i = 0; i < 9; i++) {
      const row = data.rows.subarray(i * features.count, (i + 1) * features.count)
      assert.ok(Math.abs(predict(alone, row, false).means[0]! - data.values[i]!) < 1e-4)
    }
    const elsewhere = rowsOf(random, 1)
    assert.ok(
      Math.abs(predict(alone, elsewhere, false).means[0]! - predict(waiting, elsewhere, false).means[0]!) < 1e-9,
    )
    assert.ok(predict(waiting, pending, false).deviations[0]! < 1e-3)
    assert.ok(predict(alone, pending, false).deviations[0]! > 0.05)
  })
})

describe('the transform of outputs', () => {
  test('keeps the order and the proportions of the better half, and bounds the worse', () => {
    const losses = Float64Array.of(3, 1, 2, 1e30, Infinity, 5, 4)
    const { values, valueOf } = warpOutputs(losses, 1)
    const order = Array.from(losses, (_, i) => i)
    assert.deepEqual(
      order.toSorted((a, b) => values[a]! - values[b]!),
      order.toSorted((a, b) => losses[a]! - losses[b]!),
    )
    assert.ok(Math.abs((values[0]! - values[2]!) / (values[2]! - values[1]!) - 1) < 1e-9)
    for (const i of [0, 1, 2, 3, 5, 6]) assert.ok(Math.abs(valueOf(losses[i]!) - values[i]!) < 1e-9)
  })

  test('equal, single, failed and huge losses give finite values', () => {
    for (const losses of [
      [2, 2, 2],
      [7],
      [Infinity, Infinity],
      [Infinity, 1],
      [-1e308, 1e308, 0, 5],
      [1e30, 1, 2, 3],
    ]) {
      for (const tail of [Infinity, 4, 1]) {
        const { values } = warpOutputs(Float64Array.from(losses), tail)
        assert.ok(values.every(Number.isFinite), `${losses.join()} with ${tail}: ${values.join()}`)
      }
    }
  })

  test('the Jacobian is the log derivative of the transform', () => {
    const losses = Float64Array.of(0.3, 2, 0.1, 9, 4, 30)
    const step = 1e-6
    const { logJacobian, valueOf } = warpOutputs(losses, 4)
    const numeric = losses.reduce(
      (sum, loss) => sum + Math.log((valueOf(loss + step) - valueOf(loss - step)) / (2 * step)),
      0,
    )
    assert.ok(Math.abs(logJacobian - numeric) < 1e-4, `${logJacobian}, numerically ${numeric}`)
  })
})

test('normal parameters are searched too', () => {
  const best = bestOf(compileSpace({ z: normal(0, 3) }), ({ z }) => (z! - 2) ** 2, 20)
  assert.ok(best < 0.01, `median of the best losses: ${best}`)
})
