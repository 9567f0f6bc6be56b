import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { Tuner, asha, random, simulated, sqlite, uniform } from 'trialist'

import { binary } from './terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'trialist-test-'))
after(() => rmSync(folder, { recursive: true }))

interface Figures {
  readonly scheduler: string
  readonly trainedSeconds: number
  readonly reachedSeconds: number | null
  readonly reachedShare: number
  readonly score: number
  readonly reports: number
  readonly trials: number
  readonly beyond: number
}

function trialist(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { TRIALIST_RESUME: _resume, ...env } = process.env
  return spawnSync(process.execPath, [binary, 'simulate', ...args], { cwd: folder, env, encoding: 'utf8' })
}

function figures(...args: string[]): Figures[] {
  const { status, stdout, stderr } = trialist(...args, '--json')
  assert.equal(status, 0, stderr)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Figures)
}

test('three schedulers are compared on the table that comes with the package, and drawn', () => {
  const { status, stdout, stderr } = trialist()
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^digits: 100 configurations, 4 workers, medians over 10 seeds/)
  for (const name of ['fifo', 'median', 'asha']) assert.match(stdout, new RegExp(`^${name} .*%`, 'm'))
  const svg = readFileSync(join(folder, 'simulate.svg'), 'utf8')
  assert.match(svg, /^<svg /)
  assert.equal(svg.match(/<path d="M[^"]+V/g)?.length, 3)
})

test('the same call gives the same figures; stopping early trains less and finds the same', () => {
  const [once, again] = [figures('--svg', '', '--seeds', '2'), figures('--svg', '', '--seeds', '2')]
  assert.deepEqual(once, again)
  const [fifo, , asha27] = once as [Figures, Figures, Figures]
  assert.equal(fifo.reports, 2700)
  assert.ok(asha27.trainedSeconds < fifo.trainedSeconds / 3)
  assert.equal(asha27.score, fifo.score)
  assert.equal(fifo.beyond, 0)
})

test('a table of the user’s, as CSV, with a scheduler that has options', () => {
  const rows = Array.from({ length: 20 }, (_, i) =>
    Array.from({ length: 9 }, (__, step) => `${i},${step + 1},2,${i + 1 / (step + 1)}`),
  ).flat()
  writeFileSync(join(folder, 'own.csv'), `x,step,seconds,loss\n${rows.join('\n')}\n`)
  const [fifo, asha9] = figures('own.csv', '--scheduler', 'fifo', '--scheduler', 'asha(eta=3)', '--svg', 'own.svg')
  assert.deepEqual([fifo!.trainedSeconds, fifo!.reports], [360, 180])
  assert.ok(asha9!.reports < 100)
  assert.ok(existsSync(join(folder, 'own.svg')))
})

test('what another scheduler would have saved on a recorded experiment, and what its record does not know', async () => {
  const record = async (name: string, scheduler: 'fifo' | ReturnType<typeof asha>): Promise<void> => {
    const tuner = new Tuner({
      name,
      space: { x: uniform(0, 1) },
      metric: 'loss',
      trainable: { steps: 9, metrics: ({ x }, step) => ({ loss: x + 1 / step, size: 1 }), seconds: ({ x }) => 1 + x },
      searcher: random(),
      scheduler,
      executor: simulated({ workers: 3 }),
      store: sqlite({ root: join(folder, '.trialist') }),
      trials: 30,
      seed: 5,
      log: () => {},
    })
    await tuner.fit()
  }
  await record('full', 'fifo')
  await record('early', asha({ maxT: 9 }))
  const args = ['--scheduler', 'fifo', '--scheduler', 'asha', '--workers', '3']
  const [fifo, asha9] = figures('full', ...args)
  assert.deepEqual([fifo!.trials, fifo!.reports, fifo!.beyond, asha9!.beyond], [30, 270, 0, 0])
  // Under the scheduler that recorded it, with as many workers, an experiment goes as it went.
  const [open, same] = figures('early', ...args)
  assert.deepEqual([same!.reports, same!.beyond], [asha9!.reports, 0])
  assert.equal(open!.reports, same!.reports)
  assert.ok(open!.beyond > 10)
  assert.match(trialist('early', ...args).stdout, /were ended before their training was complete.*not known/s)
})

test('what can’t be simulated is said in one message', () => {
  for (const [args, named] of [
    [['none.json'], /none\.json/],
    [['missing'], /missing/],
    [['--scheduler', 'ahsa'], /asha/],
    [['--workers', '10001'], /10000/],
    [['--metric', 'error'], /"error"/],
    [['a.json', 'b.json'], /one table/],
  ] as const) {
    const { status, stderr } = trialist(...args)
    assert.equal(status, 2, stderr)
    assert.match(stderr, named)
  }
})
