// An experiment is halted while trials pause, take over others' weights, or were just let go on: none of them is left unfinished.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  asha,
  experimentTime,
  hyperband,
  medianStopping,
  pb2,
  pbt,
  resourceChanging,
  simulated,
  Tuner,
  uniform,
} from '../../src/index.ts'
import type { Event, SchedulerFactory, StopperFactory } from '../../src/index.ts'
import { stream } from '../../src/base/random.ts'
import { verifiedStore } from '../tuner/verified.ts'

const seeds = Array.from({ length: 88 }, (_, i) => i + 1)
const schedulers: readonly SchedulerFactory[] = [
  asha({ type: 'promotion', maxT: 9 }),
  asha({ type: 'revival', maxT: 9, eta: 2 }),
  hyperband({ maxT: 9 }),
  medianStopping({ hardStop: false, minTrials: 2 }),
  pbt({ interval: 2 }),
  pbt({ interval: 2, synch: true }),
  pb2({ interval: 2 }),
  resourceChanging({ of: asha({ type: 'promotion', maxT: 9 }) }),
]

/** Ends the experiment once so many things of a kind have happened. */
function after(count: number, kind: Event['type']): StopperFactory {
  return {
    name: 'after',
    options: { count, kind },
    create() {
      let seen = 0
      return {
        observe: (event) => void (seen += event.type === kind ? 1 : 0),
        stopExperiment: () => (seen > count ? `${count} events` : undefined),
      }
    },
  }
}

test(`whatever a halt comes upon, trials that failed in nothing are over (${seeds.length} seeds)`, async () => {
  const halted = new Set<string>()
  for (const seed of seeds) {
    const draw = stream(seed, 5, 6)
    const scheduler = schedulers[seed % schedulers.length]!
    const isPopulation = scheduler.name.startsWith('pb')
    const count = 1 + draw.below(isPopulation ? 30 : 120)
    const kind = (['reported', 'decided', 'ended'] as const)[draw.below(3)]!
    const { store, verify, events } = verifiedStore()
    const results = await new Tuner({
      name: 'test',
      store,
      space: { x: uniform(0, 1) },
      metric: 'loss',
      seed,
      log: () => {},
      searcher: 'random',
      trials: isPopulation ? 8 : 40,
      maxFailures: 3,
      scheduler,
      stop: draw.below(4) === 0 ? experimentTime({ seconds: 100 * count }) : after(count, kind),
      executor: simulated({
        workers: isPopulation ? 4 + 4 * draw.below(2) : 2 + draw.below(6),
        ...((isPopulation || draw.below(4) > 0) && { checkpointEvery: 1 }),
        preemptionsPerHour: 0.3 * draw.below(2),
      }),
      trainable: {
        steps: isPopulation ? 60 : 9,
        metrics: ({ x }, step, noise) => ({ loss: x + 1 / step + 0.1 * noise.normal() }),
        seconds: ({ x }) => 100 + 100 * Math.round(2 * x),
      },
    }).fit()
    verify()
    const where = `seed ${seed}, ${scheduler.name}`
    const log = events()
    const before = log[log.findIndex(({ type }) => type === 'halted') - 1]
    if (before?.type === 'decided') halted.add(before.action)
    for (const { trial, state } of results) {
      // Lost with its machine, it waits for another try, and goes on where the experiment does.
      const isLost = log.some((event) => event.type === 'ended' && event.trial === trial && event.outcome === 'lost')
      if (!isLost) assert.match(state, /completed|stopped/, `${where}: trial ${trial}`)
    }
  }
  for (const action of ['pause', 'exploit']) assert.ok(halted.has(action), `no halt came upon: ${action}`)
})
