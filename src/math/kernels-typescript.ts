import type { Kernels } from './kernels.ts'

/**
 * The kernels where there is no WebAssembly. Every sum is added up in the same order as in assembly/kernels.ts, whose bits
 * these are: a change here is a change there.
 */
export function typescriptKernels(): Kernels {
  return new TypescriptKernels()
}

class TypescriptKernels implements Kernels {
  #memory = new Float64Array(0)

  reset(doubles: number): Float64Array {
    this.#memory = new Float64Array(doubles)
    return this.#memory
  }

  matern52(
    points: number,
    n: number,
    d: number,
    queries: number,
    m: number,
    k: number,
    slope: number,
    lower: boolean,
  ): void {
    this.#covariance(points, n, d, queries, m, lower, (square, at) => {
      const s = rootOfFive * Math.sqrt(square)
      const e = expNonPositive(-s)
      this.#memory[k + at] = (1 + s + (s * s) / 3) * e
      if (slope >= 0) this.#memory[slope + at] = fiveThirds * (1 + s) * e
    })
  }

  gaussian(
    points: number,
    n: number,
    d: number,
    queries: number,
    m: number,
    k: number,
    slope: number,
    lower: boolean,
  ): void {
    this.#covariance(points, n, d, queries, m, lower, (square, at) => {
      this.#memory[k + at] = expNonPositive(-0.5 * square)
      if (slope >= 0) this.#memory[slope + at] = this.#memory[k + at]!
    })
  }

  cholesky(a: number, n: number): number {
    const memory = this.#memory
    const entry = entryOf(n)
    for (let j = 0; j < n; j++) {
      for (let i = j; i < n; i++) {
        let sum = memory[a + entry(i, j)]!
        for (let t = 0; t < j; t++) sum -= memory[a + entry(i, t)]! * memory[a + entry(j, t)]!
        if (i > j) memory[a + entry(i, j)] = sum / memory[a + entry(j, j)]!
        else if (sum > 0) memory[a + entry(j, j)] = Math.sqrt(sum)
        else return j
      }
    }
    return -1
  }

  solveLower(l: number, n: number, b: number, m: number): void {
    for (let j = 0; j < m; j++) this.#solveLower(l, n, b, j, 0)
  }

  solveUpper(l: number, n: number, b: number, m: number): void {
    for (let j = 0; j < m; j++) this.#solveUpper(l, n, b, j, 0)
  }

  invert(l: number, n: number, out: number): void {
    const entry = entryOf(n)
    for (let j = 0; j < n; j++) {
      const from = j & ~3
      for (let i = from; i < n; i++) this.#memory[out + entry(i, j)] = i === j ? 1 : 0
      this.#solveLower(l, n, out, j, from)
      this.#solveUpper(l, n, out, j, from)
    }
  }

  columnSquares(b: number, n: number, m: number, out: number): void {
    const entry = entryOf(n)
    for (let j = 0; j < m; j++) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += this.#memory[b + entry(i, j)]! * this.#memory[b + entry(i, j)]!
      this.#memory[out + j] = sum
    }
  }

  weightedSums(a: number, n: number, b: number, m: number, out: number): void {
    const entry = entryOf(n)
    for (let j = 0; j < m; j++) {
      let sum = 0
      for (let i = 0; i < n; i++) sum += this.#memory[a + i]! * this.#memory[b + entry(i, j)]!
      this.#memory[out + j] = sum
    }
  }

  pairGradient(
    points: number,
    n: number,
    d: number,
    queries: number,
    alpha: number,
    inverse: number,
    slope: number,
    out: number,
  ): void {
    const memory = this.#memory
    const entry = entryOf(n)
    memory.fill(0, out, out + d)
    const sums = [0, 0, 0, 0]
    for (let first = 0; first < n; first += 4) {
      for (let t = 0; t < d; t++) {
        for (let c = 0; c < 4; c++) {
          const k = first + c
          let sum = 0
          for (let i = k + 1; i < n; i++) {
            const at = entry(i, k)
            const weight = (memory[alpha + i]! * memory[alpha + k]! - memory[inverse + at]!) * memory[slope + at]!
            const z = memory[points + i * d + t]! - memory[queries + first * d + 4 * t + c]!
            sum += weight * (z * z)
          }
          sums[c] = sum
        }
        memory[out + t]! += sums[0]! + sums[1]! + (sums[2]! + sums[3]!)
      }
    }
  }

  queryGradient(points: number, n: number, d: number, queries: number, m: number, w: number, out: number): void {
    const memory = this.#memory
    const entry = entryOf(n)
    for (let j = 0; j < m; j++) {
      for (let t = 0; t < d; t++) {
        const at = ((j >> 2) * d + t) * 4 + (j & 3)
        let sum = 0
        for (let i = 0; i < n; i++)
          sum += memory[w + entry(i, j)]! * (memory[points + i * d + t]! - memory[queries + at]!)
        memory[out + at] = sum
      }
    }
  }

  weighRows(s: number, b: number, a: number, n: number, m: number): void {
    const entry = entryOf(n)
    for (let j = 0; j < m; j++) {
      for (let i = 0; i < n; i++) {
        const at = entry(i, j)
        this.#memory[b + at] = this.#memory[s + at]! * this.#memory[b + at]!
        this.#memory[s + at] = this.#memory[s + at]! * this.#memory[a + i]!
      }
    }
  }

  #covariance(
    points: number,
    n: number,
    d: number,
    queries: number,
    m: number,
    lower: boolean,
    write: (square: number, at: number) => void,
  ): void {
    const entry = entryOf(n)
    for (let j = 0; j < m; j++) {
      const query = queries + (j >> 2) * d * 4 + (j & 3)
      for (let i = lower ? j & ~3 : 0; i < n; i++) {
        let square = 0
        for (let t = 0; t < d; t++) {
          const z = this.#memory[points + i * d + t]! - this.#memory[query + 4 * t]!
          square += z * z
        }
        write(square, entry(i, j))
      }
    }
  }

  #solveLower(l: number, n: number, b: number, j: number, from: number): void {
    const memory = this.#memory
    const entry = entryOf(n)
    for (let i = from; i < n; i++) {
      let sum = memory[b + entry(i, j)]!
      for (let t = from; t < i; t++) sum -= memory[l + entry(i, t)]! * memory[b + entry(t, j)]!
      memory[b + entry(i, j)] = sum / memory[l + entry(i, i)]!
    }
  }

  /** What lies beyond the row's block of four is taken away first, upwards; then the block's own rows, downwards. */
  #solveUpper(l: number, n: number, b: number, j: number, until: number): void {
    const memory = this.#memory
    const entry = entryOf(n)
    for (let i = n - 1; i >= until; i--) {
      const next = (i | 3) + 1
      let sum = memory[b + entry(i, j)]!
      for (let t = next; t < n; t++) sum -= memory[l + entry(t, i)]! * memory[b + entry(t, j)]!
      for (let t = Math.min(next, n) - 1; t > i; t--) sum -= memory[l + entry(t, i)]! * memory[b + entry(t, j)]!
      memory[b + entry(i, j)] = sum / memory[l + entry(i, i)]!
    }
  }
}

function entryOf(n: number): (i: number, j: number) => number {
  const height = (n + 3) & ~3
  return (i, j) => ((j >> 2) * height + i) * 4 + (j & 3)
}

const rootOfFive = 2.23606797749979
const fiveThirds = 1.6666666666666667
/** 1/13!, …, 1/1!, 1/0!. */
const taylor = [
  1.6059043836821613e-10, 2.08767569878681e-9, 2.505210838544172e-8, 2.755731922398589e-7, 2.7557319223985893e-6,
  2.48015873015873e-5, 1.984126984126984e-4, 1.388888888888889e-3, 8.333333333333333e-3, 4.1666666666666664e-2,
  1.6666666666666666e-1, 0.5, 1, 1,
]

/** exp(x) for x ≤ 0 as 2ᵏ · exp(r), |r| ≤ ln 2 / 2; exp(−708) below that. */
function expNonPositive(x: number): number {
  const bounded = Math.max(x, -708)
  // Adding and taking away 1.5 · 2^52 rounds to a whole number.
  const k = bounded * Math.LOG2E + 6755399441055744 - 6755399441055744
  const r = bounded - k * 0.6931471803691238 - k * 1.9082149292705877e-10
  let polynomial = taylor[0]!
  for (let i = 1; i < taylor.length; i++) polynomial = polynomial * r + taylor[i]!
  return polynomial * powers[-k]!
}

/** Entry i is 2^−i; exact, as all of them are normal numbers. */
const powers: Float64Array = new Float64Array(1024)
for (let i = 0, power = 1; i < 1023; i++, power /= 2) powers[i] = power
