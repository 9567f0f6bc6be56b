// The benchmarks' problems are those on which peers were measured: values of the COCO platform (coco-experiment 2.8.2, suite bbob,
// 5 dimensions, instance 2) and of the program that recorded bench/peers/quality.json.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { bbob } from '../../bench/bbob/functions.ts'
import { problems } from '../../bench/quality/problems.ts'

const recorded = JSON.parse(readFileSync(new URL('problems.json', import.meta.url), 'utf8')) as {
  readonly bbob: { readonly point: readonly number[]; readonly values: readonly (readonly [number, number])[] }
  readonly quality: Readonly<Record<string, readonly [Readonly<Record<string, number | string>>, number]>>
}

test('the 24 functions of BBOB have the values and optima of COCO', () => {
  assert.equal(recorded.bbob.values.length, 24)
  for (const [i, [optimum, value]] of recorded.bbob.values.entries()) {
    const own = bbob(i + 1, 2, 5)
    assert.ok(Math.abs(own.optimum - optimum) < 1e-9, `f${i + 1}: optimum ${own.optimum}, expected ${optimum}`)
    const difference = Math.abs(own.value(recorded.bbob.point) - value)
    assert.ok(difference <= 1e-8 * Math.max(1, Math.abs(value)), `f${i + 1}: off by ${difference} of ${value}`)
  }
})

test('the problems of bench:quality have the values that the peers saw', () => {
  assert.deepEqual(Object.keys(recorded.quality).toSorted(), Object.keys(problems).toSorted())
  for (const [name, [config, value]] of Object.entries(recorded.quality)) {
    const own = problems[name]!.loss(config)
    assert.ok(Math.abs(own - value) <= 1e-12 * Math.max(1, Math.abs(value)), `${name}: ${own}, expected ${value}`)
  }
})
