// Tables of real training runs: every configuration of a grid, several seeds each.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { choice, ordinal } from '../../src/space/index.ts'
import type { Space } from '../../src/space/types.ts'

interface Header {
  readonly file: string
  readonly main: string
  readonly direction: 'minimize' | 'maximize'
  readonly space: Readonly<Record<string, readonly (number | string)[]>>
  readonly layout: readonly { readonly metric: string; readonly offset: number; readonly shape: readonly number[] }[]
}

export class Table {
  readonly name: string
  readonly space: Space
  readonly seeds: number
  /** The lowest mean loss. */
  readonly best: number
  readonly #header: Header
  readonly #values: Float32Array

  constructor(folder: string, name: string) {
    this.name = name
    this.#header = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Header
    const bytes = readFileSync(join(folder, this.#header.file))
    const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    const { offset, shape } = this.#header.layout.find(({ metric }) => metric === this.#header.main)!
    this.#values = all.subarray(offset, offset + shape[0]! * shape[1]!)
    this.seeds = shape[1]!
    this.space = Object.fromEntries(
      Object.entries(this.#header.space).map(([parameter, values]) => [parameter, parameterOf(values)]),
    )
    let best = Infinity
    for (let row = 0; row < shape[0]!; row++) best = Math.min(best, this.#mean(row))
    this.best = best
  }

  /** The loss of one run of a configuration; of another seed where this one is missing. */
  loss(config: Readonly<Record<string, unknown>>, seed: number): number {
    const row = this.#rowOf(config)
    for (let i = 0; i < this.seeds; i++) {
      const value = this.#values[row * this.seeds + ((seed + i) % this.seeds)]!
      if (!Number.isNaN(value)) return this.#sign * value
    }
    return NaN
  }

  /** The mean loss of a configuration over all seeds. */
  truth(config: Readonly<Record<string, unknown>>): number {
    return this.#mean(this.#rowOf(config))
  }

  get #sign(): number {
    return this.#header.direction === 'minimize' ? 1 : -1
  }

  #mean(row: number): number {
    let sum = 0
    let count = 0
    for (let i = 0; i < this.seeds; i++) {
      const value = this.#values[row * this.seeds + i]!
      if (Number.isNaN(value)) continue
      sum += this.#sign * value
      count += 1
    }
    return count === 0 ? Infinity : sum / count
  }

  #rowOf(config: Readonly<Record<string, unknown>>): number {
    let row = 0
    for (const [parameter, values] of Object.entries(this.#header.space)) {
      row = row * values.length + values.indexOf(config[parameter] as number | string)
    }
    return row
  }
}

/** Numbers have an order. */
function parameterOf(values: readonly (number | string)[]): unknown {
  const [first, ...rest] = values as [number | string, ...(number | string)[]]
  return values.every((value) => typeof value === 'number') ? ordinal(first, ...rest) : choice(first, ...rest)
}

/** The folders with tables below `data`; those that are missing are named. */
export function tablesIn(data: string): {
  readonly tables: readonly (readonly [folder: string, name: string])[]
  readonly missing: readonly string[]
} {
  const tables: (readonly [string, string])[] = []
  const missing: string[] = []
  for (const family of ['fcnet', 'hpobench_mlp', 'nasbench201']) {
    const folder = join(data, 'tables', family)
    if (!existsSync(folder)) missing.push(folder)
    else for (const file of readdirSync(folder)) if (file.endsWith('.json')) tables.push([folder, file.slice(0, -5)])
  }
  return { tables, missing }
}
