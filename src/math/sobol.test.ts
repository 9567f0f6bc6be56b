import assert from 'node:assert/strict'
import { test } from 'node:test'

import { mix, purpose, stream } from '../base/random.ts'
import { scrambledSobol, sobolBits, sobolDimensions } from './sobol.ts'

test('the sequence is that of scipy.stats.qmc.Sobol(scramble=False, bits=32)', () => {
  const first = Array.from({ length: 6 }, (_, index) => [0, 1, 2, 3, 4].map((d) => sobolBits(index, d) / 2 ** 32))
  assert.deepEqual(first, [
    [0, 0, 0, 0, 0],
    [0.5, 0.5, 0.5, 0.5, 0.5],
    [0.75, 0.25, 0.25, 0.25, 0.75],
    [0.25, 0.75, 0.75, 0.75, 0.25],
    [0.375, 0.375, 0.625, 0.875, 0.375],
    [0.875, 0.875, 0.125, 0.375, 0.875],
  ])
  const later = [7, 50, 123, 200, 255].map((dimension) => sobolBits(37, dimension))
  assert.deepEqual(later, [3422552064, 1811939328, 738197504, 3556769792, 1946157056])
  const last = [1, 2, 99, 180, 254].map((dimension) => sobolBits(63, dimension))
  assert.deepEqual(last, [3422552064, 1543503872, 335544320, 335544320, 872415232])
  const high = [256, 500, 777, 1000, 1023].map((dimension) => sobolBits(1000, dimension))
  assert.deepEqual(high, [2688548864, 3116367872, 4047503360, 2428502016, 3066036224])
})

test('all direction numbers are those of scipy: the sum of the first 1,024 points of all dimensions', () => {
  let sum = 0
  for (let index = 0; index < 1024; index++) {
    for (let dimension = 0; dimension < sobolDimensions; dimension++) sum += sobolBits(index, dimension)
  }
  assert.equal(sum, 2249600790429696)
})

test('scrambling keeps the stratification: of 2^k points each of 2^k equal cells holds one', () => {
  for (const seed of [0, 1, 12345]) {
    for (const dimension of [0, 1, 17, 100, sobolDimensions - 1]) {
      for (const count of [2, 16, 256]) {
        const cells = new Set(
          Array.from({ length: count }, (_, i) => Math.floor(count * scrambledSobol(i, dimension, seed))),
        )
        assert.equal(cells.size, count, `seed ${seed}, dimension ${dimension}, ${count} points`)
      }
    }
  }
})

test('no coordinate is 0 or 1, and the first point differs from seed to seed', () => {
  const firsts = new Set<number>()
  for (let seed = 0; seed < 200; seed++) {
    const u = scrambledSobol(0, 0, seed)
    assert.ok(u > 0 && u < 1, `seed ${seed}: ${u}`)
    firsts.add(u)
  }
  assert.equal(firsts.size, 200)
})

/** The hash of Owen scrambling as N. Vegdahl published it, in whole numbers of any size. */
function scrambledSlowly(fraction: number, seed: number): number {
  const reversed = (x: bigint): bigint => BigInt(`0b${x.toString(2).padStart(32, '0').split('').toReversed().join('')}`)
  let x = BigInt.asUintN(32, reversed(BigInt(fraction)) + BigInt(seed))
  for (const factor of [0x6c50b47cn, 0xb82f1e52n, 0xc7afe638n, 0x8d22f6e6n]) x ^= BigInt.asUintN(32, x * factor)
  return Number(reversed(x))
}

test('scrambling is the published hash, with a seed for each dimension', () => {
  assert.deepEqual([scrambledSlowly(0, 1), scrambledSlowly(2 ** 31, 1)], [2792218860, 1396109430])
  const random = stream(1, purpose.simulate)
  for (let round = 0; round < 200; round++) {
    const [index, dimension, seed] = [random.below(5_000), random.below(sobolDimensions), random.uint32()]
    const expected = (scrambledSlowly(sobolBits(index, dimension), mix(seed, dimension)) + 0.5) / 2 ** 32
    assert.equal(scrambledSobol(index, dimension, seed), expected, `${index} ${dimension} ${seed}`)
  }
})

test('the first point is as likely in one place as in another, in every dimension', () => {
  for (const dimension of [0, 1, 40]) {
    const counts = new Int32Array(16)
    for (let seed = 0; seed < 4_800; seed++) counts[Math.floor(16 * scrambledSobol(0, dimension, seed))]! += 1
    const chiSquare = counts.reduce((sum, count) => sum + (count - 300) ** 2 / 300, 0)
    // With 15 degrees of freedom 44 is passed once in 10,000 times.
    assert.ok(chiSquare < 44, `dimension ${dimension}: ${counts.join()}`)
  }
})
