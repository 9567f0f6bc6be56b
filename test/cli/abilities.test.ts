// Bounds, repetition, known results and warm start through the command line.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { inFolder, linesOf, run } from '../faults/cli.ts'

const base = ['run', '--metric', 'loss', '--seed', '1', '--concurrency', '2', '--searcher', 'sobol', '--trials', '6']
const command = ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', 'echo loss=$1; echo ms=$1', 'sh', '{x}']

test('a bound decides what is best, in what is said, listed and shown', async () => {
  await inFolder({}, (folder) => {
    const { status, notes } = run(folder, [...base, '--name', 'e', '--constraint', 'ms>=0.5', ...command])
    assert.equal(status, 0, notes)
    const shown = run(folder, ['show', 'e']).output
    assert.match(shown, /min loss with ms at least 0.5; searcher sobol/)
    assert.match(shown, /\(infeasible\)/)
    const { best, trials, outcomeConstraints } = JSON.parse(run(folder, ['show', 'e', '--json']).output) as {
      best: number
      trials: { score: number; feasible: boolean }[]
      outcomeConstraints: unknown
    }
    assert.deepEqual(outcomeConstraints, [{ metric: 'ms', min: 0.5 }])
    for (const { score, feasible } of trials) assert.equal(feasible, score >= 0.5)
    const within = trials.filter(({ feasible }) => feasible).map(({ score }) => score)
    assert.equal(trials[best]!.score, Math.min(...within))
    assert.match(run(folder, ['export', 'e']).output, /^trial,state,score,feasible,/)
    assert.equal(run(folder, ['verify', 'e']).status, 0)
    const none = run(folder, [...base, '--name', 'none', '--constraint', 'ms<=-1', ...command])
    assert.equal(none.status, 0)
    assert.match(none.notes, /best: trial \d, loss \S+ \(no trial meets the outcome constraints\)/)
  })
})

test('repetition and warm start', async () => {
  await inFolder({}, (folder) => {
    assert.equal(run(folder, [...base, '--name', 'first', ...command]).status, 0)
    const again = ['--searcher', 'tpe', '--repeats', '3', '--noisy', '--warm-start', 'first']
    const { status, notes } = run(folder, [...base, '--name', 'second', ...again, ...command])
    assert.equal(status, 0, notes)
    assert.match(notes, /Learning from first: 6 of its 6 trials by loss \(min\)/)
    assert.match(notes, /best: trial \d, loss \S+, mean \S+ ± 0 of 3 {2}x=/)
    const { trials } = JSON.parse(run(folder, ['show', 'second', '--json']).output) as { trials: { config: object }[] }
    assert.deepEqual(trials[0]!.config, trials[2]!.config)
    assert.notDeepEqual(trials[2]!.config, trials[3]!.config)
    assert.equal(run(folder, ['verify', 'second']).status, 0)
  })
})

test('several objectives have a front, in what is said, listed, shown and exported', async () => {
  const both = ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', 'echo "loss=$1 gain=$1"', 'sh', '{x}']
  await inFolder({}, (folder) => {
    const { status, notes } = run(folder, [...base, '--name', 'e', '--objective', 'gain:max', ...both])
    assert.equal(status, 0, notes)
    // What is lost is gained: no trial beats another.
    assert.match(notes, /\nfront: 6 trial\(s\)\n {2}trial 0, loss \S+, gain \S+ {2}x=/)
    assert.match(run(folder, ['list']).output, /\ne +finished +6 .* front of 6 /)
    const text = run(folder, ['show', 'e']).output
    assert.match(text, /min loss, max gain; searcher sobol/)
    assert.match(text, / {2}front: 6 trial\(s\)\n {4}trial 0, loss/)
    assert.match(text, /trial +state +loss +gain +front +step .*\n +0 +completed +\S+ +\S+ +\* +1 /)
    assert.match(
      run(folder, ['show', 'e', '--trial', '1']).output,
      /^trial 1 of e: completed, loss \S+, gain \S+, step 1/,
    )
    const { front, best } = JSON.parse(run(folder, ['show', 'e', '--json']).output) as { front: number[]; best: null }
    assert.deepEqual([front, best], [[0, 1, 2, 3, 4, 5], null])
    const { output } = run(folder, [...base, '--name', 'f', '--json', '--objective', 'gain', ...both])
    const { front: lowest } = JSON.parse(output.trim().split('\n').at(-1)!) as { front: number[] }
    assert.equal(lowest.length, 1)
    assert.match(run(folder, ['export', 'e']).output, /^trial,state,score,front,.*score\.loss,score\.gain,/)
    const failing = ['--param', 'x=uniform(0, 1)', '--', 'sh', '-c', 'exit {x}']
    assert.equal(run(folder, [...base, '--name', 'g', '--objective', 'gain', ...failing]).status, 1)
  })
})

test('an experiment as data may have known results', async () => {
  const experiment = {
    space: { version: 1, parameters: { n: { type: 'int', low: 1, high: 3 } } },
    metric: 'loss',
    searcher: { name: 'random' },
    knownResults: [{ config: { n: 2 }, metrics: { loss: -1 } }],
    trainable: { command: ['sh', '-c', 'echo loss=$1', 'sh', '{n}'] },
  }
  await inFolder({ 'e.json': JSON.stringify(experiment) }, (folder) => {
    const { status, output, notes } = run(folder, ['run', 'e.json', '--name', 'e', '--json'])
    assert.equal(status, 0, notes)
    const ends = linesOf(output, 'end')
    assert.deepEqual(
      ends.map(({ known }) => known ?? false),
      [true, false, false],
    )
    assert.match(run(folder, ['show', 'e']).output, / 2 completed, .*, 1 known beforehand;/)
  })
})

test('what is no bound, or can not be learnt from, is one message', async () => {
  await inFolder({}, (folder) => {
    const wrong = run(folder, [...base, '--constraint', 'ms=3', ...command])
    assert.deepEqual([wrong.status, /--constraint: expected METRIC<=NUMBER/.test(wrong.notes)], [2, true], wrong.notes)
    const absent = run(folder, [...base, '--searcher', 'tpe', '--warm-start', 'nowhere', ...command])
    assert.deepEqual([absent.status, /no experiment nowhere/.test(absent.notes)], [2, true], absent.notes)
    const deaf = run(folder, [...base, '--searcher', 'random', '--repeats', '0', ...command])
    assert.deepEqual([deaf.status, /repeats/.test(deaf.notes)], [2, true], deaf.notes)
  })
})
