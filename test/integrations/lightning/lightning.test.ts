// PyTorch Lightning: the example in Ray Tune's words as it stands, and the callbacks' hooks.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { printed, printedByExample } from '../printed.ts'

test('examples/python/ray_tune/lightning_digits.py', (context) => {
  const output = printedByExample(context, 'lightning_digits.py')
  const [, best, model, pbt] = /^ASHA: (\S+) .*^its model: (\S+)$.*^PBT: (\S+) after 6 epochs$/ms.exec(output)!
  assert.ok(Number(best) > 0.8 && Number(pbt) > 0.8, output)
  assert.equal(model, best)
})

type Row = Readonly<Record<string, number>>

interface Found {
  readonly rows: Readonly<Record<'named' | 'all' | 'batches' | 'newer', readonly Row[]>>
  readonly saved: Readonly<Record<'named' | 'all' | 'batches' | 'newer', number | null>>
  readonly said: Readonly<Record<'named' | 'all' | 'batches' | 'newer', readonly string[]>>
  readonly refused: readonly string[]
}

const names = (rows: readonly Row[]): string[] => rows.map((row) => Object.keys(row).toSorted().join(' '))

test('Lightning’s hooks report and save as they are told to, and what a trial can not do is refused', (context) => {
  const output = printed(context, new URL('hooks.py', import.meta.url))
  const { rows, saved, said, refused } = JSON.parse(output.trim().split('\n').at(-1)!) as Found
  // The check before the training reports nothing.
  assert.deepEqual(names(rows.named), ['loss', 'before loss', 'before loss'])
  assert.ok(rows.named[2]!['loss']! < rows.named[0]!['loss']!)
  assert.deepEqual(names(rows.all), Array(4).fill('train_loss val_loss'))
  // Nothing of it is logged before the first validation; batches of later epochs see the one before.
  assert.deepEqual(names(rows.batches), Array(2 * 4).fill('val_loss'))
  assert.deepEqual(
    rows.newer.map(({ epoch, step }) => [epoch, step]),
    [
      [0, 4],
      [1, 8],
      [2, 12],
    ],
  )
  assert.deepEqual(names(rows.newer), Array(3).fill('epoch step train_loss val_loss'))
  assert.deepEqual(saved, { named: 12, all: null, batches: null, newer: 12 })

  assert.deepEqual(said.named, ['there is no metric train_loss, but val_loss'])
  assert.equal(said.batches.length, 4)
  assert.deepEqual([said.all, said.newer], [[], []])

  const [over, recursive, validation, strategy, environment, trainer, workers, processes] = refused
  assert.match(over!, /no hook 'validation_over'.*validation_end/)
  assert.match(recursive!, /no hook 'save_checkpoint'/)
  assert.match(validation!, /validation=True is not supported/)
  assert.match(strategy!, /RayDDPStrategy.*strategy=/)
  assert.match(environment!, /RayLightningEnvironment.*plugins=/)
  assert.match(trainer!, /TorchTrainer.*tune\.Tuner\(\)/)
  assert.match(workers!, /TuneReportCallback.*tune\.report\(\)/)
  assert.match(processes!, /2 processes/)
})
