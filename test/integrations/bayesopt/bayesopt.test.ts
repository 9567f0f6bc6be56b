import assert from 'node:assert/strict'
import { test } from 'node:test'

import { engine, random } from '../../../src/index.ts'
import { lossesOf, testConformance, testGoingOn, testMissing } from '../engines.ts'
import { testSpaces } from '../spaces.ts'

const brief = { options: { init_points: 4 } }
testGoingOn('bayesopt', brief, 7)
testConformance('bayesopt', brief, { runs: 1, happenings: 12 })
testSpaces('bayesopt')
testMissing('bayesopt', /-m pip install bayesian-optimization==3\.4\.0/)

// It goes to the corners in between, so that the mean says little.
test('bayesopt: finds a better configuration than random search does', () => {
  // One search of ten is worse: the median of five tells.
  const [found, byChance] = [engine('bayesopt', brief), random()].map((searcher) => {
    const best = [1, 2, 3, 4, 5].map((seed) => Math.min(...lossesOf(searcher, 18, seed)))
    return best.toSorted((a, b) => a - b)[2]!
  }) as [number, number]
  assert.ok(found < 0.6 * byChance, `${found} against ${byChance} by random search`)
})
