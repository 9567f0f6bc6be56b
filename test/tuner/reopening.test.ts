// Trials that failed and are tried again in a later session.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'

import { asha, hyperband, int, sqlite, Tuner } from '../../src/index.ts'
import type { FailedTrials, Options, TrialContext } from '../../src/index.ts'
import { inFolder } from '../acceptance/run.ts'
import { verifiedFolder, verifiedStore } from './verified.ts'

type Settings = Partial<Options<{ x: ReturnType<typeof int> }, 'loss'>>
type Context = TrialContext<{ readonly x: number }, { readonly loss: number }>

const quiet = {
  name: 'test',
  space: { x: int(0, 9) },
  metric: 'loss',
  seed: 1,
  trials: 6,
  concurrency: 2,
  log: () => {},
} as const

/** Five steps, with a checkpoint each. Until it is mended every second trial fails at its fourth. */
class Training {
  mended = false
  /** The step from which each attempt went on, by trial. */
  readonly starts: number[][] = []

  readonly run = async ({ trial, config, checkpoint, report }: Context): Promise<void> => {
    const first = checkpoint === undefined ? 0 : Number(readFileSync(join(checkpoint.directory(), 'step'), 'utf8'))
    ;(this.starts[trial] ??= []).push(first)
    for (let step = first + 1; step <= 5; step++) {
      if (step === 4 && trial % 2 === 1 && !this.mended) throw new Error(`a test of trial ${trial}`)
      const folder = mkdtempSync(join(tmpdir(), 'trialist-test-'))
      writeFileSync(join(folder, 'step'), String(step))
      await report({ loss: config.x / step }, { checkpoint: folder })
      rmSync(folder, { recursive: true })
    }
  }
}

function tunerOf(training: Training, settings: Settings): Tuner<{ x: ReturnType<typeof int> }, 'loss'> {
  return new Tuner({ ...quiet, ...settings, trainable: training.run })
}

for (const [failed, first] of [
  ['resume', 3],
  ['restart', 0],
] as const) {
  test(`failed: '${failed}' tries trials that failed again, from step ${first}; the others stay as they are`, async () => {
    await inFolder(async (root) => {
      const training = new Training()
      const store = sqlite({ root })
      const before = await tunerOf(training, { store }).fit()
      assert.deepEqual(
        before.errors.map(({ trial }) => trial),
        [1, 3, 5],
      )
      training.mended = true
      const results = await tunerOf(training, { store }).fit({ resume: true, failed })
      assert.deepEqual(training.starts, [[0], [0, first], [0], [0, first], [0], [0, first]])
      assert.deepEqual([results.length, results.errors.length], [6, 0])
      const again = [...results][1]!
      assert.equal(again.failure, undefined)
      assert.deepEqual(
        again.history().map(({ step, attempt }) => [step, attempt]),
        [1, 2, 3, 4, 5].map((step) => [step, step > first ? 2 : 1]),
      )
      verifiedFolder(root).verify()
      const database = new DatabaseSync(join(root, quiet.name, 'log.db'), { readOnly: true })
      const rows = database.prepare('SELECT state, attempts, step, error FROM trials ORDER BY number').all()
      database.close()
      const expected = [1, 2, 1, 2, 1, 2].map((attempts) => ({ state: 'completed', attempts, step: 5, error: null }))
      assert.deepEqual(
        rows.map((row) => ({ ...row })),
        expected,
      )
    })
  })
}

test('without being asked for they stay failed, and a trial that fails again has failed', async () => {
  const { store, verify } = verifiedStore()
  const training = new Training()
  await tunerOf(training, { store }).fit()
  const left = await tunerOf(training, { store }).fit({ resume: true })
  assert.equal(left.errors.length, 3)
  const again = await tunerOf(training, { store, maxFailures: 0 }).fit({ resume: true, failed: 'resume' })
  assert.deepEqual(
    again.errors.map(({ trial }) => trial),
    [1, 3, 5],
  )
  assert.deepEqual(training.starts[1], [0, 3])
  verify()
})

test('an experiment that equal failures had halted goes on, and so do its trials', async () => {
  const { store, verify } = verifiedStore()
  let mended = false
  const tuner = (): Tuner<{ x: ReturnType<typeof int> }, 'loss'> =>
    new Tuner({
      ...quiet,
      store,
      trainable: async ({ config, report }) => {
        if (!mended) throw new Error('a test')
        await report({ loss: config.x })
      },
    })
  const before = await tuner().fit()
  assert.ok(before.length < 6, 'the first failures halted it')
  mended = true
  const results = await tuner().fit({ resume: true, failed: 'restart' })
  assert.deepEqual([results.length, results.errors.length], [6, 0])
  verify()
})

test('schedulers and repeated configurations take trials back', async () => {
  const settings: Settings[] = [
    { scheduler: asha({ maxT: 5, eta: 2 }) },
    { scheduler: asha({ maxT: 5, eta: 2, type: 'promotion' }) },
    { scheduler: hyperband({ maxT: 4, eta: 2 }) },
    { repeats: 2 },
  ]
  for (const each of settings) {
    const { store, verify } = verifiedStore()
    const training = new Training()
    await tunerOf(training, { store, ...each }).fit()
    training.mended = true
    const results = await tunerOf(training, { store, ...each }).fit({ resume: true, failed: 'resume' })
    assert.deepEqual([results.length, results.errors.length], [6, 0])
    if (each.repeats === 2) assert.equal(results.best.repeats?.trials.length, 2)
    verify()
  }
})

test('what is to become of them is one of three words', async () => {
  const { store } = verifiedStore()
  await assert.rejects(tunerOf(new Training(), { store }).fit({ failed: 'again' as FailedTrials }), {
    code: 'invalid_option',
    message: /failed: expected 'leave', 'resume' or 'restart', received "again"/,
  })
})
