import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { messageFrom, metricsFrom, metricsTo, numberFrom } from './protocol.ts'
import type { WireMetrics } from './protocol.ts'

const folder = fileURLToPath(new URL('../../protocol/trial', import.meta.url))
const files = globSync('*.jsonl', { cwd: folder })

test('there are recorded exchanges', () => assert.ok(files.length >= 8, String(files)))

for (const file of files) {
  test(`each message of ${file} is read, and its metrics come through`, () => {
    const lines = readFileSync(`${folder}/${file}`, 'utf8').trim().split('\n')
    for (const line of lines) {
      const { message } = JSON.parse(line) as { message: { type: string; metrics?: WireMetrics; step?: unknown } }
      assert.deepEqual(messageFrom(JSON.stringify(message)), message)
      if (message.metrics === undefined) continue
      const metrics = metricsFrom(message.metrics)
      for (const value of Object.values(metrics)) assert.equal(typeof value, 'number')
      assert.deepEqual(metricsFrom(metricsTo(metrics)), metrics)
      if (message.step !== undefined) assert.equal(typeof numberFrom('step', message.step), 'number')
    }
  })
}

test('the bare words of Python’s json are read, and texts that hold them are left alone', () => {
  const message = messageFrom(
    '{"type":"report","metrics":{"a":NaN,"b":-Infinity,"NaN":Infinity},"note":"NaN, \\"Infinity\\""}',
  )
  const { metrics, note } = message as unknown as { metrics: WireMetrics; note: string }
  assert.deepEqual(metricsFrom(metrics), { a: NaN, b: -Infinity, NaN: Infinity })
  assert.equal(note, 'NaN, "Infinity"')
})

test('booleans and large floats are numbers; all else is refused by name', () => {
  assert.deepEqual(metricsFrom({ a: true, b: false, c: 6e16 }), { a: 1, b: 0, c: 6e16 })
  for (const value of ['high', null, [1], { a: 1 }]) {
    assert.throws(() => metricsFrom({ loss: value } as never), { code: 'invalid_option', message: /"loss"/ })
  }
})

test('what is no message is refused', () => {
  for (const line of ['', '1', '[]', '{"a":1}', '{"type":3}', '{broken']) {
    assert.throws(() => messageFrom(line), { code: 'invalid_option' })
  }
})
