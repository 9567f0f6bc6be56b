import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { purpose, stream } from '../../../src/base/random.ts'
import { Tuner, compileSpace, engine, uniform } from '../../../src/index.ts'
import type { Config, SearcherFactory } from '../../../src/index.ts'
import { sqlite } from '../../../src/store/sqlite.ts'
import { Rehearsal } from '../../../src/testing/rehearsal.ts'
import {
  configsOf,
  lossAt,
  space,
  testBetter,
  testConformance,
  testGoingOn,
  testMissing,
  testPromises,
} from '../engines.ts'
import { testSpaces } from '../spaces.ts'
import { rootFor } from '../tune.ts'

testGoingOn('optuna')
testGoingOn('optuna', { sampler: 'CmaEsSampler', options: { n_startup_trials: 3 } })
testConformance('optuna', { options: { n_startup_trials: 4 } }, { runs: 2, happenings: 30 }, 8)
testPromises('optuna', { sampler: 'NSGAIISampler', options: { population_size: 4 } })
testPromises('optuna', { sampler: 'GPSampler', options: { n_startup_trials: 3 } }, 2)
testBetter('optuna')
testSpaces('optuna')
testMissing('optuna', /-m pip install optuna==5\.0\.0/)

/** What Trialist tries with a sampler, and what the sampler suggests when it is driven directly with the same seeds and losses. */
function bothWays(sampler: string, startup: number, trials: number): [unknown[], Record<string, unknown>[]] {
  const searcher = engine('optuna', { sampler, options: { n_startup_trials: startup } })
  const compiled = compileSpace(space)
  const rehearsal = new Rehearsal(searcher, compiled, seed, { metric: 'loss', mode: 'min' }, trials)
  const configs: Config<typeof space>[] = []
  const told = Array.from({ length: trials }, () => {
    const [trial] = rehearsal.ask(1)
    const config = compiled.decode(rehearsal.point(trial!)) as Config<typeof space>
    configs.push(config)
    rehearsal.report(trial!, lossAt(config))
    rehearsal.end(trial!, 'completed')
    return [stream(seed, purpose.suggest, trial!, 0, 1).uint32(), lossAt(config)]
  })
  const script = fileURLToPath(new URL('directly.py', import.meta.url))
  const input = JSON.stringify({ sampler, startup, trials: told })
  const output = execFileSync(process.env['TRIALIST_PYTHON']!, [script], { input, encoding: 'utf8', env: oneThread })
  return [configs, JSON.parse(output) as Record<string, unknown>[]]
}

const seed = 3
const oneThread = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }

for (const [sampler, trials] of [
  ['TPESampler', 24],
  ['GPSampler', 9],
] as const) {
  test(`${sampler} tries what the library suggests when it is driven directly`, () => {
    const [ours, theirs] = bothWays(sampler, 4, trials)
    assert.equal(ours.length, trials)
    for (const [i, config] of ours.entries()) assert.deepEqual(rounded(config), rounded(theirs[i]), `trial ${i}`)
  })
}

/** Numbers to 9 digits: they pass through the encoded space. */
function rounded(config: unknown): unknown {
  return Object.fromEntries(
    Object.entries(config as object).map(([name, value]) => [
      name,
      typeof value === 'number' ? Number(value.toPrecision(9)) : value,
    ]),
  )
}

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
  assert.throws(() => start('NSGAIISampler', { population_size: 1 }), {
    code: 'invalid_option',
    message: /population_size/,
  })
  for (const sampler of ['BruteForceSampler', 'GridSampler']) {
    assert.throws(() => start(sampler), { code: 'unsupported', message: new RegExp(`${sampler}.*'grid'`) })
  }
  assert.throws(() => start('PartialFixedSampler'), { code: 'unsupported', message: /needs another sampler/ })
})

test('what several objectives exclude is refused before the first trial', async (context) => {
  const store = sqlite({ root: rootFor(context) })
  await configsOf({ searcher: engine('optuna'), trials: 2, store })
  const start = async (more: { readonly searcher: SearcherFactory; readonly warmStart?: string[] }): Promise<unknown> =>
    new Tuner({
      name: 'several',
      space,
      metric: 'loss',
      objectives: [
        { metric: 'loss', mode: 'min' },
        { metric: 'size', mode: 'min' },
      ],
      store,
      log: () => {},
      trainable: async () => assert.fail('no trial may begin'),
      ...more,
    }).fit()
  await assert.rejects(start({ searcher: engine('optuna', { sampler: 'CmaEsSampler' }) }), {
    code: 'unsupported',
    message: /CmaEsSampler can't handle 2 objectives/,
  })
  await assert.rejects(start({ searcher: engine('optuna'), warmStart: ['test'] }), {
    code: 'unsupported',
    message: /optuna can't learn from earlier experiments where there are several objectives/,
  })
})

test('the example', (context) => {
  const example = fileURLToPath(new URL('../../../examples/engine.ts', import.meta.url))
  const output = execFileSync(process.execPath, [example], { cwd: rootFor(context), encoding: 'utf8' })
  assert.ok(Number(/^loss (\S+) with rate/m.exec(output)?.[1]) < 0.3, output)
})
