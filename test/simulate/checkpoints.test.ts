// Trials that die with the engine go on from their newest checkpoint: no step before it is done again, results show every
// step once, and the log follows from itself.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { stream } from '../../src/base/random.ts'
import { memory } from '../../src/store/memory.ts'
import type { Batch, Store } from '../../src/store/store.ts'
import type { Event } from '../../src/trial/event.ts'
import { eventsOf } from '../../src/tuner/build.ts'
import { pluginsFor } from '../../src/tuner/experiment.ts'
import { ResultGrid } from '../../src/tuner/results.ts'
import type { ExperimentState } from '../../src/tuner/state.ts'
import { verifyLog } from '../../src/tuner/verify.ts'
import { firstWithCheckpoints, open, scenario, steps } from './scenario.ts'
import type { Scenario } from './scenario.ts'

const seeds = Array.from({ length: 60 }, (_, i) => firstWithCheckpoints + i)

test('the engine and its trials die at random commits', async () => {
  let continued = 0
  for (const seed of seeds) {
    const chosen = scenario(seed)
    const { name } = chosen.experiment
    const stores = memory()
    const draw = stream(seed, 5, 3)
    let state = await session(chosen, stores.create(name, { startedWallMs: 0, facts: {} }), 1 + draw.below(40))
    for (let deaths = 0; !state.finished; deaths++) {
      const store = stores.resume(name, { startedWallMs: 0, facts: {} })
      state = await session(chosen, store, deaths < 3 ? 1 + draw.below(25) : Infinity)
    }
    const events = [...eventsOf(stores.read(name))]
    continued += checkOrigins(events, `seed ${seed}`)
    checkResults(state, events, `seed ${seed}`)
    checkVerified(chosen, events)
  }
  assert.ok(continued > 100, `only ${continued} attempts went on from a checkpoint`)
})

/** Runs until the death at a commit, or to the end. */
async function session(chosen: Scenario, store: Store, deathAt: number): Promise<ExperimentState> {
  let calls = 0
  const append = (batch: Batch): void => {
    calls += 1
    if (calls === deathAt) throw new Error('a death')
    store.append(batch)
  }
  const { location, projects } = store
  const mortal: Store = { location, projects, read: () => store.read(), append, close: () => store.close() }
  try {
    const { core, engine } = open({ ...chosen, executor: () => chosen.executor(false) }, mortal)
    await engine.run()
    return core.state
  } catch (thrown) {
    assert.match(String(thrown), /a death/)
    return { finished: false } as ExperimentState
  } finally {
    store.close()
  }
}

/** Each attempt goes on from the newest checkpoint before it, and counts from there; how many did so. */
function checkOrigins(events: readonly Event[], where: string): number {
  const newest = new Map<number, { checkpoint: string; step: number }>()
  const next = new Map<number, number>()
  let continued = 0
  for (const event of events) {
    if (event.type === 'launched') {
      assert.deepEqual(event.from, newest.get(event.trial), `${where}: trial ${event.trial} attempt ${event.attempt}`)
      if (event.from !== undefined) continued += 1
      next.set(event.trial, (event.from?.step ?? 0) + 1)
    } else if (event.type === 'reported') {
      const { trial, step, checkpoint } = event
      assert.equal(step, next.get(trial), `${where}: a report of trial ${trial}`)
      next.set(trial, step + 1)
      if (checkpoint !== undefined) newest.set(trial, { checkpoint, step })
    }
  }
  return continued
}

function checkResults(state: ExperimentState, events: readonly Event[], where: string): void {
  for (const result of new ResultGrid(state, 'memory', 'finished', () => events)) {
    const shown = result.history().map(({ step }) => step)
    assert.deepEqual(
      shown,
      shown.map((_, i) => i + 1),
      `${where}: steps of trial ${result.trial}`,
    )
    if (result.state === 'completed') assert.equal(shown.length, steps, where)
  }
}

function checkVerified({ seed, experiment, space }: Scenario, events: readonly Event[]): void {
  const { difference } = verifyLog(events, experiment, space, pluginsFor(experiment, {}, []))
  assert.equal(difference, undefined, `seed ${seed}: verification`)
}
