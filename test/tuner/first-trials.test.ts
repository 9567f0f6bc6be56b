// What runs first, whatever the searcher.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import { choice, int, Study, uniform, when } from '../../src/index.ts'
import { searchers } from '../../src/search/registry.ts'

const names = ['auto', 'random', 'grid', 'sobol', 'tpe', 'gp'] as const

test('the configuration of the defaults comes first, or right after what the user wants first', () => {
  const space = {
    kind: choice('a', 'b'),
    x: when('kind', 'a', uniform(0, 1, { default: 0.3 })),
    n: int(1, 9),
  }
  for (const name of names) {
    const searcher = searchers.resolve(name)
    const study = new Study({ space, metric: 'loss', seed: 1, searcher })
    assert.deepEqual(study.ask().config, { kind: 'b', n: 5 }, name)
    const initialConfigs = [{ kind: 'a', x: 0.9, n: 1 }] as const
    const second = new Study({ space, metric: 'loss', seed: 1, searcher, initialConfigs })
    const configs = second.ask(3).map(({ config }) => config)
    assert.deepEqual(configs.slice(0, 2), [initialConfigs[0], { kind: 'b', n: 5 }], name)
    assert.equal(new Set(configs.map((config) => JSON.stringify(config))).size, 3, name)
  }
})

test('defaults that are asked for, or known, do not run again', () => {
  const space = { n: int(1, 9, { default: 3 }) }
  for (const searcher of names) {
    const asked = new Study({ space, metric: 'loss', seed: 1, searcher, initialConfigs: [{ n: 3 }] })
    const known = new Study({
      space,
      metric: 'loss',
      seed: 1,
      searcher,
      knownResults: [{ config: { n: 3 }, metrics: { loss: 1 } }],
    })
    assert.equal(asked.ask(9).filter(({ config }) => config.n === 3).length, 1, searcher)
    assert.equal(known.ask(8).filter(({ config }) => config.n === 3).length, 0, searcher)
  }
})
