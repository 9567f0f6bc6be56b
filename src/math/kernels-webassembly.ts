import type { Kernels } from './kernels.ts'
import { powers } from './kernels-typescript.ts'
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

/** The arena begins behind the table of powers of two; behind it there is room for the kernels' work. */
const base = powers.length

class WebassemblyKernels implements Kernels {
  readonly #exports: Exports
  #work = 0

  constructor(exports: Exports) {
    this.#exports = exports
    exports.reserve(base)
    new Float64Array(exports.memory.buffer).set(powers)
  }

  reset(doubles: number): Float64Array {
    // Four columns of a matrix that fits into the arena.
    const work = 4 * Math.ceil(Math.sqrt(doubles)) + 16
    this.#work = base + doubles
    this.#exports.reserve(base + doubles + work)
    return new Float64Array(this.#exports.memory.buffer, 8 * base, doubles).fill(0)
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
    this.#exports.matern52(base + points, n, d, base + queries, m, base + k, slope < 0 ? -1 : base + slope, lower)
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
    this.#exports.gaussian(base + points, n, d, base + queries, m, base + k, slope < 0 ? -1 : base + slope, lower)
  }

  cholesky(a: number, n: number): number {
    return this.#exports.cholesky(base + a, n, this.#work)
  }

  solveLower(l: number, n: number, b: number, m: number): void {
    this.#exports.solveLower(base + l, n, base + b, m)
  }

  solveUpper(l: number, n: number, b: number, m: number): void {
    this.#exports.solveUpper(base + l, n, base + b, m)
  }

  invert(l: number, n: number, out: number): void {
    this.#exports.invert(base + l, n, base + out)
  }

  columnSquares(b: number, n: number, m: number, out: number): void {
    this.#exports.columnSquares(base + b, n, m, base + out)
  }

  weightedSums(a: number, n: number, b: number, m: number, out: number): void {
    this.#exports.weightedSums(base + a, n, base + b, m, base + out)
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
    const at = [points, queries, alpha, inverse, slope, out].map((offset) => base + offset)
    this.#exports.pairGradient(at[0]!, n, d, at[1]!, at[2]!, at[3]!, at[4]!, at[5]!, this.#work)
  }

  queryGradient(points: number, n: number, d: number, queries: number, m: number, w: number, out: number): void {
    this.#exports.queryGradient(base + points, n, d, base + queries, m, base + w, base + out)
  }

  weighRows(s: number, b: number, a: number, n: number, m: number): void {
    this.#exports.weighRows(base + s, base + b, base + a, n, m)
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
