// Learning from earlier experiments.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'

import { choice, memory, random, sqlite, Study, Tuner, uniform } from '../../src/index.ts'
import type { EarlierExperiment, SearcherFactory, StoreFactory } from '../../src/index.ts'
import { inFolder } from '../acceptance/run.ts'
import { verifiedFolder } from './verified.ts'

const space = { x: uniform(0, 1), kind: choice('a', 'b') }
const trainable = async ({ config: { x } }: { config: { x: number } }): Promise<{ loss: number }> => ({ loss: x })

/** A searcher that keeps what it was given. */
function curious(): { searcher: SearcherFactory; given: () => readonly EarlierExperiment[] } {
  let given: readonly EarlierExperiment[] = []
  const inner = random()
  const searcher: SearcherFactory = {
    ...inner,
    name: 'curious',
    capabilities: { objectivesMax: 1 },
    create: (context) => {
      given = context.earlier
      return inner.create(context)
    },
  }
  return { searcher, given: () => given }
}

async function before(store: StoreFactory, name: string): Promise<void> {
  const settings = { name, store, metric: 'loss', seed: 5, trials: 6, log: () => {} } as const
  await new Tuner({ ...settings, space: { kind: choice('b', 'a'), x: uniform(-1, 1) }, trainable }).fit()
}

test('what earlier experiments found is given to the searcher, is in the record, and stays there', async () => {
  await inFolder(async (root) => {
    const { store, verify } = verifiedFolder(root)
    await before(store, 'one')
    await before(sqlite({ root: join(root, 'elsewhere') }), 'two')
    const { searcher, given } = curious()
    const lines: string[] = []
    const options = {
      name: 'test',
      space,
      metric: 'loss',
      seed: 1,
      trials: 3,
      searcher,
      store,
      log: (line: string) => void lines.push(line),
      trainable,
    } as const
    await new Tuner({ ...options, warmStart: ['one', join(root, 'elsewhere', 'two')] }).fit()
    assert.match(lines.join('\n'), /Learning from one: \d of its 6 trials by loss \(min\)/)
    assert.match(lines.join('\n'), /Learning from two: /)
    const first = given()
    assert.deepEqual(
      first.map(({ name }) => name),
      ['one', 'two'],
    )
    for (const { points, losses } of first) {
      assert.ok(points.length > 0 && points.length < 6)
      for (const [i, point] of points.entries()) assert.ok(Math.abs(point[0]! - losses[i]!) < 1e-12)
    }
    verify()
    // Without the earlier experiments at hand it goes on as it was.
    lines.length = 0
    const more = await new Tuner({ ...options, warmStart: ['three'] }).fit({ resume: true, trials: 5 })
    assert.equal(more.length, 5)
    assert.deepEqual(given(), first)
    assert.match(lines.join('\n'), /read at its start, and stays: one, two/)
  })
})

test('an experiment that is not there, and a searcher that does not learn, are refused before anything is written', async () => {
  await inFolder(async (root) => {
    const store = sqlite({ root })
    const options = { name: 'test', space, metric: 'loss', store, log: () => {}, trainable } as const
    await assert.rejects(new Tuner({ ...options, warmStart: ['one'] }).fit(), { code: 'not_found' })
    assert.equal(store.exists('test'), false)
    await before(store, 'one')
    const refused = new Tuner({ ...options, warmStart: ['one'], searcher: 'random' }).fit()
    await assert.rejects(refused, /the searcher random can't learn from earlier experiments/)
    assert.throws(() => new Tuner({ ...options, warmStart: [3 as never] }), /warmStart/)
  })
})

test('studies and experiments in memory learn as well', async () => {
  await inFolder(async (root) => {
    await before(sqlite({ root }), 'one')
    const { searcher, given } = curious()
    const study = new Study({ space, metric: 'loss', searcher, warmStart: [join(root, 'one')] })
    assert.equal(given()[0]!.name, 'one')
    study.tell(study.ask(), { loss: 1 })
    const store = memory()
    await before(store, 'inner')
    await new Tuner({
      name: 'outer',
      space,
      metric: 'loss',
      trials: 1,
      searcher,
      store,
      log: () => {},
      trainable,
      warmStart: ['inner'],
    }).fit()
    assert.equal(given()[0]!.name, 'inner')
  })
})
