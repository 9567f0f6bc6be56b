import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { createKernels } from './kernels.ts'
import type { Kernels } from './kernels.ts'
import { typescriptKernels } from './kernels-typescript.ts'
import { webassemblyKernels } from './kernels-webassembly.ts'

const twins: readonly (readonly [string, () => Kernels])[] = [
  ['TypeScript', typescriptKernels],
  ['WebAssembly', () => webassemblyKernels()!],
]

const sizes = [1, 2, 3, 4, 5, 7, 8, 13, 16, 31, 64, 70]

/** A problem of n points and m queries, where everything lies in the arena, and what the kernels made of it. */
class Bench {
  readonly n: number
  readonly m: number
  readonly d: number
  readonly kernels: Kernels
  readonly memory: Float64Array
  readonly at: Record<string, number> = {}
  readonly height: number

  constructor(kernels: Kernels, n: number, m: number, d: number, seed: number) {
    this.kernels = kernels
    this.n = n
    this.m = m
    this.d = d
    this.height = (n + 3) & ~3
    const width = Math.max(this.height, (m + 3) & ~3)
    const lengths = {
      points: this.height * d,
      own: this.height * d,
      queries: width * d,
      k: this.height ** 2,
      slope: this.height ** 2,
      inverse: this.height ** 2,
      cross: this.height * width,
      crossSlope: this.height * width,
      solved: this.height * width,
      alpha: this.height,
      out: Math.max(d, width) * Math.max(4, d),
    }
    let size = 0
    for (const [name, length] of Object.entries(lengths)) {
      this.at[name] = size
      size += length
    }
    this.memory = kernels.reset(size)
    const random = stream(seed, purpose.simulate)
    for (let i = 0; i < n; i++) {
      for (let t = 0; t < d; t++) {
        const x = 2 * random.float()
        this.memory[this.at['points']! + i * d + t] = x
        this.memory[this.at['own']! + ((i >> 2) * d + t) * 4 + (i & 3)] = x
      }
    }
    for (let j = 0; j < m; j++) for (let t = 0; t < d; t++) this.memory[this.query(j, t)] = 2 * random.float()
    for (let i = 0; i < n; i++) this.memory[this.at['alpha']! + i] = random.normal()
  }

  get(matrix: string, i: number, j: number): number {
    return this.memory[this.at[matrix]! + ((j >> 2) * this.height + i) * 4 + (j & 3)]!
  }

  point(i: number, t: number): number {
    return this.memory[this.at['points']! + i * this.d + t]!
  }

  query(j: number, t: number): number {
    return this.at['queries']! + ((j >> 2) * this.d + t) * 4 + (j & 3)
  }

  square(i: number, j: number): number {
    let sum = 0
    for (let t = 0; t < this.d; t++) sum += (this.point(i, t) - this.memory[this.query(j, t)]!) ** 2
    return sum
  }

  /** The covariance of the points, with noise on its diagonal. */
  covariance(shape: 'matern52' | 'gaussian'): void {
    const { points, own, k, slope } = this.at
    this.kernels[shape](points!, this.n, this.d, own!, this.n, k!, slope!, true)
    for (let i = 0; i < this.n; i++) this.memory[k! + ((i >> 2) * this.height + i) * 4 + (i & 3)]! += 0.1
  }

  cross(shape: 'matern52' | 'gaussian'): void {
    const { points, queries, cross, crossSlope } = this.at
    this.kernels[shape](points!, this.n, this.d, queries!, this.m, cross!, crossSlope!, false)
  }
}

function close(actual: number, expected: number, tolerance: number, message: string): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${message}: ${actual}, expected ${expected}`,
  )
}

for (const [name, create] of twins) {
  describe(`kernels in ${name}`, () => {
    test('covariances and slopes are what their formulas say', () => {
      for (const n of sizes) {
        const bench = new Bench(create(), n, 6, 3, n)
        for (const shape of ['matern52', 'gaussian'] as const) {
          bench.cross(shape)
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < 6; j++) {
              const square = bench.square(i, j)
              const s = Math.sqrt(5 * square)
              const [k, slope] =
                shape === 'gaussian'
                  ? [Math.exp(-square / 2), Math.exp(-square / 2)]
                  : [(1 + s + (s * s) / 3) * Math.exp(-s), (5 / 3) * (1 + s) * Math.exp(-s)]
              close(bench.get('cross', i, j), k, 1e-14, `${shape} (${i}, ${j}) of ${n}`)
              close(bench.get('crossSlope', i, j), slope, 1e-14, `slope of ${shape} (${i}, ${j}) of ${n}`)
            }
          }
        }
      }
    })

    test('a Matérn covariance at distance 0.7, and the limits of distance', () => {
      const bench = new Bench(create(), 1, 4, 1, 1)
      bench.memory[bench.at['points']!] = 0
      for (const [j, x] of [0.7, 0, 1e3, 1e160].entries()) bench.memory[bench.query(j, 0)] = x
      bench.cross('matern52')
      close(bench.get('cross', 0, 0), 0.7069426819, 1e-10, 'at 0.7')
      assert.equal(bench.get('cross', 0, 1), 1)
      assert.ok(bench.get('cross', 0, 2) < 1e-300)
      bench.cross('gaussian')
      assert.equal(bench.get('cross', 0, 1), 1)
      assert.ok(bench.get('cross', 0, 3) < 1e-300)
    })

    test('factor, solutions and inverse undo the matrix', () => {
      for (const n of sizes) {
        const bench = new Bench(create(), n, 5, 3, n)
        const { k, cross, inverse, solved } = bench.at
        bench.covariance('matern52')
        const matrix = Array.from({ length: n }, (_, i) => {
          return Array.from({ length: n }, (_each, j) => (i >= j ? bench.get('k', i, j) : bench.get('k', j, i)))
        })
        bench.cross('matern52')
        assert.equal(bench.kernels.cholesky(k!, n), -1)
        for (let i = 0; i < n; i++) {
          for (let j = 0; j <= i; j++) {
            let sum = 0
            for (let t = 0; t <= j; t++) sum += bench.get('k', i, t) * bench.get('k', j, t)
            close(sum, matrix[i]![j]!, 1e-13, `L Lᵀ (${i}, ${j}) of ${n}`)
          }
        }
        bench.memory.copyWithin(solved!, cross!, cross! + bench.height * 8)
        bench.kernels.solveLower(k!, n, solved!, 5)
        bench.kernels.solveUpper(k!, n, solved!, 5)
        bench.kernels.invert(k!, n, inverse!)
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < 5; j++) {
            let sum = 0
            for (let t = 0; t < n; t++) sum += matrix[i]![t]! * bench.get('solved', t, j)
            close(sum, bench.get('cross', i, j), 1e-11, `A A⁻¹B (${i}, ${j}) of ${n}`)
          }
          for (let j = 0; j < n; j++) {
            let sum = 0
            for (let t = 0; t < n; t++) {
              sum += matrix[i]![t]! * (t >= j ? bench.get('inverse', t, j) : bench.get('inverse', j, t))
            }
            close(sum, i === j ? 1 : 0, 1e-11, `A A⁻¹ (${i}, ${j}) of ${n}`)
          }
        }
      }
    })

    test('a matrix that is not positive definite is refused at its first bad row', () => {
      for (const bad of [0, 1, 4, 6, 12]) {
        const bench = new Bench(create(), 13, 1, 2, 3)
        bench.covariance('gaussian')
        const { k } = bench.at
        bench.memory[k! + ((bad >> 2) * bench.height + bad) * 4 + (bad & 3)] = -1
        assert.equal(bench.kernels.cholesky(k!, 13), bad)
      }
    })

    test('sums over columns and gradients are what loops give', () => {
      for (const n of sizes) {
        const bench = new Bench(create(), n, 7, 3, n + 100)
        const { alpha, cross, crossSlope, k, slope, inverse, points, own, queries, out } = bench.at
        const weight = (i: number): number => bench.memory[alpha! + i]!
        bench.cross('matern52')
        bench.kernels.columnSquares(cross!, n, 7, out!)
        for (let j = 0; j < 7; j++) {
          let sum = 0
          for (let i = 0; i < n; i++) sum += bench.get('cross', i, j) ** 2
          close(bench.memory[out! + j]!, sum, 1e-13, `squares of column ${j} of ${n}`)
        }
        bench.kernels.weightedSums(alpha!, n, cross!, 7, out!)
        for (let j = 0; j < 7; j++) {
          let sum = 0
          for (let i = 0; i < n; i++) sum += weight(i) * bench.get('cross', i, j)
          close(bench.memory[out! + j]!, sum, 1e-13, `weighted sum of column ${j} of ${n}`)
        }
        bench.kernels.queryGradient(points!, n, 3, queries!, 7, cross!, out!)
        for (let j = 0; j < 7; j++) {
          for (let t = 0; t < 3; t++) {
            let sum = 0
            for (let i = 0; i < n; i++)
              sum += bench.get('cross', i, j) * (bench.point(i, t) - bench.memory[bench.query(j, t)]!)
            close(bench.memory[out! + bench.query(j, t) - queries!]!, sum, 1e-13, `gradient ${t} of query ${j} of ${n}`)
          }
        }
        bench.covariance('matern52')
        bench.kernels.cholesky(k!, n)
        bench.kernels.invert(k!, n, inverse!)
        bench.kernels.pairGradient(points!, n, 3, own!, alpha!, inverse!, slope!, out!)
        for (let t = 0; t < 3; t++) {
          let sum = 0
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < i; j++) {
              const w = weight(i) * weight(j) - bench.get('inverse', i, j)
              sum += w * bench.get('slope', i, j) * (bench.point(i, t) - bench.point(j, t)) ** 2
            }
          }
          close(bench.memory[out! + t]!, sum, 1e-11, `pair gradient ${t} of ${n}`)
        }
        const before = Array.from(
          { length: n },
          (_, i) => [bench.get('crossSlope', i, 2), bench.get('cross', i, 2)] as const,
        )
        bench.kernels.weighRows(crossSlope!, cross!, alpha!, n, 7)
        for (const [i, [s, b]] of before.entries()) {
          assert.equal(bench.get('cross', i, 2), s * b)
          assert.equal(bench.get('crossSlope', i, 2), s * weight(i))
        }
      }
    })
  })
}

test('both give the same bits', () => {
  for (const n of sizes) {
    for (const shape of ['matern52', 'gaussian'] as const) {
      const [m, d] = [1 + (n % 9), 1 + (n % 6)]
      const [a, b] = twins.map(([, create]) => everything(create(), n, m, d, shape))
      assert.deepEqual(a, b, `${shape}, ${n} points, ${m} queries, ${d} dimensions`)
    }
  }
})

/** All that the kernels can compute, one after the other. */
function everything(kernels: Kernels, n: number, m: number, d: number, shape: 'matern52' | 'gaussian'): number[] {
  const bench = new Bench(kernels, n, m, d, n + 7)
  const { k, slope, inverse, cross, crossSlope, solved, alpha, points, own, queries, out } = bench.at
  const results: number[] = []
  const keep = (matrix: string, columns: number, lower: boolean): void => {
    for (let j = 0; j < columns; j++) for (let i = lower ? j : 0; i < n; i++) results.push(bench.get(matrix, i, j))
  }
  bench.covariance(shape)
  keep('k', n, true)
  keep('slope', n, true)
  results.push(kernels.cholesky(k!, n))
  keep('k', n, true)
  kernels.invert(k!, n, inverse!)
  keep('inverse', n, true)
  kernels.pairGradient(points!, n, d, own!, alpha!, inverse!, slope!, out!)
  results.push(...bench.memory.subarray(out, out! + d))
  bench.cross(shape)
  bench.memory.copyWithin(solved!, cross!, cross! + bench.height * ((m + 3) & ~3))
  kernels.solveLower(k!, n, solved!, m)
  kernels.columnSquares(solved!, n, m, out!)
  results.push(...bench.memory.subarray(out, out! + m))
  kernels.weightedSums(alpha!, n, solved!, m, out!)
  results.push(...bench.memory.subarray(out, out! + m))
  kernels.solveUpper(k!, n, solved!, m)
  keep('solved', m, false)
  kernels.weighRows(crossSlope!, solved!, alpha!, n, m)
  kernels.queryGradient(points!, n, d, queries!, m, solved!, out!)
  for (let j = 0; j < m; j++)
    for (let t = 0; t < d; t++) results.push(bench.memory[out! + bench.query(j, t) - queries!]!)
  return results
}

test('the exponential is right to the last bits over its whole range', () => {
  const kernels = createKernels()
  const memory = kernels.reset(64)
  for (let x = 0; x < 37.6; x += 0.0137) {
    memory[4] = x
    kernels.gaussian(0, 1, 1, 4, 1, 8, -1, false)
    close(memory[8]! / Math.exp(-0.5 * x * x), 1, 4e-15, `exp(−${x}² / 2)`)
  }
})

test('the arena grows, and a new layout begins with zeros', () => {
  const kernels = createKernels()
  kernels.reset(10).fill(1)
  const larger = kernels.reset(300_000)
  assert.equal(larger.length, 300_000)
  assert.ok(larger.every((value) => value === 0))
})
