// Trials that were not over when an engine died, and are stopped when the experiment goes on.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  asha,
  fifo,
  hyperband,
  int,
  loguniform,
  medianStopping,
  memory,
  pbt,
  simulated,
  Tuner,
} from '../../src/index.ts'
import type {
  Event,
  Reported,
  SchedulerFactory,
  SimulatedOptions,
  StoreFactory,
  UnfinishedTrials,
} from '../../src/index.ts'
import { eventsOf } from '../../src/tuner/build.ts'
import { verifyRecord } from '../../src/tuner/verify.ts'
import { purpose, stream } from '../../src/base/random.ts'

const space = { x: int(0, 9), lr: loguniform(1e-3, 1) }

const quiet = {
  name: 'test',
  space,
  metric: 'loss',
  seed: 1,
  trials: 12,
  concurrency: 3,
  maxFailures: 2,
  terminationGrace: 1e6,
  log: () => {},
} as const
const trainable = {
  steps: 9,
  metrics: ({ x, lr }: { readonly x: number; readonly lr: number }, step: number) => ({ loss: x + lr / step }),
}
const schedulers: Readonly<Record<string, () => SchedulerFactory>> = {
  fifo,
  asha: () => asha({ maxT: 9, eta: 3 }),
  promotion: () => asha({ maxT: 9, eta: 3, type: 'promotion' }),
  hyperband: () => hyperband({ maxT: 9, eta: 3 }),
  median: () => medianStopping(),
  pbt: () => pbt({ interval: 2 }),
}
const faults: SimulatedOptions['faults'] = ({ random }) => (random.below(8) === 0 ? 'lost' : undefined)

type End = 'death' | 'signal'

/** A memory whose engine dies at a commit, or gets a signal; the next one goes on. It passes for durable, so that signals end sessions. */
function mortal(appends: number, end: End = 'death'): StoreFactory {
  const store = memory()
  const create: StoreFactory['create'] = (...args) => {
    const made = store.create(...args)
    let left = appends
    return {
      location: made.location,
      projects: made.projects,
      read: () => made.read(),
      append(batch) {
        left -= 1
        if (left === -1 && end === 'death') throw new Error('a death')
        if (left === -1) queueMicrotask(() => process.emit('SIGHUP', 'SIGHUP'))
        made.append(batch)
      },
      close: () => made.close(),
    }
  }
  return { ...store, create, durable: true }
}

interface Standing {
  /** Over, or about to be. */
  readonly isOver: boolean
  /** Between two attempts. */
  readonly waits: boolean
  readonly last: Reported | undefined
}

/** What the log says of each trial. */
function standings(events: Iterable<Event>): Map<number, Standing> {
  const found = new Map<number, Standing>()
  const set = (trial: number, change: Partial<Standing>): void => {
    found.set(trial, { isOver: false, waits: false, last: undefined, ...found.get(trial), ...change })
  }
  for (const event of events) {
    if (event.type === 'suggested') set(event.trial, {})
    else if (event.type === 'launched') set(event.trial, { waits: false })
    else if (event.type === 'reported') set(event.trial, { last: event })
    else if (event.type === 'decided') set(event.trial, { isOver: ['stop', 'complete'].includes(event.action) })
    else if (event.type === 'ended') {
      const waits = event.state === 'pending'
      set(event.trial, { waits, isOver: !waits && event.state !== 'paused' })
    }
  }
  return found
}

/** What was stopped, to see that all of it came up. */
const stopped = new Set<string>()

for (const [name, scheduler] of Object.entries(schedulers)) {
  test(`killed under ${name} and told to stop what is not over, an experiment does so, and new trials come`, async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const where = `seed ${seed}`
      const end = seed % 3 === 0 ? 'signal' : 'death'
      const store = mortal(5 + stream(seed, purpose.simulate).below(15), end)
      const executor = simulated({ outlivesEngine: seed % 2 === 0, checkpointEvery: 2, faults })
      const tuner = (): Tuner<typeof space, 'loss'> =>
        new Tuner({ ...quiet, seed, store, executor, scheduler: scheduler(), trainable })
      if (end === 'death') await assert.rejects(tuner().fit(), /a death/, where)
      else await tuner().fit()
      process.exitCode = undefined
      const before = standings(eventsOf(store.read('test')))
      const results = await tuner().fit({ resume: true, unfinished: 'stop' })
      assert.equal(results.length, quiet.trials, where)
      for (const { trial, state, step } of results) {
        const known = before.get(trial)
        if (known === undefined || known.isOver) continue
        assert.deepEqual([state, step], ['stopped', known.last?.step ?? 0], `${where}: trial ${trial}`)
        stopped.add(known.last === undefined ? 'without a report' : 'with reports')
        if (known.waits) stopped.add('between attempts')
      }
      assert.equal(verifyRecord([...eventsOf(store.read('test'))], undefined).difference, undefined, where)
    }
  })
}

test('trials were stopped before their first report, after it, and between attempts', () => {
  assert.deepEqual(stopped, new Set(['with reports', 'without a report', 'between attempts']))
})

test('those that failed can be tried again all the same, and without being asked for none is stopped', async () => {
  const failing: SimulatedOptions['faults'] = ({ trial, attempt }) =>
    trial === 0 && attempt === 1 ? 'failed' : undefined
  for (const unfinished of ['stop', undefined] as const) {
    const store = mortal(8)
    const executor = simulated({ outlivesEngine: false, faults: failing })
    const tuner = (): Tuner<typeof space, 'loss'> =>
      new Tuner({ ...quiet, maxFailures: 0, trials: 4, store, executor, trainable })
    await assert.rejects(tuner().fit(), /a death/)
    const results = await tuner().fit({ resume: true, failed: 'resume', unfinished })
    const states = Array.from(results, ({ state }) => state)
    const others = unfinished === 'stop' ? 'stopped' : 'completed'
    assert.deepEqual(states, ['completed', others, others, others])
  }
})

test('what becomes of them is one of two words', async () => {
  await assert.rejects(
    new Tuner({ ...quiet, store: memory(), trainable }).fit({ unfinished: 'skip' as UnfinishedTrials }),
    {
      code: 'invalid_option',
      message: /unfinished: expected 'resume' or 'stop', received "skip"/,
    },
  )
})
