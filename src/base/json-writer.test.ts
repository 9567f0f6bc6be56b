import assert from 'node:assert/strict'
import { test } from 'node:test'

import { JsonWriter } from './json-writer.ts'
import { purpose, stream } from './random.ts'
import type { Random } from './random.ts'

const edges = [0, -0, 1, -1, 9, 10, 2 ** 31 - 1, 2 ** 31, 2 ** 53, 1e21, 1e-6, 9.999999999999999e-7, 1e-7, 5e-324]
const fractions = [0.1, 0.5, 0.999999999999999, 0.9999999999999999, 1 - 2 ** -53, 0.1 + 0.2, 0.000001234, 123.456]

/** Of all sizes, with few digits and with many. */
function anyNumber(random: Random): number {
  const value = random.float()
  const kinds = [
    () => value,
    () => Number(value.toFixed(random.below(17))),
    () => -value,
    () => random.below(2 ** 31),
    () => random.normal() * 10 ** (random.below(40) - 20),
  ]
  return kinds[random.below(kinds.length)]!()
}

function written(write: (json: JsonWriter) => void): string {
  const json = new JsonWriter()
  write(json)
  return json.take()
}

test('numbers are written as JSON.stringify writes them', () => {
  const random = stream(7, purpose.simulate)
  const drawn = Array.from({ length: 50_000 }, () => anyNumber(random))
  for (const value of [...edges, ...fractions, ...drawn]) {
    assert.equal(
      written((json) => json.number(value)),
      JSON.stringify(value),
    )
  }
})

test('strings are written as JSON.stringify writes them, whatever they hold', () => {
  const texts = [
    '',
    'loss',
    'a "quoted" \\ one',
    'line\nbreak',
    'ü €',
    '🙂',
    '\ud800 alone',
    '\u2028',
    '\u007f',
    'x'.repeat(5_000),
  ]
  for (const text of texts) {
    assert.equal(
      written((json) => json.string(text)),
      JSON.stringify(text),
    )
  }
})

test('a text begins where the one before it was taken, however long that was', () => {
  const json = new JsonWriter()
  for (let i = 0; i < 600_000; i++) json.raw('1234567890')
  assert.equal(json.take().length, 6_000_000)
  json.json({ a: [1, null, 'é'], b: NaN })
  assert.equal(json.take(), '{"a":[1,null,"é"],"b":null}')
  assert.equal(json.take(), '')
})
