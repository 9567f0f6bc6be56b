// Matrices of covariances between points, and the exponential of which they consist.
import { add, load, mul, padded, store, sub } from './lanes'

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
export function covariance(
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
