import assert from 'node:assert/strict'
import { test } from 'node:test'

import { NumberHeap } from './number-heap.ts'
import { purpose, stream } from './random.ts'

test('what is taken out is always the smallest that is left', () => {
  const random = stream(3, purpose.simulate)
  const heap = new NumberHeap()
  let held: number[] = []
  for (let i = 0; i < 20_000; i++) {
    if (random.float() < 0.55) {
      const value = [Infinity, -Infinity, random.below(50), random.normal()][random.below(4)]!
      heap.push(value)
      held.push(value)
    } else {
      held = held.toSorted((a, b) => a - b)
      assert.equal(heap.peek(), held[0])
      assert.equal(heap.pop(), held.shift())
    }
    assert.equal(heap.size, held.length)
  }
})
