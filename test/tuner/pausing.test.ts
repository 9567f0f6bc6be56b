// Trials that pause, with real trainables: where they go on, what is held, what a member of a population takes over.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import {
  asha,
  hyperband,
  local,
  pbt,
  pbtReplay,
  python,
  resourceChanging,
  simulated,
  Study,
  Tuner,
  uniform,
} from '../../src/index.ts'
import type {
  Event,
  MetricsWith,
  SearcherFactory,
  StopperFactory,
  TrainableInstance,
  TrialContext,
} from '../../src/index.ts'
import { inFolder } from '../acceptance/run.ts'
import { verifiedFolder, verifiedStore } from './verified.ts'

type Context = TrialContext<{ readonly x: number }, MetricsWith<'loss'>>

const quiet = { name: 'test', space: { x: uniform(0, 1) }, metric: 'loss', seed: 1 } as const

/** Reports at nine steps, of which the first are worse; counts its steps. */
function counting(trained: Map<number, number>) {
  return async ({ config, report, trial, checkpoint }: Context): Promise<void> => {
    for (let step = 1 + (checkpoint?.step ?? 0); step <= 9; step++) {
      trained.set(trial, (trained.get(trial) ?? 0) + 1)
      await report({ loss: config.x + 1 / step })
    }
  }
}

test('a function without checkpoints is held in its report, its slot free, and goes on from there', async () => {
  const { store, verify, events } = verifiedStore()
  const trained = new Map<number, number>()
  const said: string[] = []
  const scheduler = asha({ type: 'promotion', maxT: 9 })
  const options = { ...quiet, store, scheduler, trials: 9, concurrency: 2, log: (line: string) => said.push(line) }
  const results = await new Tuner({ ...options, trainable: counting(trained) }).fit()
  assert.ok(events().some((event) => event.type === 'ended' && event.outcome === 'held'))
  for (const result of results) {
    assert.equal(trained.get(result.trial), result.step, `trial ${result.trial} did no step twice`)
    assert.equal(result.attempts, 1)
    assert.ok(['completed', 'stopped'].includes(result.state))
  }
  const whole = [...results].filter(({ state }) => state === 'completed').length
  assert.ok(whole >= 1 && whole <= 3, `${whole} of nine were trained to their end`)
  assert.deepEqual(
    said.filter((line) => line.startsWith('Warning')),
    [],
  )
  verify()
})

/** A model of one number, which lies in its checkpoints; counts instances, resets and clean-ups. */
class Model implements TrainableInstance<{ readonly x: number }, MetricsWith<'loss'>> {
  static made = 0
  static resets = 0
  static cleaned = 0
  #x = 0
  #trained = 0

  constructor() {
    Model.made += 1
  }

  setup({ x }: { readonly x: number }): void {
    this.#x = x
  }

  reset({ x }: { readonly x: number }): boolean {
    Model.resets += 1
    this.#x = x
    this.#trained = 0
    return true
  }

  step(): MetricsWith<'loss'> | undefined {
    if (this.#trained === 9) return undefined
    this.#trained += 1
    return { loss: this.#x + 1 / this.#trained }
  }

  save(directory: string): void {
    writeFileSync(join(directory, 'trained'), String(this.#trained))
  }

  load(directory: string): void {
    this.#trained = Number(readFileSync(join(directory, 'trained'), 'utf8'))
  }

  cleanup(): void {
    Model.cleaned += 1
  }
}

test('a class with save, load and reset pauses, goes on and is reused', async () => {
  const { store, verify } = verifiedStore()
  const scheduler = hyperband({ maxT: 9 })
  const results = await new Tuner({
    ...quiet,
    log: () => {},
    store,
    scheduler,
    trials: 14,
    concurrency: 2,
    trainable: Model,
  }).fit()
  for (const result of results) {
    assert.deepEqual(
      result.history().map(({ step }) => step),
      Array.from({ length: result.step }, (_, i) => i + 1),
    )
  }
  assert.ok([...results].some(({ attempts }) => attempts > 1))
  assert.ok(Model.made <= 2 && Model.resets > 14, `${Model.made} instances, ${Model.resets} resets`)
  assert.equal(Model.cleaned, Model.made)
  verify()
})

/** Learns x at each step, on top of what the checkpoint holds; the loss is what was learnt, negated. */
async function learning({ config, report, checkpoint }: Context): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'trialist-test-'))
  try {
    const held = checkpoint && readFileSync(join(checkpoint.directory(), 'learnt'), 'utf8')
    let learnt = Number(held ?? 0)
    for (let step = 1 + (checkpoint?.step ?? 0); step <= 12; step++) {
      learnt += config.x
      writeFileSync(join(folder, 'learnt'), String(learnt))
      await report({ loss: -learnt }, { checkpoint: folder })
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a population: the worst take over the weights of the best; the schedule is told and trained again', async () => {
  await inFolder(async (root) => {
    const { store, verify } = verifiedFolder(root)
    const scheduler = pbt({ interval: 3, resample: 0 })
    const results = await new Tuner({
      ...quiet,
      log: () => {},
      store,
      scheduler,
      trials: 6,
      concurrency: 1,
      trainable: learning,
    }).fit()
    const taken = [...results].filter(({ lineage, step }) => lineage.length > 1 && step === 12)
    assert.ok(taken.length > 0, 'nobody took over anything')
    for (const { trial, lineage, score, step } of results) {
      assert.deepEqual([lineage[0]!.from, lineage.at(-1)!.to, lineage.at(-1)!.trial], [0, step, trial])
      // What was learnt is what the configurations of the schedule learn.
      const learnt = lineage.reduce((sum, { config, from, to }) => sum + (to - from) * config.x, 0)
      assert.ok(Math.abs(learnt + score) < 1e-9, `trial ${trial}: ${learnt} and ${score}`)
      for (const [i, { from }] of lineage.entries()) if (i > 0) assert.equal(from, lineage[i - 1]!.to)
    }
    verify()
    const [{ lineage, score }] = taken as [(typeof taken)[number]]
    const again = verifiedStore()
    const replayed = await new Tuner({
      ...quiet,
      log: () => {},
      store: again.store,
      scheduler: pbtReplay({ schedule: lineage }),
      initialConfigs: [lineage[0]!.config],
      trials: 1,
      trainable: learning,
    }).fit()
    assert.ok(Math.abs(replayed.best.score - score) < 1e-9)
    again.verify()
  })
})

test('a synchronous population comes out the same however fast its members are', async () => {
  const found = async (seconds: (x: number, random: { float(): number }) => number) => {
    const { store, verify } = verifiedStore()
    const results = await new Tuner({
      ...quiet,
      store,
      // The default searcher asks no model for these, though there are more than twice the workers.
      trials: 10,
      trainable: {
        steps: 12,
        metrics: ({ x }, step) => ({ loss: Math.abs(x - step / 12) }),
        seconds: ({ x }, _step, random) => seconds(x, random),
      },
      executor: simulated({ workers: 4, checkpointEvery: 3 }),
      scheduler: pbt({ interval: 3, synch: true }),
    }).fit()
    verify()
    return [...results].map(({ trial, lineage, score }) => ({ trial, lineage, score }))
  }
  const even = await found(() => 1)
  assert.deepEqual(await found((x) => 1 + 50 * x), even)
  assert.deepEqual(await found((_x, random) => 0.1 + 9 * random.float()), even)
  assert.ok(even.some(({ lineage }) => lineage.length > 1))
})

test('a population keeps no file open that it is done with', { skip: !existsSync('/proc/self/fd') }, async () => {
  await inFolder(async (root) => {
    const open: number[] = []
    class Watched extends Model {
      override step(): MetricsWith<'loss'> | undefined {
        open.push(readdirSync('/proc/self/fd').length)
        return super.step()
      }
    }
    const { store, verify } = verifiedFolder(root)
    const common = { ...quiet, log: () => {}, store, trials: 6, concurrency: 3, trainable: Watched }
    await new Tuner({ ...common, scheduler: pbt({ interval: 1 }) }).fit()
    assert.ok(Math.max(...open) <= open[0]! + 10, `${open[0]} at first, then ${Math.max(...open)}`)
    verify()
  })
})

test('a population without checkpoints is an error that says so', async () => {
  const { store } = verifiedStore()
  const options = { ...quiet, log: () => {}, store, scheduler: pbt({ interval: 2 }), trials: 4, concurrency: 4 }
  await assert.rejects(new Tuner({ ...options, trainable: counting(new Map()) }).fit(), { code: 'plugin' })
})

test('an experiment that is halted while trials are about to pause ends, and so do they', async () => {
  const { store, verify } = verifiedStore()
  const halt: StopperFactory = {
    name: 'halt',
    options: {},
    create: () => {
      let reports = 0
      const observe = (event: Event): void => void (reports += Number(event.type === 'reported'))
      return { observe, stopExperiment: () => (reports >= 4 ? 'the fourth report' : undefined) }
    },
  }
  const tuner = new Tuner({
    ...quiet,
    store,
    trainable: { steps: 9, metrics: ({ x }, step) => ({ loss: x + 1 / step }), seconds: () => 600 },
    executor: simulated({ workers: 8, checkpointEvery: 1 }),
    scheduler: asha({ maxT: 9, type: 'promotion' }),
    stop: halt,
  })
  const results = await tuner.fit()
  assert.equal(results.length, 8)
  for (const { trial, state } of results) assert.equal(state, 'stopped', `trial ${trial}`)
  verify()
})

test('a searcher sees the scores of trials that are paused, and of those that never go on', async () => {
  const { store, verify } = verifiedStore()
  const seen = new Map<number, Map<string, number>>()
  const watching: SearcherFactory = {
    name: 'watching',
    options: {},
    capabilities: { objectivesMax: 1 },
    create: ({ history, space }) => ({
      suggest(n) {
        for (let trial = 0; trial < history.trials; trial++) {
          const states = seen.get(trial) ?? new Map<string, number>()
          seen.set(trial, states.set(history.state(trial), history.loss(trial)))
        }
        return Array.from({ length: n }, (_, i) => {
          return { point: space.encode({ x: ((history.trials + i) * 0.37) % 1 }), why: { by: 'watching' } }
        })
      },
    }),
  }
  const results = await new Tuner({
    ...quiet,
    store,
    searcher: watching,
    trials: 40,
    trainable: { steps: 9, metrics: ({ x }, step) => ({ loss: x + 1 / step }) },
    executor: simulated({ workers: 4, checkpointEvery: 1 }),
    scheduler: hyperband({ maxT: 9 }),
  }).fit()
  const of = (state: string): number[] => [...seen.values()].flatMap((states) => states.get(state) ?? [])
  assert.ok(of('paused').length > 0 && of('stopped').length > 0)
  assert.ok([...of('paused'), ...of('stopped')].every(Number.isFinite))
  for (const { state, score, step } of results) if (state === 'stopped') assert.ok(Number.isFinite(score) && step < 9)
  verify()
})

test('ask and tell refuses a scheduler that pauses', () => {
  assert.throws(() => new Study({ space: quiet.space, metric: 'loss', scheduler: pbt({ interval: 1 }) }), {
    code: 'unsupported',
  })
})

const script = `
import os
from trialist import report, get_checkpoint

def train(config):
    checkpoint = get_checkpoint()
    first = 1 if checkpoint is None else 1 + checkpoint.step
    for step in range(first, 10):
        report({"loss": config["x"] + 1 / step, "pid": os.getpid()})
`

test('Python functions are held in their processes while others run', async () => {
  await inFolder(async (root) => {
    const file = join(root, 'train.py')
    writeFileSync(file, script)
    const { store, verify } = verifiedFolder(root)
    const scheduler = asha({ type: 'promotion', maxT: 9 })
    const trainable = python(`${file}:train`)
    const results = await new Tuner({
      ...quiet,
      log: () => {},
      store,
      scheduler,
      trials: 6,
      concurrency: 1,
      trainable,
    }).fit()
    assert.equal([...results].filter(({ state }) => state === 'stopped' || state === 'completed').length, 6)
    for (const result of results) {
      const pids = new Set(result.history().map(({ metrics }) => metrics['pid']))
      if (result.attempts === 1) assert.equal(pids.size, 1, `trial ${result.trial} stayed in its process`)
    }
    verify()
  })
})

test('a trial that has a GPU is never held: it starts again from nothing, which is said once', async () => {
  await inFolder(async (root) => {
    const file = join(root, 'train.py')
    writeFileSync(file, script)
    const { store, verify } = verifiedFolder(root)
    const said: string[] = []
    const options = { ...quiet, store, trials: 6, concurrency: 1, log: (line: string) => said.push(line) }
    const results = await new Tuner({
      ...options,
      scheduler: asha({ type: 'promotion', maxT: 9 }),
      trainable: python(`${file}:train`),
      resources: { gpus: 1 },
      executor: local({ gpus: ['4'] }),
    }).fit()
    assert.ok([...results].some(({ attempts }) => attempts > 1))
    assert.equal(said.filter((line) => line.includes('starts again from nothing')).length, 1, said.join('\n'))
    verify()
  })
})

const classScript = `
import os

class Model:
    made = 0
    resets = 0

    def setup(self, config):
        Model.made += 1
        self.x, self.trained = config["x"], 0

    def reset(self, config):
        Model.resets += 1
        self.x, self.trained = config["x"], 0
        return True

    def step(self):
        if self.trained == 9:
            return None
        self.trained += 1
        return {"loss": self.x + 1 / self.trained, "made": Model.made, "resets": Model.resets}

    def save(self, folder):
        with open(os.path.join(folder, "trained"), "w") as file:
            file.write(str(self.trained))

    def load(self, folder):
        with open(os.path.join(folder, "trained")) as file:
            self.trained = int(file.read())
`

test('Python classes pause at a rung, go on from their checkpoints, and are reused', async () => {
  await inFolder(async (root) => {
    const file = join(root, 'model.py')
    writeFileSync(file, classScript)
    const { store, verify } = verifiedFolder(root)
    const scheduler = hyperband({ maxT: 9 })
    const trainable = python(`${file}:Model`, { reuse: true })
    const options = { ...quiet, log: () => {}, store, scheduler, trials: 9, concurrency: 1, trainable }
    const results = await new Tuner(options).fit()
    const steps = [...results].map((result) => result.history().map(({ step }) => step))
    for (const each of steps)
      assert.deepEqual(
        each,
        Array.from({ length: each.length }, (_, i) => i + 1),
      )
    assert.equal(steps.filter((each) => each.length === 9).length, 1)
    const counts = [...results].map(({ metrics }) => metrics)
    assert.equal(Math.max(...counts.map((metrics) => metrics['made']!)), 1, 'one instance')
    // Nine trials, three of them a second time, one a third time.
    assert.equal(Math.max(...counts.map((metrics) => metrics['resets']!)), 12)
    verify()
  })
})

const growing = `
import os
from trialist import get_checkpoint, get_context, report

def train(config):
    context, checkpoint = get_context(), get_checkpoint()
    cpus = context.resources["cpus"]
    step = 0 if checkpoint is None else checkpoint.step
    # The last one goes on until it has all there is.
    while step < (4 + 6 * context.trial if context.trial < 2 else 10_000):
        step += 1
        report({"loss": config["x"], "cpus": cpus}, checkpoint=context.directory)
        if context.trial == 2 and cpus == 2: return
`

test('slots that no trial needs go to those that run: CPUs are given and taken with each attempt', async () => {
  await inFolder(async (root) => {
    const file = join(root, 'train.py')
    writeFileSync(file, growing)
    const { store, verify } = verifiedFolder(root)
    const results = await new Tuner({
      ...quiet,
      log: () => {},
      store,
      scheduler: resourceChanging(),
      trials: 3,
      concurrency: 4,
      resources: { cpus: 0.5 },
      executor: local({ cpus: 2 }),
      trainable: python(`${file}:train`),
    }).fit()
    const steps = [...results].map((result) => result.history().map(({ step }) => step))
    const lengths = [4, 10, steps[2]!.length]
    assert.deepEqual(
      steps,
      lengths.map((last) => Array.from({ length: last }, (_, i) => i + 1)),
    )
    const cpus = [...results].map((result) => result.history().map(({ metrics }) => metrics['cpus']!))
    assert.ok(
      cpus.every(([first]) => first === 0.5),
      JSON.stringify(cpus),
    )
    assert.equal(cpus[2]!.at(-1), 2, 'the last one has them all')
    assert.equal(results.at(2).lineage.length, 1, 'it is one stretch of training')
    verify()
  })
})

test('a function knows its slots; without checkpoints nothing changes', async () => {
  const { store, verify } = verifiedStore()
  const slots: number[][] = [[], []]
  const trainable = async ({ report, trial, checkpoint, slots: mine }: Context): Promise<void> => {
    for (let step = 1 + (checkpoint?.step ?? 0); step <= 6; step++) {
      slots[trial]!.push(mine)
      await report({ loss: trial })
    }
  }
  const options = {
    ...quiet,
    store,
    trials: 2,
    concurrency: 6,
    scheduler: resourceChanging({ times: 1 }),
    log: () => {},
  }
  await new Tuner({ ...options, trainable }).fit()
  assert.deepEqual(slots, [Array(6).fill(1), Array(6).fill(1)])
  verify()
})
