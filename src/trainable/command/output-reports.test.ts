import assert from 'node:assert/strict'
import { test } from 'node:test'

import { stream } from '../../base/random.ts'
import { OutputReports } from './output-reports.ts'
import type { OutputReport } from './output-reports.ts'

function read(chunks: readonly Buffer[], pattern?: RegExp): { reports: OutputReport[]; seen: readonly string[] } {
  const reports: OutputReport[] = []
  const reader = new OutputReports({ metrics: ['loss'], pattern, report: (report) => reports.push(report) })
  for (const chunk of chunks) reader.write(chunk)
  reader.end()
  return { reports, seen: reader.seen }
}

const lines: readonly (readonly [line: string, metrics: OutputReport['metrics'] | undefined, step?: number])[] = [
  ['loss=0.5', { loss: 0.5 }],
  ['loss: 0.5 acc: 9e-1', { loss: 0.5, acc: 0.9 }],
  ['step 3 - loss = -.5, lr=1e-05', { loss: -0.5, lr: 1e-5 }, 3],
  ['Epoch 3/20 loss: 0.1', { loss: 0.1 }, 3],
  ['Epoch [4/20] loss: 0.1', { loss: 0.1 }, 4],
  ['epoch=7 loss=1', { loss: 1 }, 7],
  ['{"loss": 0.25, "epoch": 2, "name": "x", "done": true}', { loss: 0.25, done: 1 }, 2],
  ['INFO 12:30 {"loss": NaN}', { loss: NaN }],
  ['loss=nan', { loss: NaN }],
  ['loss=inf', { loss: Infinity }],
  ['loss=-inf', { loss: -Infinity }],
  ['\u001b[32mloss\u001b[0m=\u001b[1m0.5\u001b[0m', { loss: 0.5 }],
  ['val_loss=0.5', undefined],
  ['loss is 0.5', undefined],
  ['loss=high', undefined],
  ['loss=1.2.3', undefined],
  ['https://x/loss=a', undefined],
  ['', undefined],
]

for (const [line, metrics, step] of lines) {
  test(`${JSON.stringify(line)} is ${metrics === undefined ? 'no report' : 'a report'}`, () => {
    const { reports } = read([Buffer.from(`${line}\n`)])
    assert.deepEqual(reports, metrics === undefined ? [] : [{ metrics, step }])
  })
}

test('a carriage return ends a line; a last line needs no end', () => {
  const { reports } = read([Buffer.from(' 10%|#   | loss=3\r 20%|##  | loss=2\r\nloss=1')])
  assert.deepEqual(
    reports.map(({ metrics }) => metrics['loss']),
    [3, 2, 1],
  )
})

test('a pattern of the user’s replaces the usual forms', () => {
  const { reports } = read([Buffer.from('loss=9\n[loss] -> 4\n')], /\[(?<name>\w+)\] -> (?<value>\S+)/)
  assert.deepEqual(reports, [{ metrics: { loss: 4 }, step: undefined }])
})

test('what was printed instead of the metric is remembered', () => {
  assert.deepEqual(read([Buffer.from('los=0.5 acc: 1\nlos=0.4\n')]).seen, ['los=0.4', 'acc=1'])
})

test('a very long line takes no more memory than a long one', () => {
  const { reports } = read([Buffer.alloc(1_000_000, 'x'), Buffer.from(' loss=2\n')])
  assert.deepEqual(reports, [{ metrics: { loss: 2 }, step: undefined }])
})

test('the reports are the same however the bytes come in pieces', () => {
  const text = Buffer.from(`é loss=0.5 ü=1\r{"loss": 2, "ö": 3}\nEpoch 9 loss: 1e-3\n😀 loss=4`)
  const whole = read([text]).reports
  assert.equal(whole.length, 4)
  const random = stream(3, 6)
  for (let round = 0; round < 200; round++) {
    const chunks: Buffer[] = []
    for (let at = 0; at < text.length;) {
      const next = Math.min(text.length, at + 1 + random.below(7))
      chunks.push(text.subarray(at, next))
      at = next
    }
    assert.deepEqual(read(chunks).reports, whole, `round ${round}`)
  }
})
