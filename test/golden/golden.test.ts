// A recorded log of an earlier version is replayed to the same state, and every suggestion and decision in it follows from
// the code of today. Where an algorithm is changed on purpose, record anew: `node test/golden/record.ts`.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'

import { createCore, replay } from '../../src/tuner/build.ts'
import { pluginsFor } from '../../src/tuner/experiment.ts'
import { Projection } from '../../src/tuner/projection.ts'
import { verifyRecord } from '../../src/tuner/verify.ts'
import { decodeBatch } from '../../src/trial/codec.ts'
import { scenario } from '../simulate/scenario.ts'
import { stateHash } from '../simulate/state-hash.ts'

const files = globSync(join(import.meta.dirname, '*.jsonl')).toSorted((a, b) => a.localeCompare(b))

test('there are recorded logs', () => assert.ok(files.length >= 3))

for (const file of files) {
  const [hash, ...bodies] = readFileSync(file, 'utf8').trim().split('\n')
  const { experiment, space } = scenario(Number(/\d+/.exec(basename(file))![0]))

  test(`${basename(file)} is replayed to the recorded state`, () => {
    const core = createCore(experiment, space, pluginsFor(experiment, {}, []))
    replay(bodies, core, new Projection(space, experiment.objectives))
    assert.equal(stateHash(core.state), JSON.parse(hash!))
  })

  test(`${basename(file)} follows from the code of today`, () => {
    assert.equal(verifyRecord(bodies.flatMap(decodeBatch), undefined).difference, undefined)
  })
}
