// The automatic scheduler with real trainables: those that have checkpoints may come again.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { autoScheduler, Tuner, uniform } from '../../src/index.ts'
import type { MetricsWith, TrainableInstance, TrialContext } from '../../src/index.ts'
import { verifiedStore } from './verified.ts'

type Context = TrialContext<{ readonly x: number }, MetricsWith<'loss'>>

const lossAt = (x: number, step: number): number => x + 1 / step

class Saving implements TrainableInstance<{ readonly x: number }, MetricsWith<'loss'>> {
  #x = 0
  #trained = 0

  setup({ x }: { readonly x: number }): void {
    this.#x = x
  }

  step(): MetricsWith<'loss'> | undefined {
    if (this.#trained === 9) return undefined
    this.#trained += 1
    return { loss: lossAt(this.#x, this.#trained) }
  }

  save(directory: string): void {
    writeFileSync(join(directory, 'trained'), String(this.#trained))
  }

  load(directory: string): void {
    this.#trained = Number(readFileSync(join(directory, 'trained'), 'utf8'))
  }
}

async function forgetting({ config, report }: Context): Promise<void> {
  for (let step = 1; step <= 9; step++) await report({ loss: lossAt(config.x, step) })
}

for (const saves of [true, false]) {
  const ending = saves ? 'pauses those that have checkpoints, and some come again' : 'stops those without checkpoints'
  test(`the automatic scheduler ${ending}`, async () => {
    const { store, verify, events } = verifiedStore()
    const results = await new Tuner({
      name: 'test',
      space: { x: uniform(0, 1) },
      metric: 'loss',
      seed: 1,
      store,
      // The second is among the worse half of the first two, and later among the better half of all.
      initialConfigs: [0.1, 0.4, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8].map((x) => ({ x })),
      scheduler: autoScheduler({ maxT: 9 }),
      trials: 8,
      concurrency: 1,
      trainable: saves ? Saving : forgetting,
    }).fit()
    const actions = new Set(events().flatMap((event) => (event.type === 'decided' ? [event.action] : [])))
    const expected = saves ? ['complete', 'pause', 'resume', 'stop'] : ['complete', 'stop']
    assert.deepEqual([...actions].toSorted(), expected)
    assert.equal(results.at(1).attempts, saves ? 2 : 1)
    for (const { state } of results) assert.ok(state === 'completed' || state === 'stopped')
    verify()
  })
}
