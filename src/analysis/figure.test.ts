import assert from 'node:assert/strict'
import { test } from 'node:test'

import { svgOf } from './figure.ts'
import type { Axis, Series } from './figure.ts'
import { linePlot } from './line-plot.ts'

const x: Axis = { scale: 'linear', from: 0, to: 10, ticks: [[5, 'half']] }
const y: Axis = { scale: 'log', from: 0.01, to: 100, ticks: [[1, 'one']] }
const method = { name: 'a & <b>', color: '#123456' }

function drawn(series: Omit<Series, 'method'>): string {
  const panels = [{ title: '', x, y, series: [{ method, ...series }] }]
  return svgOf({ title: 'title', notes: ['first', 'second'], panels, columns: 1, width: 400, panelHeight: 200 })
}

/** The places on a path of the method's colour; the last one, as the legend comes first. */
function pathOf(svg: string, attribute = 'stroke'): number[][] {
  const [, path] = [...svg.matchAll(new RegExp(`<path d="([^"]+)"[^>]* ?${attribute}="#123456"`, 'g'))].at(-1)!
  return path!.split(/[MLZ]/).flatMap((place) => (place === '' ? [] : [place.split(' ').map(Number)]))
}

test('values stand where their axes say, on a logarithm too, and those outside at the ends', () => {
  const places = pathOf(
    drawn({
      points: [
        [0, 1],
        [5, 0.1],
        [10, 10],
        [20, 1e-9],
      ],
    }),
  )
  const [[left, middle], [half, tenth], [right, ten], [beyond, bottom]] = places as [
    [number, number],
    [number, number],
    [number, number],
    [number, number],
  ]
  assert.ok(Math.abs(half - (left + right) / 2) <= 0.11)
  assert.equal(beyond, right)
  assert.ok(Math.abs(tenth - middle - (middle - ten)) <= 0.11, 'a decade down is as far as a decade up')
  assert.ok(Math.abs(bottom - middle - 100) <= 0.11, 'two of four decades are half of 200 pixels')
})

test('an axis may go down: what is at its beginning is at the bottom', () => {
  const down: Axis = { scale: 'linear', from: 3, to: 1, ticks: [] }
  const points = [
    [0, 3],
    [5, 2],
    [10, 1],
  ] as const
  const panels = [{ title: '', x, y: down, series: [{ method, points }] }]
  const [bottom, middle, top] = pathOf(
    svgOf({ title: '', notes: [], panels, columns: 1, width: 400, panelHeight: 200 }),
  ).map(([, place]) => place!)
  assert.deepEqual([bottom! - middle!, middle! - top!], [100, 100])
})

test('a band goes along its upper end and back along its lower one', () => {
  const band = pathOf(
    drawn({
      points: [],
      band: [
        [0, 0.1, 10],
        [10, 1, 100],
      ],
    }),
    'fill',
  )
  assert.equal(band.length, 4)
  assert.ok(band[0]![1]! < band[3]![1]! && band[1]![1]! < band[2]![1]!)
  assert.deepEqual([band[0]![0], band[1]![0]], [band[3]![0], band[2]![0]])
})

test('names are escaped, and inner points of level stretches are left out of paths', () => {
  const svg = drawn({ points: Array.from({ length: 50 }, (_, i) => [i / 5, i < 25 ? 1 : 10] as const) })
  assert.match(svg, />a &amp; &lt;b&gt;</)
  assert.equal(pathOf(svg).length, 4)
  for (const word of ['title', 'first', 'second', 'half', 'one']) assert.ok(svg.includes(`>${word}<`), word)
})

test('a line plot fits its axes to what it shows, and leaves out what is not finite', () => {
  const lines = [
    {
      label: 'one',
      steps: true,
      points: [
        [1, NaN],
        [1, 5],
        [2, 4],
        [3, Infinity],
      ] as const,
    },
  ]
  const svg = linePlot({ title: 'plot', x: { label: 'time' }, y: { label: 'loss' }, lines })
  assert.match(svg, /<path d="M[\d.]+ [\d.]+H[\d.]+V[\d.]+"/)
  assert.doesNotMatch(svg, /NaN|Infinity/)
  const empty = linePlot({
    title: 'empty',
    x: { label: 'time', log: true },
    y: { label: 'loss', log: true },
    lines: [],
  })
  assert.doesNotMatch(empty, /NaN|Infinity/)
})
