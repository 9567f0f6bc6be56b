export interface Kernels {
  reset(doubles: number): Float64Array
  matern52(points: number, n: number, d: number, queries: number, m: number, k: number, slope: number): void
  gaussian(points: number, n: number, d: number, queries: number, m: number, k: number, slope: number): void
  cholesky(a: number, n: number): number
  solveLower(l: number, n: number, b: number, m: number): void
  solveUpper(l: number, n: number, b: number, m: number): void
  invert(l: number, n: number, out: number): void
  columnSquares(b: number, n: number, m: number, out: number): void
  weightedSums(a: number, n: number, b: number, m: number, out: number): void
  pairGradient(points: number, n: number, d: number, alpha: number, inverse: number, slope: number, out: number): void
  queryGradient(points: number, n: number, d: number, queries: number, m: number, w: number, out: number): void
}
const s5 = Math.sqrt(5)
export function createKernels(): Kernels {
  let M = new Float64Array(16)
  const P = (n4: number, i: number, j: number): number => ((j >> 2) * n4 + i) * 4 + (j & 3)
  const covariance = (
    shape: string,
    points: number,
    n: number,
    d: number,
    queries: number,
    m: number,
    k: number,
    slope: number,
  ): void => {
    const n4 = (n + 3) & ~3
    for (let j = 0; j < m; j++)
      for (let i = 0; i < n; i++) {
        let r2 = 0
        for (let t = 0; t < d; t++) {
          const z = M[points + i * d + t]! - M[queries + ((j >> 2) * d + t) * 4 + (j & 3)]!
          r2 += z * z
        }
        const at = P(n4, i, j)
        if (shape === 'gaussian') {
          const e = Math.exp(-0.5 * r2)
          M[k + at] = e
          if (slope >= 0) M[slope + at] = e
        } else {
          const s = s5 * Math.sqrt(r2),
            e = Math.exp(-s)
          M[k + at] = (1 + s + (s * s) / 3) * e
          if (slope >= 0) M[slope + at] = (5 / 3) * (1 + s) * e
        }
      }
    for (let j = m; j < ((m + 3) & ~3); j++) for (let i = 0; i < n4; i++) M[k + P(n4, i, j)] = 0
  }
  return {
    reset(doubles) {
      if (M.length < doubles) M = new Float64Array(doubles)
      else M.fill(0)
      return M
    },
    matern52: (...a) => covariance('matern52', ...a),
    gaussian: (...a) => covariance('gaussian', ...a),
    cholesky(a, n) {
      const n4 = (n + 3) & ~3
      for (let j = 0; j < n; j++) {
        let p = M[a + P(n4, j, j)]!
        for (let t = 0; t < j; t++) p -= M[a + P(n4, j, t)]! ** 2
        if (!(p > 0)) return j
        p = Math.sqrt(p)
        M[a + P(n4, j, j)] = p
        for (let i = j + 1; i < n; i++) {
          let s = M[a + P(n4, i, j)]!
          for (let t = 0; t < j; t++) s -= M[a + P(n4, i, t)]! * M[a + P(n4, j, t)]!
          M[a + P(n4, i, j)] = s / p
        }
      }
      return -1
    },
    solveLower(l, n, b, m) {
      const n4 = (n + 3) & ~3
      for (let j = 0; j < m; j++)
        for (let i = 0; i < n; i++) {
          let s = M[b + P(n4, i, j)]!
          for (let t = 0; t < i; t++) s -= M[l + P(n4, i, t)]! * M[b + P(n4, t, j)]!
          M[b + P(n4, i, j)] = s / M[l + P(n4, i, i)]!
        }
    },
    solveUpper(l, n, b, m) {
      const n4 = (n + 3) & ~3
      for (let j = 0; j < m; j++)
        for (let i = n - 1; i >= 0; i--) {
          let s = M[b + P(n4, i, j)]!
          for (let t = i + 1; t < n; t++) s -= M[l + P(n4, t, i)]! * M[b + P(n4, t, j)]!
          M[b + P(n4, i, j)] = s / M[l + P(n4, i, i)]!
        }
    },
    invert(l, n, out) {
      const n4 = (n + 3) & ~3
      for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) M[out + P(n4, i, j)] = i === j ? 1 : 0
      this.solveLower(l, n, out, n)
      this.solveUpper(l, n, out, n)
    },
    columnSquares(b, n, m, out) {
      const n4 = (n + 3) & ~3
      for (let j = 0; j < m; j++) {
        let s = 0
        for (let i = 0; i < n; i++) s += M[b + P(n4, i, j)]! ** 2
        M[out + j] = s
      }
    },
    weightedSums(a, n, b, m, out) {
      const n4 = (n + 3) & ~3
      for (let j = 0; j < m; j++) {
        let s = 0
        for (let i = 0; i < n; i++) s += M[a + i]! * M[b + P(n4, i, j)]!
        M[out + j] = s
      }
    },
    pairGradient(points, n, d, alpha, inverse, slope, out) {
      const n4 = (n + 3) & ~3
      for (let t = 0; t < d; t++) M[out + t] = 0
      for (let k = 0; k < n; k++)
        for (let i = 0; i < k; i++) {
          const w = (M[alpha + i]! * M[alpha + k]! - M[inverse + P(n4, i, k)]!) * M[slope + P(n4, i, k)]!
          for (let t = 0; t < d; t++)
            M[out + t] = M[out + t]! + w * (M[points + i * d + t]! - M[points + k * d + t]!) ** 2
        }
    },
    queryGradient(points, n, d, queries, m, w, out) {
      const n4 = (n + 3) & ~3
      for (let j = 0; j < m; j++)
        for (let t = 0; t < d; t++) {
          let s = 0
          const q = ((j >> 2) * d + t) * 4 + (j & 3)
          for (let i = 0; i < n; i++) s += M[w + P(n4, i, j)]! * (M[points + i * d + t]! - M[queries + q]!)
          M[out + q] = s
        }
    },
  }
}
