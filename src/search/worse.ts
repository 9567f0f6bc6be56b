import { Heap } from '../base/heap.ts'
import { mix } from '../base/random.ts'
import { Parzen } from './parzen.ts'
import type { Columns } from './parzen-columns.ts'

/** Trials up to which all are kernels; beyond, the newest and an even sample of the others are. */
const newestMax = 500
const olderMax = 1_500

interface Entry {
  readonly trial: number
  readonly hash: number
  isOlder: boolean
  isIn: boolean
}

/**
 * The density of the worse trials, in bounded time and memory: of more than 2,000 the newest 500 are kernels, and of the
 * others those 1,500 whose numbers have the lowest hashes, with the weight of all: a uniform sample without replacement.
 */
export class Worse {
  readonly kernels: Parzen
  /** Trials, also those without a kernel. */
  size = 0
  readonly #entries = new Map<number, Entry>()
  /** Those that came last, oldest first, from `#first` on; also such that went since. */
  #newest: Entry[] = []
  #first = 0
  #newestCount = 0
  /** The others, the one to give up first on top; also such that went since. */
  readonly #older = new Heap<Entry>((a, b) => a.hash > b.hash || (a.hash === b.hash && a.trial > b.trial))
  #olderCount = 0

  constructor(columns: Columns) {
    this.kernels = new Parzen(columns)
  }

  insert(trial: number, point: Float64Array): void {
    const entry = { trial, hash: mix(trial, 0x5bd1e995), isOlder: false, isIn: true }
    this.size += 1
    this.#entries.set(trial, entry)
    this.kernels.insert(trial, point)
    this.#newest.push(entry)
    if (++this.#newestCount > newestMax) this.#age()
    if (this.#olderCount > olderMax) this.#giveUp()
  }

  remove(trial: number): void {
    this.size -= 1
    const entry = this.#entries.get(trial)
    if (entry === undefined) return
    if (entry.isOlder) this.#olderCount -= 1
    else this.#newestCount -= 1
    this.#drop(entry)
  }

  /** Must be called after changes, before the density is asked for. */
  prepare(): void {
    if (this.#olderCount > 0) this.kernels.setCommonWeight((this.size - this.#newestCount) / this.#olderCount)
    this.kernels.prepare()
  }

  #age(): void {
    let entry = this.#newest[this.#first++]!
    while (!entry.isIn) entry = this.#newest[this.#first++]!
    entry.isOlder = true
    this.kernels.makeCommon(entry.trial)
    this.#newestCount -= 1
    this.#olderCount += 1
    this.#older.push(entry)
    if (this.#first < 4 * newestMax) return
    this.#newest = this.#newest.slice(this.#first)
    this.#first = 0
  }

  #giveUp(): void {
    let entry = this.#older.pop()!
    while (!entry.isIn) entry = this.#older.pop()!
    this.#olderCount -= 1
    this.#drop(entry)
  }

  #drop(entry: Entry): void {
    entry.isIn = false
    this.#entries.delete(entry.trial)
    this.kernels.remove(entry.trial)
  }
}
