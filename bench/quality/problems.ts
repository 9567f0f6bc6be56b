// Black-box problems on which the peers' curves in bench/peers/quality.json were recorded, bit for bit up to the order of sums.
import { readFileSync } from 'node:fs'

import { choice, int, loguniform, logint, uniform, when } from '../../src/space/index.ts'
import type { Space } from '../../src/space/types.ts'

export interface Problem {
  readonly space: Space
  readonly optimum: number
  readonly loss: (config: Config) => number
}

type Config = Readonly<Record<string, unknown>>

const ellipsoid = JSON.parse(readFileSync(new URL('ellipsoid.json', import.meta.url), 'utf8')) as {
  readonly rotation: readonly (readonly number[])[]
  readonly shift: readonly number[]
}

const hartmannScales = [
  [10, 3, 17, 3.5, 1.7, 8],
  [0.05, 10, 17, 0.1, 8, 14],
  [3, 3.5, 1.7, 10, 17, 8],
  [17, 8, 0.05, 10, 0.1, 14],
]
const hartmannCenters = [
  [1312, 1696, 5569, 124, 8283, 5886],
  [2329, 4135, 8307, 3736, 1004, 9991],
  [2348, 1451, 3522, 2883, 3047, 6650],
  [4047, 8828, 8732, 5743, 1091, 381],
]

export const problems: Readonly<Record<string, Problem>> = {
  branin2: { space: box(2, -5, 15), optimum: 0.397887, loss: (config) => branin(vector(config)) },
  hartmann6: { space: box(6, 0, 1), optimum: -3.32237, loss: (config) => hartmann(vector(config)) },
  ackley10: { space: box(10, -20, 32), optimum: 0, loss: (config) => ackley(vector(config)) },
  rosenbrock5: { space: box(5, -2.5, 3), optimum: 0, loss: (config) => rosenbrock(vector(config)) },
  levy4: { space: box(4, -10, 10), optimum: 0, loss: (config) => levy(vector(config)) },
  ellipsoid_rot8: { space: box(8, -5, 5), optimum: 0, loss: (config) => rotatedEllipsoid(vector(config)) },
  train_mixed: {
    space: {
      lr: loguniform(1e-6, 1),
      batch: logint(8, 1024),
      optimizer: choice('sgd', 'adam', 'rmsprop'),
      width: logint(16, 2048),
      depth: int(1, 10),
      dropout: uniform(0, 0.8),
      wd: loguniform(1e-8, 1e-1),
      momentum: when('optimizer', 'sgd', uniform(0, 0.999)),
    },
    optimum: 0.04878,
    loss: trainingLike,
  },
  discrete6: {
    space: {
      k0: int(0, 15),
      k1: int(0, 15),
      k2: int(0, 15),
      k3: int(0, 15),
      m: choice('d', 'b', 'c', 'a'),
      q: choice('t', 's', 'r'),
    },
    optimum: 0,
    loss: discrete,
  },
}

function box(dimensions: number, low: number, high: number): Space {
  return Object.fromEntries(Array.from({ length: dimensions }, (_, i) => [`x${i}`, uniform(low, high)]))
}

function vector(config: Config): number[] {
  return Array.from({ length: Object.keys(config).length }, (_, i) => config[`x${i}`] as number)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function branin([x, y]: readonly number[]): number {
  const bend = y! - (5.1 / (4 * Math.PI ** 2)) * x! * x! + (5 / Math.PI) * x! - 6
  return bend ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(x!) + 10
}

function hartmann(x: readonly number[]): number {
  const peaks = [1, 1.2, 3, 3.2].map((height, i) => {
    const distance = sum(x.map((xi, j) => hartmannScales[i]![j]! * (xi - 1e-4 * hartmannCenters[i]![j]!) ** 2))
    return height * Math.exp(-distance)
  })
  return -sum(peaks)
}

function ackley(x: readonly number[]): number {
  const root = Math.sqrt(sum(x.map((xi) => xi * xi)) / x.length)
  const waves = sum(x.map((xi) => Math.cos(2 * Math.PI * xi))) / x.length
  return -20 * Math.exp(-0.2 * root) - Math.exp(waves) + 20 + Math.E
}

function rosenbrock(x: readonly number[]): number {
  return sum(x.slice(1).map((next, i) => 100 * (next - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2))
}

function levy(x: readonly number[]): number {
  const w = x.map((xi) => 1 + (xi - 1) / 4)
  const last = w.at(-1)!
  const inner = sum(w.slice(0, -1).map((wi) => (wi - 1) ** 2 * (1 + 10 * Math.sin(Math.PI * wi + 1) ** 2)))
  return Math.sin(Math.PI * w[0]!) ** 2 + inner + (last - 1) ** 2 * (1 + Math.sin(2 * Math.PI * last) ** 2)
}

function rotatedEllipsoid(x: readonly number[]): number {
  const { rotation, shift } = ellipsoid
  const z = rotation.map((row) => sum(row.map((weight, j) => weight * (x[j]! - shift[j]!))))
  return sum(z.map((zi, i) => 10 ** ((4 * i) / 7) * zi * zi))
}

/** Learning rate, batch size, width, depth and optimiser interact as in training. */
function trainingLike(config: Config): number {
  const of = (name: string): number => config[name] as number
  const optimizer = config['optimizer'] as 'sgd' | 'adam' | 'rmsprop'
  const rate = Math.log10(of('lr'))
  const best = { sgd: -0.8, adam: -3, rmsprop: -3.2 }[optimizer] + 0.15 * (Math.log2(of('batch')) - 7)
  let error = { sgd: 0.06, adam: 0.05, rmsprop: 0.075 }[optimizer]
  error += 0.05 * (rate - best) ** 2 + (rate > best + 1.3 ? 0.4 : 0)
  error += 0.012 * Math.abs(Math.log2(of('width')) - 8.3) + (0.01 * (of('depth') - 4) ** 2) / 3
  error += 0.27 * (of('dropout') - 0.23) ** 2 + 0.008 * (Math.log10(of('wd')) + 4) ** 2
  if (optimizer === 'sgd') error += 0.08 * (1 - of('momentum')) ** 0.5
  return 1 - Math.exp(-error)
}

/** Integers and categories alone: every duplicate is a wasted trial. */
function discrete(config: Config): number {
  const squares = [3, 11, 7, 2].map((target, i) => ((config[`k${i}`] as number) - target) ** 2 * (0.3 + 0.1 * i))
  const { m, q } = config as { m: 'a' | 'b' | 'c' | 'd'; q: 'r' | 's' | 't' }
  return sum(squares) + { a: 0, b: 4, c: 9, d: 2 }[m] + { r: 0, s: 3, t: 1 }[q] * (m === 'b' ? 2 : 1)
}
