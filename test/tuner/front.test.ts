// The Pareto front of results, its hypervolume, and what people and programs are shown of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { int, maxSteps, nsga2, Study, Tuner, uniform } from '../../src/index.ts'
import { PlainProgress } from '../../src/logger/plain.ts'
import { verifiedStore } from './verified.ts'

const objectives = [
  { metric: 'loss', mode: 'min' },
  { metric: 'accuracy', mode: 'max' },
] as const

/** Trials with these results; those that are undefined fail. */
async function measured(
  results: readonly ({ readonly loss: number; readonly accuracy: number; readonly memory?: number } | undefined)[],
  options: object = {},
) {
  const { store, verify } = verifiedStore()
  const said: string[] = []
  const grid = await new Tuner({
    name: 'front',
    space: { x: uniform(0, 1) },
    metric: 'loss',
    objectives,
    seed: 1,
    searcher: 'random',
    store,
    log: () => {},
    concurrency: 1,
    trials: results.length,
    trainable: ({ trial }) => {
      const found = results[trial]
      if (found === undefined) throw new Error('no result')
      return { ...found }
    },
    ...options,
  }).fit({ progress: new PlainProgress((line) => said.push(line)) })
  verify('front')
  return { grid, said }
}

const mixed = [
  { loss: 3, accuracy: 0.9 },
  { loss: 1, accuracy: 0.5 },
  undefined,
  { loss: 2, accuracy: 0.4 },
  { loss: 1, accuracy: 0.5 },
  { loss: 0, accuracy: NaN },
  { loss: 2, accuracy: 0.7 },
] as const

test('the front: what none beats, in both modes, without failed trials and those without a finite score', async () => {
  const { grid } = await measured(mixed)
  assert.deepEqual(
    grid.front.map(({ trial, scores }) => [trial, scores]),
    [0, 1, 4, 6].map((trial) => [trial, mixed[trial]]),
  )
  assert.throws(() => grid.best, { code: 'unsupported', remedy: /results\.front/ })
  // From the worst that was seen, a loss of 3 and an accuracy of 0.4: (3 − 2)(0.7 − 0.4) + (2 − 1)(0.5 − 0.4).
  assert.ok(Math.abs(grid.hypervolume() - 0.4) < 1e-12)
  assert.ok(Math.abs(grid.hypervolume({ loss: 4, accuracy: 0 }) - (0.9 + 0.7 + 0.5)) < 1e-12)
  assert.equal(grid.hypervolume({ loss: 1, accuracy: 0 }), 0)
})

test('a reference must have a finite number for each objective, and nothing else', async () => {
  const { grid } = await measured(mixed)
  for (const reference of [
    { loss: 1 },
    { loss: 1, accuracy: NaN },
    { loss: 1, accuracy: 1, memory: 1 },
    null,
    [1, 2],
  ]) {
    assert.throws(() => grid.hypervolume(reference as never), { code: 'invalid_option' }, JSON.stringify(reference))
  }
})

test('what does not meet the outcome constraints is not on the front, and its scores move the default reference alone', async () => {
  const results = [
    { loss: 1, accuracy: 1, memory: 9 },
    { loss: 2, accuracy: 0.5, memory: 1 },
    { loss: 5, accuracy: 0.2, memory: 9 },
  ]
  const { grid } = await measured(results, { outcomeConstraints: [{ metric: 'memory', max: 5 }] })
  assert.deepEqual(
    grid.front.map(({ trial }) => trial),
    [1],
  )
  assert.ok(Math.abs(grid.hypervolume() - 3 * 0.3) < 1e-12)
  const none = await measured(results, { outcomeConstraints: [{ metric: 'memory', max: 0 }] })
  assert.deepEqual([none.grid.front, none.grid.hypervolume()], [[], 0])
  assert.match(none.said.at(-1)!, /front: no trial has a score of every objective and meets the outcome constraints/)
})

test('repeated configurations are compared by their means', async () => {
  const results = [
    { loss: 1, accuracy: 0.5 },
    { loss: 3, accuracy: 0.5 },
    undefined,
    { loss: 1.5, accuracy: 0.6 },
    { loss: 0, accuracy: 0 },
    { loss: 6, accuracy: 1 },
    { loss: 9, accuracy: 0.9 },
  ]
  const { grid } = await measured(results, { repeats: 2 })
  // The last configuration has one trial that is over, out of two; the third one is beaten by the second.
  const means = grid.front.map(({ trial, repeats }) => [trial, repeats!.means, repeats!.trials])
  assert.deepEqual(means, [[3, { loss: 1.5, accuracy: 0.6 }, [3]]])
  assert.ok(Math.abs(grid.hypervolume() - (3 - 1.5) * (0.6 - 0.5)) < 1e-12)
})

test('with one objective the front is all that share the best score', () => {
  const study = new Study({ space: { n: int(1, 9) }, metric: 'loss', seed: 1 })
  assert.deepEqual([study.results.front, study.results.hypervolume()], [[], 0])
  for (const loss of [4, 2, 3, 2]) study.tell(study.ask(), { loss })
  assert.deepEqual(
    study.results.front.map(({ trial }) => trial),
    [1, 3],
  )
  assert.equal(study.results.hypervolume(), 2)
})

test('tables and exports have each score, and what is on the front', async () => {
  const { grid } = await measured(mixed)
  const rows = grid.table()
  assert.deepEqual(
    rows.map((row) => row['front']),
    [true, true, false, false, true, false, true],
  )
  assert.deepEqual([rows[0]!['score.loss'], rows[0]!['score.accuracy']], [3, 0.9])
  const [header] = grid.toCSV().split('\r\n')
  assert.match(header!, /^trial,state,score,front,.*,score\.loss,score\.accuracy,config\.x/)
  const lines = grid.toJSONLines().trim().split('\n')
  assert.deepEqual((JSON.parse(lines[1]!) as { scores: object }).scores, { loss: 1, accuracy: 0.5 })
})

test('a session ends with its front', async () => {
  const { said } = await measured(mixed)
  const end = said.at(-1)!
  assert.match(end, /front: 4 trial\(s\)\n {2}trial 0, loss 3, accuracy 0\.9 {2}x=/)
  assert.doesNotMatch(said.join('\n'), /the best so far/)
})

test('of long front the first trials are shown', async () => {
  const line = Array.from({ length: 14 }, (_, i) => ({ loss: i, accuracy: i }))
  const { said } = await measured(line)
  assert.match(said.at(-1)!, /front: 14 trial\(s\)\n(?: {2}trial .*\n){10} {2}and 4 more$/)
})

test('nsga2 through the engine, with a stopper: verified, and resumed as if never ended', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    name: 'front',
    space: { x: uniform(0, 1), n: int(1, 50) },
    metric: 'loss',
    objectives,
    seed: 1,
    searcher: nsga2({ populationSize: 8 }),
    stop: maxSteps({ steps: 3 }),
    store,
    log: () => {},
    concurrency: 1,
    trials: 40,
    trainable: async ({ config: { x, n }, report }) => {
      for (let step = 1; step <= 5; step++) await report({ loss: x + 1 / step, accuracy: x - ((n - 30) / 50) ** 2 })
    },
  })
  const first = await tuner.fit()
  const results = await tuner.fit({ resume: true, trials: 80 })
  verify('front')
  const reference = { loss: 1.4, accuracy: -0.1 }
  assert.equal(results.length, 80)
  assert.ok(results.hypervolume(reference) >= first.hypervolume(reference))
  assert.ok(results.hypervolume(reference) > 0.55, String(results.hypervolume(reference)))
})
