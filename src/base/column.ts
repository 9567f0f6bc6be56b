const chunkBits = 14
/** Entries a chunk: growing never copies, and an entry costs its bytes and no object. */
const chunkLength = 1 << chunkBits
const chunkMask = chunkLength - 1

type Cells = Float64Array | Uint32Array | Uint16Array | Uint8Array

/** A growing list of numbers in typed chunks. */
export class Column {
  readonly #create: (length: number) => Cells
  readonly #chunks: Cells[] = []
  #length = 0

  private constructor(create: (length: number) => Cells) {
    this.#create = create
  }

  static float64(): Column {
    return new Column((length) => new Float64Array(length))
  }

  /** Integers from 0 to 2^32 − 1. */
  static uint32(): Column {
    return new Column((length) => new Uint32Array(length))
  }

  /** Integers from 0 to 2^16 − 1. */
  static uint16(): Column {
    return new Column((length) => new Uint16Array(length))
  }

  /** Integers from 0 to 255. */
  static uint8(): Column {
    return new Column((length) => new Uint8Array(length))
  }

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    const offset = this.#length & chunkMask
    if (offset === 0) this.#chunks.push(this.#create(chunkLength))
    this.#chunks[this.#length >>> chunkBits]![offset] = value
    this.#length += 1
  }

  /** The entry at `index`, which must exist. */
  get(index: number): number {
    return this.#chunks[index >>> chunkBits]![index & chunkMask]!
  }

  set(index: number, value: number): void {
    this.#chunks[index >>> chunkBits]![index & chunkMask] = value
  }
}

/** A growing table of float64 rows of equal width. */
export class Rows {
  readonly width: number
  readonly #chunks: Float64Array[] = []
  #length = 0

  constructor(width: number) {
    this.width = width
  }

  get length(): number {
    return this.#length
  }

  /** Appends a row of zeros and answers its index. */
  add(): number {
    if ((this.#length & chunkMask) === 0) this.#chunks.push(new Float64Array(chunkLength * this.width))
    return this.#length++
  }

  /** The cells that hold a row, from `offset(row)` on. */
  cells(row: number): Float64Array {
    return this.#chunks[row >>> chunkBits]!
  }

  offset(row: number): number {
    return (row & chunkMask) * this.width
  }

  get(row: number, column: number): number {
    return this.#chunks[row >>> chunkBits]![(row & chunkMask) * this.width + column]!
  }

  set(row: number, column: number, value: number): void {
    this.#chunks[row >>> chunkBits]![(row & chunkMask) * this.width + column] = value
  }

  /** Copies a row into `out` from `offset` on. */
  copy(row: number, out: Float64Array, offset: number): void {
    const start = (row & chunkMask) * this.width
    const cells = this.#chunks[row >>> chunkBits]!
    for (let i = 0; i < this.width; i++) out[offset + i] = cells[start + i]!
  }
}
