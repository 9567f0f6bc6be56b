// Bounds on reported metrics: what is best, what is kept, what fails, what is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { asha, memory, minimize, random, sqlite, Study, Tuner, uniform } from '../../src/index.ts'
import type { SearcherFactory, TrialistError } from '../../src/index.ts'
import { inFolder } from '../acceptance/run.ts'
import { verifiedFolder, verifiedStore } from './verified.ts'

const space = { x: uniform(0, 1) }
const quiet = { name: 'test', space, metric: 'loss', seed: 1, searcher: 'random', log: () => {} } as const
const fast = { outcomeConstraints: [{ metric: 'ms', max: 20 }] } as const

/** Configurations by their `x`, in the order in which they run. */
function points(...xs: readonly number[]): { initialConfigs: { x: number }[]; trials: number; concurrency: number } {
  return { initialConfigs: xs.map((x) => ({ x })), trials: xs.length, concurrency: 1 }
}

test('the best trial is the best of those that meet the bounds, and each result says whether it does', async () => {
  await inFolder(async (root) => {
    const { store, verify } = verifiedFolder(root)
    const told: number[] = []
    const tuner = new Tuner({
      ...quiet,
      ...points(0.1, 0.5, 0.3, 0.9),
      store,
      outcomeConstraints: [
        { metric: 'ms', max: 20 },
        { metric: 'loss', min: 0.2 },
      ],
      callbacks: [{ onTrialEnd: ({ violation }) => void told.push(violation) }],
      trainable: async ({ config: { x } }) => ({ loss: x, ms: x === 0.3 ? 25 : 20 }),
    })
    const results = await tuner.fit()
    assert.deepEqual(
      [...results].map(({ feasible }) => feasible),
      [false, true, false, true],
    )
    assert.equal(results.best.trial, 1)
    assert.deepEqual([told[0]! > 0, told[1], told[2]! > 0, told[3]], [true, 0, true, 0])
    assert.equal(results.table()[2]!['feasible'], false)
    assert.equal((JSON.parse(results.toJSONLines().split('\n')[0]!) as { feasible: boolean }).feasible, false)
    verify()
    // The bounds are of the record: what the log says of a resumed experiment is the same.
    const lines: string[] = []
    const resumed = await new Tuner({
      ...quiet,
      log: (line) => void lines.push(line),
      trials: 4,
      store: sqlite({ root }),
      trainable: async () => ({ loss: 0 }),
    }).fit({ resume: true })
    assert.equal(resumed.best.trial, 1)
    assert.match(lines.join('\n'), /outcomeConstraints of the script differs from that of the experiment/)
    assert.equal(resumed.at(2).feasible, false)
  })
})

test('where no trial meets the bounds, the best is the one that is least off', async () => {
  const tuner = new Tuner({
    ...quiet,
    ...fast,
    ...points(0.1, 0.5, 0.3),
    store: memory(),
    trainable: async ({ config: { x } }) => ({ loss: x, ms: 30 - 10 * x }),
  })
  const { best } = await tuner.fit()
  assert.deepEqual([best.config.x, best.feasible], [0.5, false])
})

test('a trial that never reports a bounded metric fails and says which; one that reports it alone does not', async () => {
  const { store, verify } = verifiedStore()
  const warnings: string[] = []
  const tuner = new Tuner({
    ...quiet,
    ...fast,
    ...points(0.25, 0.75),
    store,
    log: (line) => void warnings.push(line),
    trainable: async ({ config: { x }, report }) => {
      for (let epoch = 0; epoch < 30; epoch++) {
        await report({ loss: x / (epoch + 1) })
        if (x > 0.5) await report({ ms: 19 } as never)
      }
    },
  })
  const results = await tuner.fit()
  const [missing, told] = [...results]
  assert.equal(missing!.state, 'failed')
  assert.match(missing!.failure!.message, /never reported "ms", which an outcome constraint bounds/)
  assert.deepEqual([told!.state, told!.feasible, told!.history().length], ['completed', true, 60])
  assert.deepEqual(warnings, [])
  verify()
})

test('the checkpoint of the best trial that meets the bounds is kept', async () => {
  await inFolder(async (root) => {
    const tuner = new Tuner({
      ...quiet,
      ...fast,
      ...points(0.1, 0.5),
      store: sqlite({ root }),
      checkpoints: { keep: 1 },
      trainable: async ({ config: { x }, report }) => {
        const { mkdtempSync } = await import('node:fs')
        const directory = mkdtempSync(`${root}/saved-`)
        for (const loss of [x, x + 1, x + 2]) await report({ loss, ms: x < 0.2 ? 30 : 10 }, { checkpoint: directory })
      },
      score: 'best',
    })
    const { best } = await tuner.fit()
    assert.equal(best.config.x, 0.5)
    assert.deepEqual([best.bestCheckpoint()?.step, best.checkpoint?.step], [1, 3])
  })
})

test('a searcher that knows nothing of bounds is refused by name, before the first trial', async () => {
  const deaf: SearcherFactory = { ...random(), name: 'deaf', capabilities: { objectivesMax: 1 } }
  let ran = false
  const trainable = async (): Promise<{ loss: number }> => {
    ran = true
    return { loss: 1 }
  }
  const tuner = new Tuner({ ...quiet, ...fast, searcher: deaf, store: memory(), trainable })
  await assert.rejects(tuner.fit(), (error: TrialistError) => {
    return error.code === 'unsupported' && /the searcher deaf .* outcome constraints/.test(error.message)
  })
  assert.equal(ran, false)
  assert.throws(() => new Study({ space, metric: 'loss', searcher: deaf, ...fast }), { code: 'unsupported' })
})

test('wrong bounds are refused by name', () => {
  const study =
    (...outcomeConstraints: object[]) =>
    () =>
      new Study({ space, metric: 'loss', searcher: 'random', outcomeConstraints: outcomeConstraints as never })
  assert.throws(study({ metric: 'ms' }), /outcomeConstraints\[0\].*max, min or both/)
  assert.throws(study({ metric: 'ms', max: NaN }), /outcomeConstraints\[0\]: max/)
  assert.throws(study({ metric: '', max: 1 }), /outcomeConstraints\[0\]: metric/)
  assert.throws(study({ metric: 'ms', most: 1 }), { code: 'unknown_option' })
  assert.throws(study({ metric: 'ms', min: 2, max: 1 }), /min to be at most max/)
  assert.throws(study({ metric: 'ms', max: 2 }, { metric: 'ms', max: 1 }), /one max of "ms"/)
})

test('ask and tell: a bounded metric is told, at the end or before', () => {
  const study = new Study({ space, metric: 'loss', searcher: 'sobol', scheduler: asha(), ...fast })
  const [a, b] = study.ask(2)
  assert.throws(() => study.tell(a!, { loss: 1 }), { code: 'unknown_metric' })
  study.tell(a!, { loss: 1, ms: 21 })
  study.report(b!, { loss: 3, ms: 20 })
  study.tell(b!, { loss: 2 })
  assert.deepEqual([study.best.trial, study.best.score], [b!.trial, 2])
})

test('minimize takes what is minimised with other metrics beside it', async () => {
  const best = await minimize(({ x }) => ({ value: x, recall: x }), space, {
    trials: 40,
    seed: 1,
    searcher: 'sobol',
    outcomeConstraints: [{ metric: 'recall', min: 0.5 }],
  })
  assert.ok(best.feasible && best.config.x >= 0.5 && best.config.x < 0.6, String(best.config.x))
})
