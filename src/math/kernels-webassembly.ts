import type { Kernels } from './kernels.ts'
import { wasm } from './kernels-wasm.ts'

/** What the module exports; offsets are in doubles from the beginning of its memory. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  reserve(doubles: number): void
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
  cholesky(a: number, n: number, work: number): number
  solveLower(l: number, n: number, b: number, m: number): void
  solveUpper(l: number, n: number, b: number, m: number): void
  invert(l: number, n: number, out: number): void
  columnSquares(b: number, n: number, m: number, out: number): void
  weightedSums(a: number, n: number, b: number, m: number, out: number): void
  pairGradient(
    points: number,
    n: number,
    d: number,
    queries: number,
    alpha: number,
    inverse: number,
    slope: number,
    out: number,
    work: number,
  ): void
  queryGradient(points: number, n: number, d: number, queries: number, m: number, w: number, out: number): void
  weighRows(s: number, b: number, a: number, n: number, m: number): void
}

/** The part of the WebAssembly interface that is used; the language's own types don't have it. */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => object
      readonly Instance: new (module: object) => { readonly exports: unknown }
    }
  | undefined

let compiled: object | undefined

/** Undefined where there is no WebAssembly, or one without SIMD. */
export function webassemblyKernels(): Kernels | undefined {
  if (typeof WebAssembly === 'undefined') return undefined
  try {
    compiled ??= new WebAssembly.Module(bytesOf(wasm))
  } catch {
    return undefined
  }
  return new WebassemblyKernels(new WebAssembly.Instance(compiled).exports as Exports)
}

class WebassemblyKernels implements Kernels {
  readonly #exports: Exports
  #work = 0

  constructor(exports: Exports) {
    this.#exports = exports
  }

  reset(doubles: number): Float64Array {
    // Behind the arena there is room for the kernels' work: four columns of a matrix that fits into it.
    const work = 4 * Math.ceil(Math.sqrt(doubles)) + 16
    this.#work = doubles
    this.#exports.reserve(doubles + work)
    return new Float64Array(this.#exports.memory.buffer, 0, doubles).fill(0)
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
    this.#exports.matern52(points, n, d, queries, m, k, slope, lower)
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
    this.#exports.gaussian(points, n, d, queries, m, k, slope, lower)
  }

  cholesky(a: number, n: number): number {
    return this.#exports.cholesky(a, n, this.#work)
  }

  solveLower(l: number, n: number, b: number, m: number): void {
    this.#exports.solveLower(l, n, b, m)
  }

  solveUpper(l: number, n: number, b: number, m: number): void {
    this.#exports.solveUpper(l, n, b, m)
  }

  invert(l: number, n: number, out: number): void {
    this.#exports.invert(l, n, out)
  }

  columnSquares(b: number, n: number, m: number, out: number): void {
    this.#exports.columnSquares(b, n, m, out)
  }

  weightedSums(a: number, n: number, b: number, m: number, out: number): void {
    this.#exports.weightedSums(a, n, b, m, out)
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
    this.#exports.pairGradient(points, n, d, queries, alpha, inverse, slope, out, this.#work)
  }

  queryGradient(points: number, n: number, d: number, queries: number, m: number, w: number, out: number): void {
    this.#exports.queryGradient(points, n, d, queries, m, w, out)
  }

  weighRows(s: number, b: number, a: number, n: number, m: number): void {
    this.#exports.weighRows(s, b, a, n, m)
  }
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Decodes Base64 without padding. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let pending = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    bits = ((bits << 6) | digits.indexOf(text[i]!)) & 0xffffff
    pending += 6
    if (pending < 8) continue
    pending -= 8
    bytes[at++] = (bits >> pending) & 0xff
  }
  return bytes
}
