import { typescriptKernels } from './kernels-typescript.ts'
import { webassemblyKernels } from './kernels-webassembly.ts'

/**
 * The dense linear algebra of Gaussian processes, on an arena of doubles that is addressed by offsets. Two implementations
 * give the same bits: WebAssembly with SIMD, and TypeScript.
 *
 * A matrix of n × m lies in panels of four columns: element (i, j) at `((j >> 2) · height + i) · 4 + (j & 3)`, where the
 * height is n rounded up to a multiple of four. Points lie row by row; queries, and everything by query, in panels too:
 * coordinate t of query j at `((j >> 2) · d + t) · 4 + (j & 3)`. What stands beyond the last row or column has no effect.
 */
export interface Kernels {
  /** Begins anew: `doubles` zeros. Answers the arena, which is valid until the next call. */
  reset(doubles: number): Float64Array
  /**
   * Covariances of n points and m queries in d dimensions: k = (1 + s + s²/3) e⁻ˢ with s = √5 · distance. With
   * `slope` ≥ 0 also (5/3)(1 + s) e⁻ˢ, so that dk/dx = −slope · (x − q). `lower`: only rows from each panel's own on are
   * wanted, where queries are the points.
   */
  matern52(
    points: number,
    n: number,
    d: number,
    queries: number,
    m: number,
    k: number,
    slope: number,
    lower: boolean,
  ): void
  /** The same for k = exp(−distance² / 2), whose slope is k. */
  gaussian(
    points: number,
    n: number,
    d: number,
    queries: number,
    m: number,
    k: number,
    slope: number,
    lower: boolean,
  ): void
  /** In place, in the lower triangle: A = LLᵀ. Answers the first row whose pivot is not positive, or −1. */
  cholesky(a: number, n: number): number
  /** B ← L⁻¹B, with B n × m. */
  solveLower(l: number, n: number, b: number, m: number): void
  /** B ← L⁻ᵀB. */
  solveUpper(l: number, n: number, b: number, m: number): void
  /** The lower triangle of A⁻¹ = L⁻ᵀL⁻¹. */
  invert(l: number, n: number, out: number): void
  /** out[j] = Σᵢ B(i, j)². */
  columnSquares(b: number, n: number, m: number, out: number): void
  /** out[j] = Σᵢ a[i] B(i, j). */
  weightedSums(a: number, n: number, b: number, m: number, out: number): void
  /** out[t] = Σ_{i > k} (αᵢ αₖ − A⁻¹(i, k)) slope(i, k) (xᵢₜ − xₖₜ)², with the points also as queries. */
  pairGradient(
    points: number,
    n: number,
    d: number,
    queries: number,
    alpha: number,
    inverse: number,
    slope: number,
    out: number,
  ): void
  /** out(t, j) = Σᵢ W(i, j) (xᵢₜ − qⱼₜ). */
  queryGradient(points: number, n: number, d: number, queries: number, m: number, w: number, out: number): void
  /** B(i, j) ← S(i, j) B(i, j), then S(i, j) ← S(i, j) a[i]. */
  weighRows(s: number, b: number, a: number, n: number, m: number): void
}

/** Kernels with an arena of their own: WebAssembly where there is any. */
export function createKernels(): Kernels {
  return webassemblyKernels() ?? typescriptKernels()
}
