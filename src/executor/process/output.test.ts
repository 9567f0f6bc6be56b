import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { limits } from '../../base/limits.ts'
import { lastLines } from './output.ts'

const folder = mkdtempSync(join(tmpdir(), 'output-'))
const file = join(folder, 'output.log')
test.after(() => rmSync(folder, { recursive: true }))

function ends(written: string | Buffer, from = 0, lines?: number): string {
  writeFileSync(file, written)
  return lastLines(file, from, lines)
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, i) => `line ${i}`)

test('the last fifty lines, from an offset on', () => {
  const all = numbered(80)
  assert.equal(ends(`${all.join('\n')}\n`), all.slice(30).join('\n'))
  assert.equal(ends(all.join('\n'), 0, 2), 'line 78\nline 79')
  const earlier = 'of an earlier attempt\n'
  writeFileSync(file, earlier)
  appendFileSync(file, 'first\n\nthird\n\n')
  assert.equal(lastLines(file, earlier.length), 'first\n\nthird')
  assert.equal(lastLines(file, 10_000), '')
})

test('nothing where there is no file and where it is empty', () => {
  assert.equal(lastLines(join(folder, 'nowhere'), 0), '')
  assert.equal(ends(''), '')
})

test('of a progress bar what was shown last', () => {
  assert.equal(
    ends('start\r\n 10%\r 50%\r100%\nEpoch 1\rEpoch 2\r\r\nError: no\r\n'),
    'start\n100%\nEpoch 2\nError: no',
  )
  assert.equal(ends('10%\r20%\r'), '20%')
})

test('of much output whole lines and whole characters', () => {
  const kept = limits.errorStackLength
  for (let cut = 0; cut < 6; cut++) {
    const lines = ends(`${'x'.repeat(cut)}${'äöü€😀\n'.repeat(4_000)}`, 0, Infinity).split('\n')
    assert.deepEqual(new Set(lines), new Set(['äöü€😀']), String(cut))
    assert.ok(lines.length > 500)
    const one = ends(`${'x'.repeat(cut)}${'😀'.repeat(8_000)}`)
    assert.ok(one.length > kept / 2 - 8 && !one.includes('�'), String(cut))
  }
})

test('a character that is written by half is left out, and what is no UTF-8 is marked', () => {
  assert.equal(ends(Buffer.from('so far €').subarray(0, -1)), 'so far')
  assert.equal(ends(Buffer.from([0x61, 0xff, 0x62])), 'a�b')
})
