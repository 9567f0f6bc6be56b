// Numeric kernels for f64x2 lanes. Memory is one array of doubles; all arguments are offsets in doubles, or counts.
// A matrix of n × m lies in panels of four columns: element (i, j) at ((j >> 2) · height + i) · 4 + (j & 3), where the
// height is n rounded up to a multiple of four. Lanes go across columns, so that every sum is added up in the same order
// as in src/math/kernels-typescript.ts, whose bits these are: a change here is a change there.

@inline
function load(at: i32): v128 {
  return v128.load(<usize>at << 3)
}

@inline
function store(at: i32, value: v128): void {
  v128.store(<usize>at << 3, value)
}

@inline
function splat(at: i32): v128 {
  return v128.load64_splat(<usize>at << 3)
}

@inline
function get(at: i32): f64 {
  return f64.load(<usize>at << 3)
}

@inline
function set(at: i32, value: f64): void {
  f64.store(<usize>at << 3, value)
}

@inline
function padded(n: i32): i32 {
  return (n + 3) & ~3
}

@inline
function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b)
}

@inline
function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b)
}

@inline
function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b)
}

/** Enough pages for so many doubles. */
export function reserve(doubles: i32): void {
  const pages = <i32>(((<i64>doubles << 3) + 0xffff) >> 16)
  if (pages > memory.size()) memory.grow(pages - memory.size())
}

// exp(x) for x ≤ 0 as 2^k · exp(r), |r| ≤ ln 2 / 2: k by adding and taking away 1.5 · 2^52, exp(r) by its Taylor polynomial
// of degree 13.
@inline
function magnitude(x: v128): v128 {
  return add(mul(x, f64x2.splat(1.4426950408889634)), f64x2.splat(6755399441055744))
}

@inline
function remainder(x: v128, magnitude: v128): v128 {
  const k = sub(magnitude, f64x2.splat(6755399441055744))
  return sub(sub(x, mul(k, f64x2.splat(0.6931471803691238))), mul(k, f64x2.splat(1.9082149292705877e-10)))
}

/** p · 2^k: the last bits of the magnitude are added to the exponent. */
@inline
function scaled(p: v128, magnitude: v128): v128 {
  return i64x2.add(p, i64x2.shl(magnitude, 52))
}

/** Four times two at once, as each waits for its own last step; stored in two rows of a panel. */
@inline
function expNonPositive(x0: v128, x1: v128, x2: v128, x3: v128, first: i32, second: i32): void {
  const least = f64x2.splat(-708)
  x0 = f64x2.max(x0, least)
  x1 = f64x2.max(x1, least)
  x2 = f64x2.max(x2, least)
  x3 = f64x2.max(x3, least)
  const k0 = magnitude(x0)
  const k1 = magnitude(x1)
  const k2 = magnitude(x2)
  const k3 = magnitude(x3)
  const r0 = remainder(x0, k0)
  const r1 = remainder(x1, k1)
  const r2 = remainder(x2, k2)
  const r3 = remainder(x3, k3)
  let c = f64x2.splat(1.6059043836821613e-10)
  let p0 = c
  let p1 = c
  let p2 = c
  let p3 = c
  c = f64x2.splat(2.08767569878681e-9)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(2.505210838544172e-8)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(2.755731922398589e-7)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(2.7557319223985893e-6)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(2.48015873015873e-5)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(1.984126984126984e-4)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(1.388888888888889e-3)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(8.333333333333333e-3)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(4.1666666666666664e-2)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(1.6666666666666666e-1)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(0.5)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(1)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  c = f64x2.splat(1)
  p0 = add(mul(p0, r0), c)
  p1 = add(mul(p1, r1), c)
  p2 = add(mul(p2, r2), c)
  p3 = add(mul(p3, r3), c)
  store(first, scaled(p0, k0))
  store(first + 2, scaled(p1, k1))
  store(second, scaled(p2, k2))
  store(second + 2, scaled(p3, k3))
}

/** (1 + s + s²/3) · e, or its slope. */
@inline
function matern(s: v128, k: i32, slope: i32, at: i32): void {
  const e = load(k + at)
  const linear = add(f64x2.splat(1), s)
  store(k + at, mul(add(linear, f64x2.div(mul(s, s), f64x2.splat(3))), e))
  if (slope >= 0) store(slope + at, mul(mul(f64x2.splat(1.6666666666666667), linear), e))
}

/** Two rows at a time; the last one alone is its own other. */
@inline
function covariance(
  isMatern: bool,
  points: i32,
  n: i32,
  d: i32,
  queries: i32,
  m: i32,
  k: i32,
  slope: i32,
  lower: bool,
): void {
  const height = padded(n)
  for (let panel = 0; panel < padded(m) >> 2; panel++) {
    const query = queries + panel * 4 * d
    for (let i = lower ? 4 * panel : 0; i < n; i += 2) {
      const j = min(i + 1, n - 1)
      let s0 = f64x2.splat(0)
      let s1 = s0
      let s2 = s0
      let s3 = s0
      let at = <usize>query << 3
      const end = at + (<usize>d << 5)
      let one = <usize>(points + i * d) << 3
      const apart = <usize>((j - i) * d) << 3
      for (; at < end; at += 32, one += 8) {
        const low = v128.load(at)
        const high = v128.load(at, 16)
        const ours = v128.load64_splat(one)
        const others = v128.load64_splat(one + apart)
        const z0 = sub(ours, low)
        const z1 = sub(ours, high)
        const z2 = sub(others, low)
        const z3 = sub(others, high)
        s0 = add(s0, mul(z0, z0))
        s1 = add(s1, mul(z1, z1))
        s2 = add(s2, mul(z2, z2))
        s3 = add(s3, mul(z3, z3))
      }
      const first = (panel * height + i) * 4
      const second = (panel * height + j) * 4
      if (isMatern) {
        const root = f64x2.splat(2.23606797749979)
        s0 = mul(root, f64x2.sqrt(s0))
        s1 = mul(root, f64x2.sqrt(s1))
        s2 = mul(root, f64x2.sqrt(s2))
        s3 = mul(root, f64x2.sqrt(s3))
        expNonPositive(f64x2.neg(s0), f64x2.neg(s1), f64x2.neg(s2), f64x2.neg(s3), k + first, k + second)
        matern(s0, k, slope, first)
        matern(s1, k, slope, first + 2)
        if (j > i) {
          matern(s2, k, slope, second)
          matern(s3, k, slope, second + 2)
        }
      } else {
        const half = f64x2.splat(-0.5)
        expNonPositive(mul(half, s0), mul(half, s1), mul(half, s2), mul(half, s3), k + first, k + second)
        if (slope >= 0) {
          store(slope + first, load(k + first))
          store(slope + first + 2, load(k + first + 2))
          store(slope + second, load(k + second))
          store(slope + second + 2, load(k + second + 2))
        }
      }
    }
  }
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
