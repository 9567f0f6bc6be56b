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

/** A memory whose engine dies at a commit; the next one goes on. */
function mortal(appends: number): StoreFactory {
  const store = memory()
  const create: StoreFactory['create'] = (...args) => {
    const made = store.create(...args)
    let left = appends
    return {
      location: made.location,
      projects: made.projects,
      read: () => made.read(),
      append(batch) {
        if (left-- === 0) throw new Error('a death')
        made.append(batch)
      },
      close: () => made.close(),
    }
  }
  return { ...store, create }
}

/** What the log says of each trial: whether it is over, or about to be, and its newest report. */
function standings(events: Iterable<Event>): Map<number, { isOver: boolean; last: Reported | undefined }> {
  const found = new Map<number, { isOver: boolean; last: Reported | undefined }>()
  for (const event of events) {
    if (event.type === 'suggested') found.set(event.trial, { isOver: false, last: undefined })
    else if (event.type === 'reported') found.get(event.trial)!.last = event
    else if (event.type === 'decided') found.get(event.trial)!.isOver = ['stop', 'complete'].includes(event.action)
    else if (event.type === 'ended')
      found.get(event.trial)!.isOver = event.state !== 'pending' && event.state !== 'paused'
  }
  return found
}

for (const [name, scheduler] of Object.entries(schedulers)) {
  test(`killed under ${name} and told to stop what is not over, an experiment does so, and new trials come`, async () => {
    const stopped = new Set<string>()
    for (let seed = 1; seed <= 12; seed++) {
      const where = `seed ${seed}`
      const store = mortal(5 + stream(seed, purpose.simulate).below(15))
      const executor = simulated({ outlivesEngine: seed % 2 === 0, checkpointEvery: 2, faults })
      const tuner = (): Tuner<typeof space, 'loss'> =>
        new Tuner({ ...quiet, seed, store, executor, scheduler: scheduler(), trainable })
      await assert.rejects(tuner().fit(), /a death/, where)
      const before = standings(eventsOf(store.read('test')))
      const results = await tuner().fit({ resume: true, unfinished: 'stop' })
      assert.equal(results.length, quiet.trials, where)
      for (const { trial, state, step, attempts } of results) {
        const known = before.get(trial)
        if (known === undefined || known.isOver) continue
        assert.deepEqual([state, step], ['stopped', known.last?.step ?? 0], `${where}: trial ${trial}`)
        stopped.add(known.last === undefined ? 'without a report' : 'with reports')
        if (attempts > 1) stopped.add('tried again')
      }
      assert.equal(verifyRecord([...eventsOf(store.read('test'))], undefined).difference, undefined, where)
    }
    assert.deepEqual(stopped, new Set(['with reports', 'without a report', 'tried again']))
  })
}

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
