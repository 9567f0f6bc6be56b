import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'

import { Tuner, choice, gp, uniform, when } from '../../src/index.ts'
import type { Event, TrialContext } from '../../src/index.ts'
import { verifiedStore } from './verified.ts'

const space = {
  x: uniform(0, 1),
  y: uniform(0, 1),
  kind: choice('plain', 'bent'),
  z: when('kind', 'bent', uniform(0, 1)),
}
interface Config {
  readonly x: number
  readonly y: number
  readonly kind: string
  readonly z?: number
}

/** As long as its number says, so that some report while the searcher works for others. */
async function trainable({ config, report, trial }: TrialContext<Config, { loss: number }>): Promise<void> {
  for (let step = 1; step <= 20 * (1 + (trial % 7)); step++) {
    await report({ loss: (config.x - 0.3) ** 2 + (config.y - 0.6) ** 2 + (config.z ?? 0.5) + 1 / step })
    await turn()
  }
}

/** For each suggestion that came later than it was asked for, the events in between. */
function between(events: readonly Event[]): (readonly Event[])[] {
  return events.flatMap((event, i) => {
    if (event.type !== 'suggested' || event.why.by !== 'gp') return []
    const since = events.slice(event.asOf, i)
    return since.some(({ type }) => type !== 'time' && type !== 'suggested' && type !== 'launched') ? [since] : []
  })
}

test('reports do not wait for a slow searcher: they are in the log before its answer, which verify recomputes', async () => {
  const { store, verify, events } = verifiedStore()
  const options = { name: 'test', space, metric: 'loss', trainable, searcher: gp(), store, seed: 3 } as const
  const results = await new Tuner({ ...options, trials: 60, concurrency: 3 }).fit()
  assert.equal(results.length, 60)
  const late = between(events())
  assert.ok(
    late.some((since) => since.some(({ type }) => type === 'reported')),
    'no report came while the searcher worked',
  )
  verify()
  // A resumed one goes on in the same way: the searcher elsewhere is fed the log.
  const more = await new Tuner({ ...options, trials: 70, concurrency: 3 }).fit({ resume: true, trials: 70 })
  assert.equal(more.length, 70)
  verify()
})

test('repeated configurations, bounds, defaults and known results: all as in place', async () => {
  const { store, verify } = verifiedStore()
  const results = await new Tuner({
    name: 'test',
    space,
    metric: 'loss',
    outcomeConstraints: [{ metric: 'size', max: 0.9 }],
    trainable: async ({ config, report }) => {
      await turn()
      await report({ loss: (config.x - 0.3) ** 2 + (config.z ?? 0.5), size: config.x + config.y })
    },
    knownResults: [{ config: { x: 0.1, y: 0.1, kind: 'plain' }, metrics: { loss: 0.54, size: 0.2 } }],
    initialConfigs: [{ x: 0.5, y: 0.5, kind: 'plain' }],
    repeats: 2,
    noisy: true,
    searcher: gp(),
    trials: 90,
    concurrency: 4,
    store,
    seed: 5,
  }).fit()
  assert.equal(results.length, 91)
  verify()
})

test('what the searcher must ask code for stays in place', async () => {
  const { store, verify, events } = verifiedStore()
  await new Tuner({
    name: 'test',
    space,
    constraints: [(config: Config) => config.x > config.y],
    metric: 'loss',
    trainable,
    searcher: gp(),
    trials: 40,
    concurrency: 3,
    store,
    seed: 1,
  }).fit()
  assert.deepEqual(between(events()), [])
  for (const event of events()) if (event.type === 'suggested') assert.equal(event.why.by, 'gp')
  verify()
})
