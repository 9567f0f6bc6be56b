// Trials that make checkpoints: where they go on, which are kept, what results say of them.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { sqlite, Tuner, uniform } from '../../src/index.ts'
import type { MetricsWith, TrialContext } from '../../src/index.ts'
import { inFolder, until } from '../acceptance/run.ts'
import { verifiedFolder, verifiedStore } from './verified.ts'

type Context = TrialContext<unknown, MetricsWith<'loss'>>

const quiet = { name: 'test', space: { x: uniform(0, 1) }, metric: 'loss', seed: 1, log: () => {} } as const

/** Calls `use` with a directory that holds the step, as a model's file would. */
async function saved(step: number, use: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'trialist-test-'))
  try {
    writeFileSync(join(directory, 'step'), String(step))
    await use(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function loadedStep({ checkpoint }: Pick<Context, 'checkpoint'>): number {
  return checkpoint === undefined ? 0 : Number(readFileSync(join(checkpoint.directory(), 'step'), 'utf8'))
}

/** Five steps, a checkpoint each, whose loss falls; fails where the test says so. */
function training(fails: (attempt: number, step: number) => boolean, starts: number[] = []) {
  return async (context: Context): Promise<void> => {
    const first = loadedStep(context)
    starts.push(first)
    for (let step = first + 1; step <= 5; step++) {
      if (fails(context.attempt, step)) throw new Error(`a test at step ${step}`)
      await saved(step, (checkpoint) => context.report({ loss: 1 / step }, { checkpoint }))
    }
  }
}

test('a failed trial goes on from its newest checkpoint; its steps are counted on, each is shown once', async () => {
  const { store, verify } = verifiedStore()
  const starts: number[] = []
  const trainable = training((attempt, step) => attempt < 3 && step === 2 * attempt, starts)
  const { best } = await new Tuner({ ...quiet, store, trials: 1, maxFailures: 2, trainable }).fit()
  assert.deepEqual(starts, [0, 1, 3])
  assert.deepEqual(
    best.history().map(({ step, attempt }) => [step, attempt]),
    [
      [1, 1],
      [2, 2],
      [3, 2],
      [4, 3],
      [5, 3],
    ],
  )
  assert.deepEqual([best.state, best.step, best.attempts, best.checkpoint?.id], ['completed', 5, 3, '0-3-2'])
  verify()
})

test('results hand out the newest and the best checkpoint; what is not kept is gone from the disk', async () => {
  await inFolder(async (root) => {
    const { store, verify } = verifiedFolder(root)
    const accuracies = [0.2, 0.9, 0.4, 0.8, 0.3]
    const results = await new Tuner({
      ...quiet,
      store,
      trials: 2,
      checkpoints: { keep: 2, metric: 'accuracy', mode: 'max' },
      trainable: async ({ report }) => {
        for (const [i, accuracy] of accuracies.entries()) {
          await saved(i + 1, (checkpoint) => report({ loss: 1 / (i + 1), accuracy }, { checkpoint }))
        }
      },
    }).fit()
    const folder = join(root, 'test', 'checkpoints')
    const kept = ['0-1-2', '0-1-4', '0-1-5', '1-1-2', '1-1-4', '1-1-5']
    assert.deepEqual(readdirSync(folder).toSorted(), kept)
    const { best } = results
    assert.deepEqual(
      [best.checkpoint!.step, best.bestCheckpoint()!.step, best.bestCheckpoint('accuracy', 'max')!.step],
      [5, 5, 2],
    )
    assert.equal(best.bestCheckpoint('accuracy')!.step, 5)
    assert.equal(readFileSync(join(best.bestCheckpoint('accuracy', 'max')!.directory(), 'step'), 'utf8'), '2')
    rmSync(join(folder, '0-1-5'), { recursive: true })
    assert.throws(() => results.at(0).checkpoint!.directory(), { code: 'not_found', message: /0-1-5/ })
    verify()
  })
})

test('SQL sees every checkpoint that was reported', async () => {
  await inFolder(async (root) => {
    const trainable = training(() => false)
    await new Tuner({ ...quiet, store: sqlite({ root }), trials: 1, trainable }).fit()
    const database = new DatabaseSync(join(root, 'test', 'log.db'), { readOnly: true })
    const rows = database.prepare('SELECT trial, attempt, step, id FROM checkpoints').all()
    const metrics = database.prepare('SELECT count(metrics) AS known FROM reports').get()
    database.close()
    assert.deepEqual(
      rows.map((row) => Object.values(row)),
      [1, 2, 3, 4, 5].map((step) => [0, 1, step, `0-1-${step}`]),
    )
    assert.equal(metrics!['known'], 0)
  })
})

test('a resume goes on from the next-newest where a checkpoint was deleted, and sweeps what no report names', async () => {
  await inFolder(async (root) => {
    const { store, verify } = verifiedFolder(root)
    const folder = join(root, 'test', 'checkpoints')
    const starts: number[] = []
    const options = { ...quiet, store, trials: 1, maxFailures: 1, checkpoints: { keep: 3 } }
    // A stopper of the user's that throws ends the session; its trial can go on.
    const failing = { name: 'test', options: {}, create: () => ({ stopTrial: failAt(4) }) }
    const first = new Tuner({ ...options, stop: failing, trainable: training(() => false, starts) })
    await assert.rejects(first.fit(), { code: 'plugin' })
    assert.deepEqual(readdirSync(folder).toSorted(), ['0-1-1', '0-1-2', '0-1-3', '0-1-4'])
    rmSync(join(folder, '0-1-3'), { recursive: true })
    mkdirSync(join(folder, '.partial-0-1-9'))
    const harmless = { ...failing, create: () => ({}) }
    const again = new Tuner({ ...options, stop: harmless, trainable: training(() => false, starts) })
    const { best } = await again.fit({ resume: true })
    // The fourth was written but its report is not in the log: the third would have been the newest.
    assert.deepEqual(starts, [0, 2])
    assert.deepEqual([best.state, best.history().map(({ step }) => step)], ['completed', [1, 2, 3, 4, 5]])
    assert.deepEqual(readdirSync(folder).toSorted(), ['0-2-1', '0-2-2', '0-2-3'])
    verify()
  })
})

function failAt(count: number): () => undefined {
  let calls = 0
  return () => {
    calls += 1
    if (calls === count) throw new Error('a test')
    return undefined
  }
}

test('a class is saved at every checkpointEvery-th step and loaded again', async () => {
  const { store, verify } = verifiedStore()
  const loaded: number[] = []
  let failed = false
  class Training {
    readonly checkpointEvery = 2
    #step = 0
    setup(): void {}
    step(): { loss: number } | undefined {
      this.#step += 1
      if (this.#step === 6 && !failed) {
        failed = true
        throw new Error('a test')
      }
      return this.#step > 7 ? undefined : { loss: 1 / this.#step }
    }
    save(directory: string): void {
      writeFileSync(join(directory, 'step'), String(this.#step))
    }
    load(directory: string): void {
      this.#step = Number(readFileSync(join(directory, 'step'), 'utf8'))
      loaded.push(this.#step)
    }
  }
  const { best } = await new Tuner({ ...quiet, store, trials: 1, maxFailures: 1, trainable: Training }).fit()
  assert.deepEqual(loaded, [4])
  assert.deepEqual([best.step, best.checkpoint!.step], [7, 6])
  assert.deepEqual(
    best.history().map(({ step }) => step),
    [1, 2, 3, 4, 5, 6, 7],
  )
  verify()
})

test('what is wrong with checkpoints is said at once', async () => {
  const { store } = verifiedStore()
  class Half {
    step(): undefined {
      return undefined
    }
    save(): void {}
  }
  assert.throws(() => new Tuner({ ...quiet, store, trainable: Half }), { code: 'invalid_option', message: /load/ })
  const trainable = async ({ report }: Context): Promise<void> => {
    await report({ loss: 1 }, { checkpoint: '/nowhere/at/all' })
  }
  for (const checkpoints of [{ keep: 0 }, { keep: 1.5 }, { metric: '' }, { mode: 'up' }] as object[]) {
    assert.throws(() => new Tuner({ ...quiet, store, trainable, checkpoints }), { code: 'invalid_option' })
  }
  const wrong = { kep: 1 } as object
  assert.throws(() => new Tuner({ ...quiet, store, trainable, checkpoints: wrong }), { code: 'unknown_option' })
  const results = await new Tuner({ ...quiet, store, trials: 1, trainable }).fit()
  assert.match(results.at(0).failure!.message, /directory.*\/nowhere\/at\/all/)
})

test('reports that nobody awaits come in order, also where one brings a checkpoint', async () => {
  const { store, verify } = verifiedStore()
  const { best } = await new Tuner({
    ...quiet,
    store,
    trials: 1,
    trainable: async ({ report }) => {
      await saved(1, async (checkpoint) => {
        void report({ loss: 1 }, { checkpoint })
        void report({ loss: 2 })
        await new Promise((resolve) => setTimeout(resolve, 50))
        void report({ loss: 3 }, { checkpoint })
        await new Promise((resolve) => setTimeout(resolve, 50))
      })
      return 4
    },
  }).fit()
  assert.deepEqual(
    best.history().map(({ step, metrics }) => [step, metrics.loss]),
    [1, 2, 3, 4].map((i) => [i, i]),
  )
  assert.deepEqual([best.checkpoint!.id, best.checkpoint!.step], ['0-1-2', 3])
  assert.ok(existsSync(best.checkpoint!.directory()))
  verify()
})

const child = fileURLToPath(new URL('checkpoint-child.ts', import.meta.url))

interface Started {
  readonly said: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  readonly end: Promise<number | string>
}

function start(root: string, options: object, resume: boolean): Started {
  const { NODE_TEST_CONTEXT: _context, npm_lifecycle_event: _script, ...inherited } = process.env
  const env = resume ? { ...inherited, TRIALIST_RESUME: 'test' } : inherited
  const engine = spawn(process.execPath, [child, root, JSON.stringify(options)], { env })
  let text = ''
  engine.stdout.on('data', (chunk) => (text += String(chunk)))
  engine.stderr.on('data', (chunk) => (text += String(chunk)))
  const end = once(engine, 'close').then(([code, signal]) => (signal ?? code) as number | string)
  return { said: () => text, kill: (signal) => void engine.kill(signal), end }
}

test('Ctrl-C: a trial that makes checkpoints makes one more before it ends, and nothing is done twice', async () => {
  for (const kind of ['class', 'function'] as const) {
    await inFolder(async (root) => {
      const { verify } = verifiedFolder(root)
      const first = start(root, { kind, steps: 1_000 }, false)
      await until(() => first.said().includes('step 7\n'), first.said)
      first.kill('SIGINT')
      assert.equal(await first.end, 130, first.said())
      const done = [...first.said().matchAll(/^step (\d+)$/gm)].map(([, step]) => Number(step))
      const again = start(root, { kind, steps: done.length + 5 }, true)
      assert.equal(await again.end, 0, again.said())
      const more = [...again.said().matchAll(/^step (\d+)$/gm)].map(([, step]) => Number(step))
      assert.deepEqual(
        [...done, ...more],
        Array.from({ length: done.length + 5 }, (_, i) => i + 1),
        first.said() + again.said(),
      )
      verify()
    })
  }
})

test('a killed engine’s trial goes on from its newest checkpoint', async () => {
  await inFolder(async (root) => {
    const { verify } = verifiedFolder(root)
    const first = start(root, { kind: 'function', steps: 1_000 }, false)
    await until(() => first.said().includes('step 7\n'), first.said)
    first.kill('SIGKILL')
    assert.equal(await first.end, 'SIGKILL')
    const again = start(root, { kind: 'function', steps: 30 }, true)
    assert.equal(await again.end, 0, again.said())
    const from = Number(/from (\d+)/.exec(again.said())![1])
    assert.ok(from >= 4 && from % 4 === 0, again.said())
    assert.match(again.said(), new RegExp(`history ${Array.from({ length: 30 }, (_, i) => i + 1).join()}\n`))
    verify()
  })
})

test('of trials that run at the same time only one reports checkpoints from a folder; one after the other they may', async () => {
  await saved(1, async (checkpoint) => {
    const [reported, refused] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const { store, verify } = verifiedStore()
    const trainable = async ({ trial, report }: Context): Promise<void> => {
      if (trial === 0) {
        await report({ loss: 1 }, { checkpoint })
        reported.resolve()
        await refused.promise
        await report({ loss: 0.5 }, { checkpoint })
      } else {
        await reported.promise
        await report({ loss: 2 }, { checkpoint }).finally(refused.resolve)
      }
    }
    const results = await new Tuner({ ...quiet, store, trials: 2, concurrency: 2, trainable }).fit()
    assert.deepEqual(
      Array.from(results, ({ state, step }) => [state, step]),
      [
        ['completed', 2],
        ['failed', 0],
      ],
    )
    assert.match(results.errors[0]!.failure!.message, /trials 0 and 1 report their checkpoints from the same folder/)
    verify()
    const alone = async ({ report }: Context): Promise<void> => report({ loss: 1 }, { checkpoint })
    const again = await new Tuner({
      ...quiet,
      store: verifiedStore().store,
      trials: 3,
      concurrency: 1,
      trainable: alone,
    }).fit()
    assert.equal(again.errors.length, 0)
  })
})
