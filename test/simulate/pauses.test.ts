// Experiments whose schedulers pause trials, or have them take over the weights of others, die at store calls drawn by seed and go
// on. Where trials outlive the engine the finished log equals that of a run that was never killed, and at each death the state
// rebuilt from the log is the live one; where they die with it, all that the log holds follows from itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { stream } from '../../src/base/random.ts'
import { memory } from '../../src/store/memory.ts'
import type { Batch, Store } from '../../src/store/store.ts'
import type { StoreFactory } from '../../src/store/factory.ts'
import { encodeEvent } from '../../src/trial/encoder.ts'
import type { Event } from '../../src/trial/event.ts'
import { createCore, eventsOf, replay } from '../../src/tuner/build.ts'
import { pluginsFor } from '../../src/tuner/experiment.ts'
import { Projection } from '../../src/tuner/projection.ts'
import { verifyLog } from '../../src/tuner/verify.ts'
import { firstWithPauses, open, scenario } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { stateHash } from './state-hash.ts'

const seeds = Array.from({ length: 54 }, (_, i) => firstWithPauses + i)
const session = { startedWallMs: 0, facts: {} }

test(`killed at store calls the log goes on as if nothing had happened (${seeds.length} seeds)`, async () => {
  const seen = new Set<string>()
  for (const seed of seeds) {
    const chosen = scenario(seed)
    const reference = await wholeLog(chosen)
    const events = await killedLog(chosen, true)
    const where = `seed ${seed}, ${chosen.experiment.scheduler.name}`
    for (const [i, event] of events.entries()) {
      assert.equal(encodeEvent(event), reference[i] && encodeEvent(reference[i]), `${where}, event ${i}`)
      if (event.type === 'launched' && event.slots !== undefined) seen.add('launched in several slots')
      seen.add(event.type === 'decided' ? event.action : event.type === 'ended' ? `ended ${event.outcome}` : event.type)
    }
    assert.equal(events.length, reference.length, where)
    checkVerified(chosen, events, where)
  }
  const kinds = ['pause', 'resume', 'exploit', 'stop', 'complete', 'ended held', 'ended failed', 'ended lost']
  for (const kind of [...kinds, 'launched in several slots']) assert.ok(seen.has(kind), `no run had: ${kind}`)
})

test('trials that die with the engine: what the log holds follows from itself, and no trial ends twice', async () => {
  for (const seed of seeds) {
    const chosen = scenario(seed)
    const where = `seed ${seed}, ${chosen.experiment.scheduler.name}`
    const events = await killedLog(chosen, false)
    checkVerified(chosen, events, where)
    const over = new Set<number>()
    for (const event of events) {
      if (event.type !== 'ended' || event.state === 'pending' || event.state === 'paused') continue
      assert.ok(!over.has(event.trial), `${where}: trial ${event.trial} ended twice`)
      over.add(event.trial)
    }
    // A halt leaves those that wait for another attempt.
    if (events.some(({ type }) => type === 'halted')) continue
    assert.equal(over.size, events.filter(({ type }) => type === 'suggested').length, `${where}: every trial is over`)
  }
})

async function wholeLog(chosen: Scenario): Promise<Event[]> {
  const stores = memory()
  const { name } = chosen.experiment
  await open(chosen, stores.create(name, session)).engine.run()
  return [...eventsOf(stores.read(name))]
}

/** The log of an experiment whose engine died three times. */
async function killedLog(chosen: Scenario, outlivesEngine: boolean): Promise<Event[]> {
  const { name } = chosen.experiment
  const stores = memory()
  const draw = stream(chosen.seed, 5, 4)
  let isOver = false
  for (let deaths = 0; !isOver; deaths++) {
    const store = stores.exists(name) ? stores.resume(name, session) : stores.create(name, session)
    const call = deaths < 3 ? 2 + draw.below(40) : Infinity
    const moment = draw.below(2) === 0 ? 'before' : 'after'
    const live = new Map<number, string>()
    let calls = 0
    const mortal = { ...chosen, executor: () => chosen.executor(outlivesEngine) }
    const { engine } = open(
      mortal,
      deadly(store, call, moment),
      () => {},
      (core) => {
        calls += 1
        if (calls === call) live.set(core.state.position, stateHash(core.state))
      },
    )
    isOver = await engine.run().then(
      () => true,
      (death: unknown) => {
        assert.match(String(death), /a death/)
        return false
      },
    )
    store.close()
    checkRebuilt(chosen, stores, live, `seed ${chosen.seed}, death ${deaths} ${moment} call ${call}`)
  }
  return [...eventsOf(stores.read(name))]
}

function deadly(store: Store, call: number, moment: 'before' | 'after'): Store {
  let calls = 0
  const append = (batch: Batch): void => {
    calls += 1
    if (calls === call && moment === 'before') throw new Error('a death')
    store.append(batch)
    if (calls === call) throw new Error('a death')
  }
  return { location: 'memory', projects: false, read: () => store.read(), append, close: () => store.close() }
}

/** The state rebuilt from the log is the one that the engine had at this position, where it noted that. */
function checkRebuilt(chosen: Scenario, stores: StoreFactory, live: Map<number, string>, where: string): void {
  const { experiment, space } = chosen
  const core = createCore(experiment, space, pluginsFor(experiment, {}, []))
  replay(stores.read(experiment.name), core, new Projection(space, experiment.objectives))
  const noted = live.get(core.state.position)
  if (noted !== undefined) assert.equal(stateHash(core.state), noted, `${where}: the rebuilt state`)
}

/** With the scheduler's code, and without it, from its recorded decisions. */
function checkVerified({ experiment, space }: Scenario, events: readonly Event[], where: string): void {
  const plugins = pluginsFor(experiment, {}, [])
  for (const scheduler of [plugins.scheduler, undefined]) {
    const { difference } = verifyLog(events, experiment, space, { ...plugins, scheduler })
    assert.equal(difference, undefined, `${where}: verification${scheduler === undefined ? ' from the record' : ''}`)
  }
}
