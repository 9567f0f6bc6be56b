import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { normalCdf } from '../math/normal.ts'
import { bool, compileSpace, int, logint } from '../space/index.ts'
import { constantsOf } from './cmaes-constants.ts'
import { CmaesCore } from './cmaes-core.ts'
import { keepMargin } from './cmaes-margin.ts'

test('however narrow the distribution, another level is drawn with at least the probability wanted', () => {
  const { dimensions } = compileSpace({ n: int(0, 9), k: logint(1, 1000), on: bool() })
  const random = stream(1, purpose.simulate)
  for (let round = 0; round < 300; round++) {
    const dimension = dimensions[round % 3]!
    const mean = Float64Array.of(random.float())
    const core = new CmaesCore(constantsOf(1, 4), { mean, sigma: 10 ** (-4 * random.float()) })
    const alpha = 0.01 + 0.2 * random.float()
    const level = dimension.level(core.mean[0]!)
    keepMargin(core, 0, dimension, alpha)
    const [m, s] = [core.mean[0]!, core.deviation(0)]
    const u = dimension.at(level)
    const below = level === 0 ? 0 : normalCdf((dimension.lower(u) - m) / s)
    const above = level === dimension.levels - 1 ? 0 : normalCdf((m - dimension.upper(u)) / s)
    assert.ok(below + above >= alpha * (1 - 1e-9), `round ${round}: ${below + above} of ${alpha}`)
    if (level > 0 && level < dimension.levels - 1) {
      assert.ok(Math.min(below, above) >= (alpha / 2) * (1 - 1e-9), `round ${round}: one side has ${below}, ${above}`)
    }
    assert.equal(dimension.level(Math.min(1, Math.max(0, m))), level, `round ${round}: the mean left its cell`)
  }
})
