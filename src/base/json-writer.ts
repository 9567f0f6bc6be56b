// Declared here and not taken from Node's types: this layer is compiled without them.
declare class TextDecoder {
  constructor(encoding: string, options: { readonly ignoreBOM: boolean })
  decode(bytes: Uint8Array): string
}
declare class TextEncoder {
  encodeInto(text: string, bytes: Uint8Array): { readonly written: number }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()
/** Bytes at the beginning, and those that are kept from one text to the next. */
const firstBytes = 256
const keptBytes = 4_194_304
const quote = 0x22
const point = 0x2e
const zero = 0x30
const backslash = 0x5c
/** Digits of a decimal fraction that always come back from a double. */
const safeDigits = 15
const safePower = 1e15

/**
 * Builds JSON piece by piece in bytes of its own: a text of many small pieces as a string is a tree, which costs the collector
 * more than the text. What it writes equals `JSON.stringify` to the last character.
 */
export class JsonWriter {
  #bytes = new Uint8Array(firstBytes)
  #length = 0

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  /** ASCII characters as they are. */
  raw(text: string): void {
    this.#reserve(text.length)
    const bytes = this.#bytes
    const start = this.#length
    for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i)
    this.#length = start + text.length
  }

  /** A number that must be finite. */
  number(value: number): void {
    if (value >= 0 && (value | 0) === value) this.#integer(value)
    else if (!(value >= 1e-6 && value < 1 && this.#fraction(value))) this.raw(`${value}`)
  }

  /** A quoted string. */
  string(text: string): void {
    this.#reserve(text.length + 2)
    const bytes = this.#bytes
    let end = this.#length
    bytes[end++] = quote
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code < 0x20 || code > 0x7e || code === quote || code === backslash) return this.json(text)
      bytes[end++] = code
    }
    bytes[end++] = quote
    this.#length = end
  }

  /** Anything that JSON can hold; numbers that are not finite are null. */
  json(value: unknown): void {
    const text = JSON.stringify(value) ?? 'null'
    this.#reserve(3 * text.length)
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written
  }

  /** The text so far; the next one begins. */
  take(): string {
    const text = decoder.decode(this.#bytes.subarray(0, this.#length))
    this.#length = 0
    if (this.#bytes.length > keptBytes) this.#bytes = new Uint8Array(firstBytes)
    return text
  }

  /** From 0 to 2^31 − 1. */
  #integer(value: number): void {
    this.#reserve(10)
    this.#length += digitsOf(value)
    this.#digits(value, this.#length)
  }

  /** The digits of such an integer, the last of them before `end`. */
  #digits(value: number, end: number): void {
    const bytes = this.#bytes
    let rest = value
    let place = end
    while (rest >= 10) {
      const tenth = (rest / 10) | 0
      bytes[--place] = zero + rest - 10 * tenth
      rest = tenth
    }
    bytes[--place] = zero + rest
  }

  /**
   * A value in [1e-6, 1) that has 15 decimals at most; false for another one. No two decimals of 15 digits are the same double, so that
   * what comes back is the shortest, which is what JSON has. Several times as fast as the general way.
   */
  #fraction(value: number): boolean {
    const scaled = Math.round(value * safePower)
    // Both are exact, so that the quotient is the double nearest to the decimal.
    if (scaled / safePower !== value) return false
    this.#reserve(safeDigits + 2)
    const bytes = this.#bytes
    const start = this.#length + 2
    let end = start + safeDigits
    for (let i = start - 2; i < end; i++) bytes[i] = zero
    bytes[start - 1] = point
    const high = (scaled / 1e8) | 0
    this.#digits(high, end - 8)
    this.#digits((scaled - 1e8 * high) | 0, end)
    while (bytes[end - 1] === zero) end -= 1
    this.#length = end
    return true
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes > this.#bytes.length) this.#grow(this.#length + bytes)
  }

  #grow(needed: number): void {
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    grown.set(this.#bytes)
    this.#bytes = grown
  }
}

function digitsOf(value: number): number {
  let digits = 1
  for (let bound = 10; value >= bound; bound *= 10) digits += 1
  return digits
}
