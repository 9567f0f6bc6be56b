import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { compileSpace, engine, uniform } from '../../../src/index.ts'
import { Rehearsal } from '../../../src/testing/rehearsal.ts'
import { testBetter, testGoingOn, testMissing, testPromises } from '../engines.ts'
import { rootFor } from '../tune.ts'

testGoingOn('optuna')
testGoingOn('optuna', { sampler: 'CmaEsSampler', options: { n_startup_trials: 3 } })
testPromises('optuna')
testPromises('optuna', { sampler: 'NSGAIISampler', options: { population_size: 4 } })
testPromises('optuna', { sampler: 'GPSampler', options: { n_startup_trials: 3 } }, 2)
testBetter('optuna')
testMissing('optuna', /-m pip install optuna==5\.0\.0/)

test('what a sampler can not do, or is not, is refused before the first trial', () => {
  const start = (sampler: string, options = {}): Rehearsal =>
    new Rehearsal(
      engine('optuna', { sampler, options }),
      compileSpace({ x: uniform(0, 1) }),
      1,
      { metric: 'loss', mode: 'min' },
      60,
      { outcomeConstraints: [{ metric: 'cost', max: 1 }] },
    )
  assert.throws(() => start('CmaEsSampler'), { code: 'unsupported', message: /CmaEsSampler can't handle outcome con/ })
  assert.throws(() => start('CMAES'), { code: 'invalid_option', message: /expected one of .*TPESampler/ })
  assert.throws(() => start('TPESampler', { startup: 3 }), { code: 'invalid_option', message: /n_startup_trials/ })
})

test('the example', (context) => {
  const example = fileURLToPath(new URL('../../../examples/engine.ts', import.meta.url))
  const output = execFileSync(process.execPath, [example], { cwd: rootFor(context), encoding: 'utf8' })
  assert.ok(Number(/^loss (\S+) with rate/m.exec(output)?.[1]) < 0.3, output)
})
