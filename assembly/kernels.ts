// Numeric kernels for f64x2 lanes. Memory is one array of doubles; all arguments are offsets in doubles, or counts.
// A matrix of n × m lies in panels of four columns: element (i, j) at ((j >> 2) · height + i) · 4 + (j & 3), where the
// height is n rounded up to a multiple of four. Lanes go across columns, so that every sum is added up in the same order
// as in src/math/kernels-typescript.ts, whose bits these are: a change here is a change there.
import { covariance } from './covariance'
import { add, get, load, mul, padded, set, splat, store, sub } from './lanes'

/** Enough pages for so many doubles. */
export function reserve(doubles: i32): void {
  const pages = <i32>(((<i64>doubles << 3) + 0xffff) >> 16)
  if (pages > memory.size()) memory.grow(pages - memory.size())
}

export function matern52(points: i32, n: i32, d: i32, queries: i32, m: i32, k: i32, slope: i32, lower: bool): void {
  covariance(true, points, n, d, queries, m, k, slope, lower)
}

export function gaussian(points: i32, n: i32, d: i32, queries: i32, m: i32, k: i32, slope: i32, lower: bool): void {
  covariance(false, points, n, d, queries, m, k, slope, lower)
}

/** In place; the first row whose pivot is not positive, or −1. `work` holds 4 · height doubles. */
export function cholesky(a: i32, n: i32, work: i32): i32 {
  const height = padded(n)
  for (let panel = 0; panel < height >> 2; panel++) {
    const first = 4 * panel
    // The four pivot rows so far, by column: work[t][c] = L(first + c, t).
    for (let t = 0; t < first; t++) {
      const from = a + ((t >> 2) * height + first) * 4 + (t & 3)
      for (let c = 0; c < 4; c++) set(work + 4 * t + c, get(from + 4 * c))
    }
    const column = a + panel * height * 4
    for (let i = first; i < height; i += 4) subtractRows(a, height, column, i, first, work)
    const failed = factorPivot(column, first, n)
    if (failed >= 0) return failed
    const pivot = column + 4 * first
    for (let i = first + 4; i < n; i++) {
      const at = column + 4 * i
      for (let c = 0; c < 4; c++) {
        let sum = get(at + c)
        for (let t = 0; t < c; t++) sum -= get(at + t) * get(pivot + 4 * c + t)
        set(at + c, sum / get(pivot + 4 * c + c))
      }
    }
  }
  return -1
}

/** Four rows of a panel: takes away the products of columns 0 … `columns` with the pivot rows. */
@inline
function subtractRows(a: i32, height: i32, column: i32, i: i32, columns: i32, work: i32): void {
  const at = column + 4 * i
  let a0 = load(at)
  let a1 = load(at + 2)
  let b0 = load(at + 4)
  let b1 = load(at + 6)
  let c0 = load(at + 8)
  let c1 = load(at + 10)
  let d0 = load(at + 12)
  let d1 = load(at + 14)
  for (let block = 0; block < columns; block += 4) {
    const rows = a + ((block >> 2) * height + i) * 4
    for (let t = 0; t < 4; t++) {
      const u0 = load(work + 4 * (block + t))
      const u1 = load(work + 4 * (block + t) + 2)
      const la = splat(rows + t)
      a0 = sub(a0, mul(la, u0))
      a1 = sub(a1, mul(la, u1))
      const lb = splat(rows + 4 + t)
      b0 = sub(b0, mul(lb, u0))
      b1 = sub(b1, mul(lb, u1))
      const lc = splat(rows + 8 + t)
      c0 = sub(c0, mul(lc, u0))
      c1 = sub(c1, mul(lc, u1))
      const ld = splat(rows + 12 + t)
      d0 = sub(d0, mul(ld, u0))
      d1 = sub(d1, mul(ld, u1))
    }
  }
  store(at, a0)
  store(at + 2, a1)
  store(at + 4, b0)
  store(at + 6, b1)
  store(at + 8, c0)
  store(at + 10, c1)
  store(at + 12, d0)
  store(at + 14, d1)
}

@inline
function factorPivot(column: i32, first: i32, n: i32): i32 {
  for (let c = 0; c < 4 && first + c < n; c++) {
    const row = column + 4 * (first + c)
    for (let j = 0; j <= c; j++) {
      let sum = get(row + j)
      for (let t = 0; t < j; t++) sum -= get(row + t) * get(column + 4 * (first + j) + t)
      if (j < c) set(row + j, sum / get(column + 4 * (first + j) + j))
      else {
        if (!(sum > 0)) return first + c
        set(row + j, sqrt(sum))
      }
    }
  }
  return -1
}

/** One panel of B ← L⁻¹B, from a row that is a multiple of four on; above it B is zero. */
@inline
function solveLowerPanel(l: i32, n: i32, b: i32, from: i32): void {
  const height = padded(n)
  for (let i = from; i < n; i += 4) {
    const at = b + 4 * i
    let a0 = load(at)
    let a1 = load(at + 2)
    let b0 = load(at + 4)
    let b1 = load(at + 6)
    let c0 = load(at + 8)
    let c1 = load(at + 10)
    let d0 = load(at + 12)
    let d1 = load(at + 14)
    for (let block = from; block < i; block += 4) {
      const rows = l + ((block >> 2) * height + i) * 4
      for (let t = 0; t < 4; t++) {
        const u0 = load(b + 4 * (block + t))
        const u1 = load(b + 4 * (block + t) + 2)
        const la = splat(rows + t)
        a0 = sub(a0, mul(la, u0))
        a1 = sub(a1, mul(la, u1))
        const lb = splat(rows + 4 + t)
        b0 = sub(b0, mul(lb, u0))
        b1 = sub(b1, mul(lb, u1))
        const lc = splat(rows + 8 + t)
        c0 = sub(c0, mul(lc, u0))
        c1 = sub(c1, mul(lc, u1))
        const ld = splat(rows + 12 + t)
        d0 = sub(d0, mul(ld, u0))
        d1 = sub(d1, mul(ld, u1))
      }
    }
    const pivot = l + ((i >> 2) * height + i) * 4
    const p0 = splat(pivot)
    a0 = f64x2.div(a0, p0)
    a1 = f64x2.div(a1, p0)
    store(at, a0)
    store(at + 2, a1)
    if (i + 1 >= n) return
    const l10 = splat(pivot + 4)
    const p1 = splat(pivot + 5)
    b0 = f64x2.div(sub(b0, mul(l10, a0)), p1)
    b1 = f64x2.div(sub(b1, mul(l10, a1)), p1)
    store(at + 4, b0)
    store(at + 6, b1)
    if (i + 2 >= n) return
    const l20 = splat(pivot + 8)
    const l21 = splat(pivot + 9)
    const p2 = splat(pivot + 10)
    c0 = f64x2.div(sub(sub(c0, mul(l20, a0)), mul(l21, b0)), p2)
    c1 = f64x2.div(sub(sub(c1, mul(l20, a1)), mul(l21, b1)), p2)
    store(at + 8, c0)
    store(at + 10, c1)
    if (i + 3 >= n) return
    const l30 = splat(pivot + 12)
    const l31 = splat(pivot + 13)
    const l32 = splat(pivot + 14)
    const p3 = splat(pivot + 15)
    d0 = f64x2.div(sub(sub(sub(d0, mul(l30, a0)), mul(l31, b0)), mul(l32, c0)), p3)
    d1 = f64x2.div(sub(sub(sub(d1, mul(l30, a1)), mul(l31, b1)), mul(l32, c1)), p3)
    store(at + 12, d0)
    store(at + 14, d1)
  }
}

export function solveLower(l: i32, n: i32, b: i32, m: i32): void {
  for (let panel = 0; panel < padded(m) >> 2; panel++) solveLowerPanel(l, n, b + panel * padded(n) * 4, 0)
}

/** One panel of B ← L⁻ᵀB, of which rows from `until`, a multiple of four, are wanted. */
@inline
function solveUpperPanel(l: i32, n: i32, b: i32, until: i32): void {
  const height = padded(n)
  for (let i = (n - 1) & ~3; i >= until; i -= 4) {
    const at = b + 4 * i
    let a0 = load(at)
    let a1 = load(at + 2)
    let b0 = load(at + 4)
    let b1 = load(at + 6)
    let c0 = load(at + 8)
    let c1 = load(at + 10)
    let d0 = load(at + 12)
    let d1 = load(at + 14)
    const column = l + (i >> 2) * height * 4
    for (let t = i + 4; t < n; t++) {
      const u0 = load(b + 4 * t)
      const u1 = load(b + 4 * t + 2)
      const la = splat(column + 4 * t)
      a0 = sub(a0, mul(la, u0))
      a1 = sub(a1, mul(la, u1))
      const lb = splat(column + 4 * t + 1)
      b0 = sub(b0, mul(lb, u0))
      b1 = sub(b1, mul(lb, u1))
      const lc = splat(column + 4 * t + 2)
      c0 = sub(c0, mul(lc, u0))
      c1 = sub(c1, mul(lc, u1))
      const ld = splat(column + 4 * t + 3)
      d0 = sub(d0, mul(ld, u0))
      d1 = sub(d1, mul(ld, u1))
    }
    const pivot = column + 4 * i
    if (i + 3 < n) {
      const p3 = splat(pivot + 15)
      d0 = f64x2.div(d0, p3)
      d1 = f64x2.div(d1, p3)
      store(at + 12, d0)
      store(at + 14, d1)
      const l32 = splat(pivot + 14)
      c0 = sub(c0, mul(l32, d0))
      c1 = sub(c1, mul(l32, d1))
      const l31 = splat(pivot + 13)
      b0 = sub(b0, mul(l31, d0))
      b1 = sub(b1, mul(l31, d1))
      const l30 = splat(pivot + 12)
      a0 = sub(a0, mul(l30, d0))
      a1 = sub(a1, mul(l30, d1))
    }
    if (i + 2 < n) {
      const p2 = splat(pivot + 10)
      c0 = f64x2.div(c0, p2)
      c1 = f64x2.div(c1, p2)
      store(at + 8, c0)
      store(at + 10, c1)
      const l21 = splat(pivot + 9)
      b0 = sub(b0, mul(l21, c0))
      b1 = sub(b1, mul(l21, c1))
      const l20 = splat(pivot + 8)
      a0 = sub(a0, mul(l20, c0))
      a1 = sub(a1, mul(l20, c1))
    }
    if (i + 1 < n) {
      const p1 = splat(pivot + 5)
      b0 = f64x2.div(b0, p1)
      b1 = f64x2.div(b1, p1)
      store(at + 4, b0)
      store(at + 6, b1)
      const l10 = splat(pivot + 4)
      a0 = sub(a0, mul(l10, b0))
      a1 = sub(a1, mul(l10, b1))
    }
    const p0 = splat(pivot)
    store(at, f64x2.div(a0, p0))
    store(at + 2, f64x2.div(a1, p0))
  }
}

export function solveUpper(l: i32, n: i32, b: i32, m: i32): void {
  for (let panel = 0; panel < padded(m) >> 2; panel++) solveUpperPanel(l, n, b + panel * padded(n) * 4, 0)
}

/** The lower triangle of A⁻¹ = L⁻ᵀL⁻¹. */
export function invert(l: i32, n: i32, out: i32): void {
  const height = padded(n)
  for (let panel = 0; panel < height >> 2; panel++) {
    const column = out + panel * height * 4
    memory.fill(<usize>column << 3, 0, <usize>height << 5)
    for (let c = 0; c < 4; c++) set(column + (4 * panel + c) * 4 + c, 1)
    solveLowerPanel(l, n, column, 4 * panel)
    solveUpperPanel(l, n, column, 4 * panel)
  }
}

export function columnSquares(b: i32, n: i32, m: i32, out: i32): void {
  for (let panel = 0; panel < padded(m) >> 2; panel++) {
    const column = b + panel * padded(n) * 4
    let low = f64x2.splat(0)
    let high = f64x2.splat(0)
    for (let i = 0; i < n; i++) {
      const x = load(column + 4 * i)
      const y = load(column + 4 * i + 2)
      low = add(low, mul(x, x))
      high = add(high, mul(y, y))
    }
    store(out + 4 * panel, low)
    store(out + 4 * panel + 2, high)
  }
}

export function weightedSums(a: i32, n: i32, b: i32, m: i32, out: i32): void {
  for (let panel = 0; panel < padded(m) >> 2; panel++) {
    const column = b + panel * padded(n) * 4
    let low = f64x2.splat(0)
    let high = f64x2.splat(0)
    for (let i = 0; i < n; i++) {
      const weight = splat(a + i)
      low = add(low, mul(weight, load(column + 4 * i)))
      high = add(high, mul(weight, load(column + 4 * i + 2)))
    }
    store(out + 4 * panel, low)
    store(out + 4 * panel + 2, high)
  }
}

/** `work` holds 4 · height doubles. */
export function pairGradient(
  points: i32,
  n: i32,
  d: i32,
  queries: i32,
  alpha: i32,
  inverse: i32,
  slope: i32,
  out: i32,
  work: i32,
): void {
  const height = padded(n)
  for (let t = 0; t < d; t++) set(out + t, 0)
  for (let panel = 0; panel < height >> 2; panel++) {
    const first = 4 * panel
    weighPairs(first, n, height, alpha, inverse, slope, work)
    for (let t = 0; t < d; t++) {
      const query = queries + (panel * d + t) * 4
      const q0 = load(query)
      const q1 = load(query + 2)
      let low = f64x2.splat(0)
      let high = f64x2.splat(0)
      for (let i = first; i < n; i++) {
        const x = splat(points + i * d + t)
        const z0 = sub(x, q0)
        const z1 = sub(x, q1)
        low = add(low, mul(load(work + 4 * i), mul(z0, z0)))
        high = add(high, mul(load(work + 4 * i + 2), mul(z1, z1)))
      }
      const sum =
        f64x2.extract_lane(low, 0) +
        f64x2.extract_lane(low, 1) +
        (f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1))
      set(out + t, get(out + t) + sum)
    }
  }
}

/** work[i][c] = (α_i α_k − A⁻¹(i, k)) · slope(i, k) for k = first + c < i, else 0. */
@inline
function weighPairs(first: i32, n: i32, height: i32, alpha: i32, inverse: i32, slope: i32, work: i32): void {
  const a0 = load(alpha + first)
  const a1 = load(alpha + first + 2)
  for (let i = first; i < n; i++) {
    const at = first * height + 4 * i
    const a = splat(alpha + i)
    store(work + 4 * i, mul(sub(mul(a, a0), load(inverse + at)), load(slope + at)))
    store(work + 4 * i + 2, mul(sub(mul(a, a1), load(inverse + at + 2)), load(slope + at + 2)))
    for (let c = i - first; c < 4; c++) set(work + 4 * i + c, 0)
  }
}

export function queryGradient(points: i32, n: i32, d: i32, queries: i32, m: i32, w: i32, out: i32): void {
  for (let panel = 0; panel < padded(m) >> 2; panel++) {
    const column = w + panel * padded(n) * 4
    for (let t = 0; t < d; t++) {
      const at = (panel * d + t) * 4
      const q0 = load(queries + at)
      const q1 = load(queries + at + 2)
      let low = f64x2.splat(0)
      let high = f64x2.splat(0)
      for (let i = 0; i < n; i++) {
        const x = splat(points + i * d + t)
        low = add(low, mul(load(column + 4 * i), sub(x, q0)))
        high = add(high, mul(load(column + 4 * i + 2), sub(x, q1)))
      }
      store(out + at, low)
      store(out + at + 2, high)
    }
  }
}

/** B(i, j) ← S(i, j) · B(i, j) and S(i, j) ← S(i, j) · a[i]. */
export function weighRows(s: i32, b: i32, a: i32, n: i32, m: i32): void {
  for (let panel = 0; panel < padded(m) >> 2; panel++) {
    for (let i = 0; i < n; i++) {
      const weight = splat(a + i)
      for (let half = 0; half < 4; half += 2) {
        const at = (panel * padded(n) + i) * 4 + half
        const x = load(s + at)
        store(b + at, mul(x, load(b + at)))
        store(s + at, mul(x, weight))
      }
    }
  }
}
