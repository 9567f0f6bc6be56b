// What an experiment promises: identity, resuming, budgets, stopping, callbacks, results.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  anyOf,
  asha,
  experimentPlateau,
  fifo,
  int,
  maxSteps,
  memory,
  metricThreshold,
  minimize,
  random,
  Study,
  stopWhen,
  Tuner,
  uniform,
  when,
} from '../../src/index.ts'
import type { Callback, SchedulerFactory, SearcherFactory } from '../../src/index.ts'
import { verifiedStore } from './verified.ts'

const space = { x: uniform(0, 1) }
const quiet = { name: 'test', space, metric: 'loss', seed: 1, log: () => {} } as const
const trainable = ({ config }: { config: { x: number } }): number => config.x

test('a taken name is an error that names the choices; resuming a missing one too', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({ ...quiet, store, trials: 3, trainable })
  await assert.rejects(tuner.fit({ resume: true }), { code: 'not_found' })
  await tuner.fit()
  await assert.rejects(
    tuner.fit(),
    (error: Error) => /name_taken/.test(JSON.stringify(error)) && /resume/.test(error.message),
  )
  verify()
})

test('a finished experiment answers its results without running; more trials go on where it ended', async () => {
  const { store, verify } = verifiedStore()
  let calls = 0
  const counting = new Tuner({
    ...quiet,
    store,
    searcher: 'tpe',
    trials: 20,
    concurrency: 1,
    trainable: ({ config }) => {
      calls += 1
      return config.x
    },
  })
  const first = await counting.fit()
  const again = await counting.fit({ resume: true })
  assert.deepEqual([calls, again.length, again.best.config], [20, 20, first.best.config])
  const more = await counting.fit({ resume: true, trials: 30 })
  assert.deepEqual([calls, more.length], [30, 30])
  verify()

  const whole = verifiedStore()
  const tuner = new Tuner({ ...quiet, store: whole.store, searcher: 'tpe', trials: 30, concurrency: 1, trainable })
  const configs = Array.from(await tuner.fit(), ({ config }) => config)
  assert.deepEqual(
    Array.from(more, ({ config }) => config),
    configs,
    'as if it had never been interrupted',
  )
})

test('another space, objective or kind of trainable is another experiment', async () => {
  const { store } = verifiedStore()
  await new Tuner({ ...quiet, store, trials: 2, trainable }).fit()
  const others = [
    new Tuner({ ...quiet, store, space: { x: uniform(0, 2) }, trainable }),
    new Tuner({ ...quiet, store, mode: 'max', trainable }),
    new Tuner({ ...quiet, store, trainable: { steps: 1, metrics: () => ({ loss: 1 }) } }),
  ]
  for (const [i, what] of ['space', 'objectives', 'trainable'].entries()) {
    await assert.rejects(others[i]!.fit({ resume: true }), (error: Error & { code: string }) => {
      assert.equal(error.code, 'fingerprint')
      assert.match(error.message, new RegExp(what))
      return true
    })
  }
})

test('a resumed experiment keeps its recorded algorithms, and says so', async () => {
  const { store, verify } = verifiedStore()
  await new Tuner({ ...quiet, store, trials: 12, searcher: 'random', trainable }).fit()
  const said: string[] = []
  const other = new Tuner({ ...quiet, store, log: (line) => said.push(line), searcher: 'tpe', trials: 14, trainable })
  await other.fit({ resume: true })
  assert.ok(
    said.some((line) => /searcher of the script differs/.test(line)),
    said.join('\n'),
  )
  verify()
})

test('an algorithm of the user’s is to be handed in again at a resume', async () => {
  const { store } = verifiedStore()
  const own = { ...fifo(), name: 'mine' }
  const stopper = { ...maxSteps({ steps: 5 }), name: 'my-stopper' }
  await new Tuner({ ...quiet, store, trials: 3, scheduler: own, stop: stopper, trainable }).fit()
  const resume = (options: object) =>
    new Tuner({ ...quiet, store, trials: 4, trainable, ...options }).fit({ resume: true })
  await assert.rejects(resume({ stop: stopper }), { code: 'plugin', message: /scheduler of your own: expected "mine"/ })
  await assert.rejects(resume({ scheduler: own }), { code: 'plugin', message: /stopper of your own.*received none/ })
  await assert.rejects(resume({ scheduler: own, stop: maxSteps({ steps: 5 }) }), { code: 'plugin' })
  assert.equal((await resume({ scheduler: own, stop: stopper })).length, 4)
})

test('three equal failures at the start stop the experiment and say so; a resume lifts that', async () => {
  const { store, verify } = verifiedStore()
  const said: string[] = []
  let broken = true
  const tuner = new Tuner({
    ...quiet,
    store,
    log: (line) => said.push(line),
    trials: 10,
    concurrency: 1,
    trainable: ({ config, trial }) => {
      if (broken) throw new Error(`no module named x${trial}`)
      return config.x
    },
  })
  const results = await tuner.fit()
  assert.deepEqual([results.length, results.halted!.by], [3, 'failures'])
  assert.ok(
    said.some((line) => line.includes('no module named x0')),
    said.join('\n'),
  )
  assert.throws(
    () => results.best,
    (error: Error & { code: string }) => error.code === 'trials_failed',
  )
  broken = false
  const mended = await tuner.fit({ resume: true })
  assert.deepEqual([mended.length, mended.errors.length, mended.halted], [10, 3, undefined])
  verify()
})

test('what a searcher of the user’s answers is looked at before it is taken', async () => {
  const why = { by: 'mine' }
  const answers: readonly (readonly [answer: () => unknown, named: RegExp])[] = [
    [() => undefined, /received undefined/],
    [() => Promise.resolve([]), /at once and not by a promise/],
    [() => Array.from({ length: 9 }, () => ({ point: Float64Array.of(0.5), why })), /at most \d+, received 9/],
    [() => [{ point: Float64Array.of(0.5, 0.5), why }], /received one of 2/],
    [() => [{ point: [0.5], why }], /a Float64Array of 1 places/],
    [() => [undefined], /a wrong point/],
    [() => [{ point: Float64Array.of(0.5), why: {} }], /without a reason/],
  ]
  for (const [answer, named] of answers) {
    const searcher = {
      name: 'mine',
      options: {},
      capabilities: { objectivesMax: 1 },
      create: () => ({ suggest: answer }),
    } as unknown as SearcherFactory
    const tuner = new Tuner({ ...quiet, store: memory(), trials: 4, concurrency: 4, searcher, trainable })
    await assert.rejects(tuner.fit(), { code: 'plugin', message: named })
  }
})

test('so is what a scheduler of the user’s decides', async () => {
  for (const answer of [undefined, 'stop', { action: 'halt' }, Promise.resolve({ action: 'stop' })]) {
    const scheduler = {
      ...fifo(),
      name: 'mine',
      create: () => ({ decide: () => answer }),
    } as unknown as SchedulerFactory
    const tuner = new Tuner({ ...quiet, store: memory(), trials: 2, scheduler, trainable })
    await assert.rejects(tuner.fit(), { code: 'plugin', message: /continue, stop, complete.*at once and not/ })
  }
})

test('where no trial has a score and one failed, the error has the failure', async () => {
  const results = await new Tuner({
    ...quiet,
    store: memory(),
    trials: 10,
    concurrency: 4,
    trainable: async ({ trial, signal }) => {
      if (trial < 3) throw new Error('no such table')
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    },
  }).fit()
  assert.deepEqual([results.length, results.errors.length], [4, 3])
  assert.throws(() => results.best, {
    code: 'trials_failed',
    message: /3 of 4 failed, the first with: .*no such table/,
  })
})

test('the time budget counts running time, stops running trials, and can be raised', async () => {
  const { store, verify } = verifiedStore()
  const curves = { steps: 10, metrics: ({ x }: { x: number }, step: number) => ({ loss: x / step }), seconds: () => 60 }
  const tuner = new Tuner({ ...quiet, store, time: 3600, concurrency: 2, trainable: curves })
  const results = await tuner.fit()
  const states = Array.from(results, ({ state }) => state)
  assert.deepEqual([results.halted!.by, states.length], ['time', 12])
  assert.ok(Math.max(...Array.from(results, ({ endedMs }) => endedMs)) <= 3_600_000)
  const more = await tuner.fit({ resume: true, time: 7200 })
  assert.equal(more.length, 24)
  verify()
})

test('stoppers end trials and the experiment; results say why', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 100,
    concurrency: 1,
    stop: [anyOf(metricThreshold({ metric: 'loss', below: 0.2 })), experimentPlateau({ top: 3, deviation: 0.05 })],
    trainable: async ({ config, report }) => {
      for (let step = 1; step <= 10; step++) await report({ loss: config.x + 1 / step })
    },
  })
  const results = await tuner.fit()
  assert.ok(results.length < 100)
  assert.equal(results.halted!.by, 'experimentPlateau')
  assert.ok([...results].some(({ state, step }) => state === 'stopped' && step < 10))
  verify()
})

test('a stopper that waits for a metric that nobody reports', async () => {
  const { store } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 5,
    stop: metricThreshold({ metric: 'acuracy', above: 1 }),
    trainable,
  })
  await assert.rejects(tuner.fit(), (error: Error & { code: string }) => {
    assert.equal(error.code, 'unknown_metric')
    assert.match(error.message, /acuracy/)
    return true
  })
})

test('a finite space ends when it was tried out', async () => {
  for (const searcher of ['auto', 'random', 'sobol', 'tpe', 'grid'] as const) {
    const { store, verify } = verifiedStore()
    const tuner = new Tuner({
      ...quiet,
      store,
      searcher,
      space: { a: int(1, 3), b: int(1, 4) },
      trainable: ({ config }) => config.a * config.b,
    })
    const results = await tuner.fit()
    assert.deepEqual([results.length, results.best.score], [12, 1], searcher)
    verify()
  }
})

test('first the initial configurations, then the defaults, then the searcher', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    space: { x: uniform(0, 1, { default: 0.125 }), n: int(1, 9) },
    trials: 4,
    concurrency: 2,
    initialConfigs: [{ x: 0.1, n: 2 }],
    trainable: ({ config }) => config.x,
  })
  const configs = Array.from(await tuner.fit(), ({ config }) => config)
  assert.deepEqual(configs.slice(0, 2), [
    { x: 0.1, n: 2 },
    { x: 0.125, n: 5 },
  ])
  verify()
})

test('callbacks are told what is in the log; a failing one is switched off with one warning', async () => {
  const { store, verify } = verifiedStore()
  const told: string[] = []
  const said: string[] = []
  const good: Callback = {
    onTrialStart: ({ trial, config }) => void told.push(`start ${trial} ${Object.keys(config).join()}`),
    onReport: ({ trial, step, metrics }) => void told.push(`report ${trial} ${step} ${Object.keys(metrics).join()}`),
    onTrialEnd: ({ trial, state }) => void told.push(`end ${trial} ${state}`),
    onExperimentEnd: () => void told.push('over'),
  }
  const bad: Callback = {
    name: 'tracker',
    onReport: () => {
      throw new Error('no connection')
    },
  }
  const worse: Callback = { onTrialEnd: () => Promise.reject(new Error('rejected')) }
  const tuner = new Tuner({
    ...quiet,
    store,
    log: (line) => said.push(line),
    trials: 2,
    concurrency: 1,
    callbacks: [bad, good, worse],
    trainable,
  })
  assert.equal((await tuner.fit()).length, 2)
  await new Promise((resolve) => setImmediate(resolve))
  const expected = [0, 1].flatMap((trial) => [`start ${trial} x`, `report ${trial} 1 loss`, `end ${trial} completed`])
  assert.deepEqual(told, [...expected, 'over'])
  assert.equal(said.filter((line) => /tracker .* switched off: no connection/.test(line)).length, 1, said.join('\n'))
  assert.equal(said.filter((line) => /switched off: rejected/.test(line)).length, 1)
  verify()
})

test('a searcher or scheduler of the user’s that throws ends the session with its error; mended, it goes on', async () => {
  const { store } = verifiedStore()
  let broken = true
  const ours = random()
  const searcher: SearcherFactory = {
    name: 'mine',
    options: {},
    capabilities: { objectivesMax: 1 },
    create(context) {
      const inner = ours.create(context)
      return {
        suggest(n) {
          if (broken && context.history.trials >= 4) throw new Error('a bug in my searcher')
          return inner.suggest(n)
        },
      }
    },
  }
  const scheduler: SchedulerFactory = {
    name: 'also mine',
    options: {},
    capabilities: { objectivesMax: 1 },
    create: () => ({
      decide: ({ values }) => (values[0]! > 0.9 ? { action: 'stop', why: { rule: 'large' } } : { action: 'continue' }),
    }),
  }
  const tuner = new Tuner({ ...quiet, store, searcher, scheduler, trials: 8, concurrency: 1, trainable })
  await assert.rejects(tuner.fit(), { code: 'plugin' })
  broken = false
  const results = await tuner.fit({ resume: true })
  assert.equal(results.length, 8)
  assert.ok([...results].every(({ state, score }) => state === (score > 0.9 ? 'stopped' : 'completed')))
})

test('what an algorithm can’t do is refused before the first trial, by name', async () => {
  const objectives = [
    { metric: 'loss', mode: 'min' },
    { metric: 'size', mode: 'min' },
  ] as const
  const sizes = ({ config }: { config: { x: number } }) => ({ loss: config.x, size: 1 - config.x })
  const { store, verify } = verifiedStore()
  const refused = new Tuner({ ...quiet, objectives, store, searcher: 'cmaes', trainable: sizes })
  await assert.rejects(refused.fit(), (error: Error) => /searcher cmaes/.test(error.message))
  const results = await new Tuner({ ...quiet, name: 'two', objectives, store, trials: 6, trainable: sizes }).fit()
  assert.equal(results.length, 6)
  assert.throws(() => results.best, { code: 'unsupported' })
  verify('two')
})

test('exports hold every key that any report had', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 2,
    concurrency: 1,
    trainable: async ({ report, trial }) => {
      await report(trial === 0 ? { loss: 1, 'a,"b"': 2 } : { loss: NaN })
      await report({ loss: 3, ...(trial === 1 && { late: 4 }) })
    },
  })
  const results = await tuner.fit()
  const [header, first] = results.toCSV().split('\r\n')
  assert.match(header!, /^trial,state,.*config\.x,metrics\.loss,"metrics\.a,""b""",metrics\.late$/)
  assert.match(first!, /^0,completed,3,2,1,.*,3,2,$/)
  const rows = results.toCSV({ reports: true }).trim().split('\r\n')
  assert.equal(rows.length, 5)
  const lines = results
    .toJSONLines({ reports: true })
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(lines[2], { trial: 1, attempt: 1, step: 1, loss: 'NaN' })
  assert.deepEqual(results.metricNames(), ['loss', 'a,"b"', 'late'])
  assert.equal(results.table().length, 2)
  verify()
})

test('wrong options are told before anything runs', () => {
  const make =
    (options: object): (() => unknown) =>
    () =>
      new Tuner({ ...quiet, store: memory(), trainable, ...options } as never)
  assert.throws(make({ trails: 5 }), { code: 'unknown_option' })
  assert.throws(make({ trials: 0 }), { code: 'invalid_option' })
  assert.throws(make({ mode: 'least' }), { code: 'invalid_option' })
  assert.throws(make({ searcher: 'tpee' }), { code: 'unknown_option' })
  assert.throws(make({ score: 'mean:0' }), { code: 'invalid_option' })
  assert.throws(() => uniform(0, 1, { step: -1 }), { code: 'invalid_space' })
  assert.throws(make({ space: { x: when('y', 1, uniform(0, 1)) } }), { code: 'invalid_space' })
  assert.throws(make({ initialConfigs: [{ x: 3 }] }), { code: 'invalid_config' })
  assert.throws(make({ time: -1 }), { code: 'invalid_option' })
})

test('hours of simulated training, stopped early by ASHA, pass at once', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 60,
    concurrency: 8,
    scheduler: asha({ maxT: 27 }),
    trainable: {
      steps: 27,
      metrics: ({ x }, step, draw) => ({ loss: (x - 0.5) ** 2 + 1 / step + 0.01 * draw.normal() }),
      seconds: ({ x }) => 600 + 60 * x,
    },
  })
  const results = await tuner.fit()
  const { startedMs, endedMs, config } = results.best
  const steps = [...results].reduce((sum, { step }) => sum + step, 0)
  // The best one was trained to its end, which alone takes 4.5 hours or more.
  assert.equal(results.best.step, 27)
  assert.ok(Math.abs(endedMs - startedMs - 27_000 * (600 + 60 * config.x)) < 1, `${endedMs - startedMs} ms`)
  assert.ok(steps < 0.5 * 60 * 27, `${steps} steps`)
  assert.ok(Math.abs(config.x - 0.5) < 0.15)
  verify()
})

test('minimize: the shortest form', async () => {
  const low = await minimize(({ x }) => (x - 2) ** 2, { x: uniform(-10, 10) }, { trials: 50, seed: 1 })
  assert.ok(Math.abs(low.config.x - 2) < 0.5, String(low.config.x))
  const high = await minimize(
    async ({ x }) => -((x - 2) ** 2),
    { x: uniform(-10, 10) },
    { trials: 50, seed: 1, mode: 'max' },
  )
  assert.deepEqual(high.config, low.config)
  await assert.rejects(
    minimize(
      () => {
        throw new Error('always')
      },
      { x: uniform(0, 1) },
    ),
    /always/,
  )
})

test('Study: ask, tell, report and fail; each trial is told once', () => {
  const study = new Study({ space, metric: 'loss', searcher: 'tpe', scheduler: asha({ maxT: 9, eta: 2 }), seed: 1 })
  const batch = study.ask(5)
  assert.equal(new Set(batch.map(({ config }) => config.x)).size, 5)
  for (const trial of batch.slice(0, 3)) study.tell(trial, { loss: trial.config.x })
  study.fail(batch[3]!, new Error('broken'))
  assert.equal(study.report(batch[4]!, { loss: 100 }), 'stop')
  study.tell(batch[4]!, { loss: 100 })
  assert.throws(() => study.tell(batch[0]!, { loss: 0 }), { code: 'invalid_option' })
  assert.throws(() => study.tell(99, { loss: 0 }), { code: 'invalid_option' })
  assert.throws(() => study.tell(study.ask(), { los: 0 } as never), { code: 'unknown_metric' })
  assert.equal(study.best.score, Math.min(...batch.slice(0, 3).map(({ config }) => config.x)))
  assert.deepEqual(
    Array.from(study.results, ({ state }) => state),
    ['completed', 'completed', 'completed', 'failed', 'stopped', 'running'],
  )
})

test('Study: a finite space comes to an end', () => {
  const study = new Study({ space: { n: int(1, 3) }, metric: 'loss', seed: 1 })
  assert.equal(study.ask(10).length, 3)
  assert.throws(() => study.ask(), { code: 'no_result' })
  assert.deepEqual(study.ask(2), [])
})

test('a stopping function is code: its experiment is verified by its record', async () => {
  const { store, verify } = verifiedStore()
  const tuner = new Tuner({
    ...quiet,
    store,
    trials: 6,
    stop: stopWhen(({ step, metrics }) => step >= 2 && metrics['loss']! > 0.3 && 'large'),
    trainable: async ({ config, report }) => {
      for (let step = 1; step <= 4; step++) await report({ loss: config.x })
    },
  })
  const results = await tuner.fit()
  assert.ok([...results].every(({ step, score }) => step === (score > 0.3 ? 2 : 4)))
  verify()
})
