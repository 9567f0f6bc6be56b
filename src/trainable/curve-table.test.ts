import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { stream } from '../base/random.ts'
import { compileSpace } from '../space/compile.ts'
import { loguniform, uniform } from '../space/index.ts'
import { curveTable } from './curve-table.ts'

const random = stream(1, 5)
const json = {
  format: 'trialist-curves',
  version: 1,
  name: 'two',
  space: { version: 1, parameters: { lr: { type: 'uniform', low: 0, high: 1 } } },
  metric: 'loss',
  mode: 'min',
  candidates: [
    { config: { lr: 0.1 }, seconds: [1, 2], metrics: { loss: [3, 2], accuracy: [0.5, 0.6] } },
    { config: { lr: 0.9 }, seconds: [4], resource: [10], metrics: { loss: ['NaN'] }, open: true },
  ],
}

test('a table of JSON plays its curves: metrics, seconds and steps of each configuration', () => {
  const { trainable, candidates, metric, mode, name, maxStep } = curveTable(JSON.stringify(json))
  assert.deepEqual([name, metric, mode, maxStep], ['two', 'loss', 'min', 10])
  const [first, second] = candidates as [{ lr: number }, { lr: number }]
  const steps = trainable.steps as (config: object) => number
  assert.deepEqual([steps(first), steps(second)], [2, 1])
  assert.deepEqual(trainable.metrics(first, 2, random), { loss: 2, accuracy: 0.6 })
  assert.equal(trainable.seconds!(first, 2, random), 2)
  assert.deepEqual([trainable.resource!(first, 2), trainable.resource!(second, 1)], [2, 10])
  assert.throws(() => trainable.metrics(second, 1, random), /no loss at step 1/)
  // A configuration that comes from elsewhere, with the same values.
  assert.deepEqual(trainable.metrics({ lr: 0.1 }, 1, random), { loss: 3, accuracy: 0.5 })
  assert.throws(() => steps({ lr: 0.5 }), /one of its configurations/)
})

test('a float of more digits than a trial gets finds its curve', () => {
  const text = `lr,step,loss
0.00625240011140704,1,3
0.0731201923392364,1,2
`
  const { space, candidates, trainable } = curveTable(text, { space: { lr: loguniform(1e-4, 1e-1) } })
  const encoded = compileSpace(space, { candidates })
  const read = encoded.candidates!.map((point) => encoded.decode(point) as { lr: number })
  assert.notDeepEqual(read, candidates)
  assert.deepEqual(
    read.map((config) => trainable.metrics(config, 1, random)),
    [{ loss: 3 }, { loss: 2 }],
  )
})

test('a table of CSV: parameters before step, metrics after it, a curve where they stay the same and steps grow', () => {
  const text = `lr,opt,step,seconds,acc,loss
0.001,adam,1,2,0.5,3
0.001,adam,2,2,0.6,2
0.001,adam,1,2,0.4,4
10,sgd,5,1,NaN,
`
  const table = curveTable(text, { metric: 'loss' })
  assert.equal(table.curves.length, 3)
  assert.deepEqual(table.curves[0], {
    config: { lr: 0.001, opt: 'adam' },
    seconds: [2, 2],
    metrics: { acc: [0.5, 0.6], loss: [3, 2] },
    resource: [1, 2],
  })
  assert.deepEqual([table.curves[2]!.resource, table.curves[2]!.metrics['loss']], [[5], [NaN]])
  // Of equal configurations the first is a candidate.
  assert.equal(table.candidates.length, 2)
  const dimensions = compileSpace(table.space).dimensions
  assert.deepEqual(
    dimensions.map(({ kind, levels }) => [kind, levels]),
    [
      ['continuous', Infinity],
      ['unordered', 2],
    ],
  )
  assert.deepEqual(
    compileSpace(table.space).toJSON(),
    compileSpace({ ...table.space, lr: loguniform(0.001, 10) }).toJSON(),
  )
  const own = curveTable(text, { space: { lr: uniform(0, 20), opt: 'adam' }, mode: 'max' })
  assert.deepEqual([own.metric, own.mode], ['acc', 'max'])
})

test('a table that is wrong is refused, and the place is named', () => {
  const [first] = json.candidates
  const wrong = (change: object, named: RegExp): void => {
    assert.throws(() => curveTable(JSON.stringify({ ...json, ...change })), named)
  }
  wrong({ format: 'other' }, /trialist-curves/)
  wrong({ version: 2 }, /version/)
  wrong({ candidates: [] }, /one curve/)
  wrong({ metric: 'error' }, /curve 0.*"error".*"loss"/s)
  wrong({ candidates: [{ ...first, seconds: [1, 0] }] }, /seconds above 0/)
  wrong({ candidates: [{ ...first, seconds: [1] }] }, /curve 0.*1 numbers/s)
  wrong({ candidates: [{ ...first, resource: [2, 1] }] }, /steps that grow/)
  wrong({ space: { version: 1, parameters: { lr: { type: 'unifrom' } } } }, /lr/)
  assert.throws(() => curveTable('{'), /JSON/)
  assert.throws(() => curveTable('a,b\n1,2'), /step/)
  assert.throws(() => curveTable('a,step,loss\n1,x,2'), /row 1/)
  assert.throws(() => curveTable(JSON.stringify(json), { metrik: 'loss' } as never), /metrik/)
})

test('the table that comes with the package: 100 configurations, 27 epochs, its space holds them all', () => {
  const table = curveTable(readFileSync(new URL('../../data/digits.json', import.meta.url), 'utf8'))
  assert.equal(table.candidates.length, 100)
  assert.ok(table.curves.every(({ seconds, metrics }) => seconds.length === 27 && metrics['accuracy']!.length === 27))
  const space = compileSpace(table.space, { candidates: table.candidates })
  assert.equal(space.candidates!.length, 100)
})
