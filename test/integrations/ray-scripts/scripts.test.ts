// Scripts written for Ray Tune by its own authors run with nothing but their imports changed. They are not in this repository: they
// come out of Ray's wheel, which is downloaded from the package index and not installed; `scripts.json` names version and contents.
import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { globSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { rootFor } from '../tune.ts'

interface Trial {
  readonly state: string
  readonly score: number | null
  readonly step: number
  readonly attempts: number
  readonly config: Readonly<Record<string, unknown>>
  readonly metrics: Readonly<Record<string, number>>
}

interface Shown {
  readonly state: string
  readonly trials: readonly Trial[]
}

const here = import.meta.dirname
const repository = fileURLToPath(new URL('../../..', import.meta.url))
const python = process.env['TRIALIST_PYTHON']!
const { package: wheel } = JSON.parse(readFileSync(join(here, 'scripts.json'), 'utf8')) as { readonly package: string }
let scripts = ''

before((context) => {
  scripts = rootFor(context as TestContext)
  const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', scripts, wheel]
  execFileSync(python, pip, { stdio: 'inherit' })
  const [file] = globSync('ray-*.whl', { cwd: scripts })
  const words = [join(here, 'take_scripts.py'), join(scripts, file!), join(here, 'scripts.json'), scripts]
  execFileSync(python, words, { stdio: 'inherit' })
})

/** What a script printed, and its experiment. */
async function outcomeOf(
  context: TestContext,
  script: string,
  ...args: readonly string[]
): Promise<{ readonly printed: string; readonly shown: Shown; readonly folder: string }> {
  const cwd = rootFor(context)
  const { NODE_TEST_CONTEXT: _context, ...rest } = process.env
  const env = { ...rest, PYTHONPATH: join(repository, 'python') }
  const run = promisify(execFile)
  const { stdout: printed } = await run(python, [join(scripts, `${script}.py`), ...args], { cwd, env })
  const [name] = readdirSync(join(cwd, '.trialist'))
  const show = [join(repository, 'bin', 'trialist.cjs'), 'show', name!, '--json']
  const { stdout } = await run(process.execPath, show, { cwd, env, maxBuffer: 2 ** 28 })
  const shown = JSON.parse(stdout) as Shown
  assert.equal(shown.state, 'finished')
  return { printed, shown, folder: join(cwd, '.trialist', name!) }
}

const over = (trials: readonly Trial[]): boolean => trials.every(({ state }) => /^(completed|stopped)$/.test(state))

// Most of them sleep most of the time.
describe(`scripts out of ${wheel}`, { concurrency: 4 }, () => {
  test('a function with ASHA', async (context) => {
    const { printed, shown } = await outcomeOf(context, 'async_hyperband_example')
    assert.match(printed, /Best hyperparameters found: {'steps': 100, 'width': [\d.]+, 'height': [\d.]+}/)
    assert.equal(shown.trials.length, 20)
    assert.ok(over(shown.trials))
    const steps = shown.trials.map(({ step }) => step)
    // How many end early depends on how well the searcher does: at rungs they do, and the best is complete.
    assert.deepEqual(
      steps.filter((step) => ![5, 20, 80, 100].includes(step)),
      [],
    )
    assert.ok(Math.min(...steps) < 100 && Math.max(...steps) === 100, steps.join())
  })

  test('a class with checkpoints, under HyperBand', async (context) => {
    const { printed, shown } = await outcomeOf(context, 'hyperband_example')
    assert.match(printed, /Best hyperparameters found were: {2}{'width': 1\d, 'height': 9\d}/)
    assert.equal(shown.trials.length, 200)
    assert.ok(over(shown.trials))
    // It pauses trials, which go on from their checkpoints.
    const again = shown.trials.filter(({ attempts }) => attempts > 1)
    assert.ok(again.length > 10, `${again.length}`)
    for (const { config, metrics, step } of again) {
      const expected = Math.tanh(step / Number(config['width'])) * Number(config['height'])
      assert.ok(Math.abs(metrics['episode_reward_mean']! - expected) < 1e-9)
    }
  })

  test('a function under HyperBand, which reports a checkpoint each third time', async (context) => {
    const { printed, shown } = await outcomeOf(context, 'hyperband_function_example', '--smoke-test')
    assert.match(printed, /Best hyperparameters found were: {2}{'height': (9\d\.|100\.0)/)
    assert.equal(shown.trials.length, 20)
    assert.ok(over(shown.trials))
  })

  test('a function that goes on from its checkpoints', async (context) => {
    const { printed, shown, folder } = await outcomeOf(context, 'custom_func_checkpointing')
    assert.deepEqual([shown.trials.length, ...new Set(shown.trials.map(({ step }) => step))], [5, 10])
    const path = /Best checkpoint: {2}Checkpoint\('(.*)'\)/.exec(printed)?.[1]
    assert.deepEqual(JSON.parse(readFileSync(join(path!, 'checkpoint.json'), 'utf8')), { step: 9 })
    assert.ok(path!.startsWith(folder))
  })

  for (const [script, name] of [
    ['pbt_function', 'a population of functions'],
    ['pbt_example', 'a population of classes'],
  ] as const) {
    test(name, async (context) => {
      const { shown } = await outcomeOf(context, script)
      assert.equal(shown.trials.length, 8)
      assert.ok(over(shown.trials))
      // The problem is to change the rate in time: 1,000 steps at the first one come to about 75.
      const best = Math.max(...shown.trials.map(({ score }) => score!))
      assert.ok(best > 150, `${best}`)
      assert.ok(shown.trials.every(({ config }) => [1, 2].includes(config['some_other_factor'] as number)))
    })
  }

  test('PB2', async (context) => {
    const { shown } = await outcomeOf(context, 'pb2_example')
    assert.equal(shown.trials.length, 8)
    assert.ok(shown.trials.every(({ step }) => step >= 30))
    assert.ok(shown.trials.some(({ attempts }) => attempts > 1))
    for (const { metrics } of shown.trials) assert.ok(metrics['cur_lr']! >= 0.0001 && metrics['cur_lr']! <= 0.02)
  })

  test('Optuna with conditions, defined by run, and ASHA', async (context) => {
    const { shown } = await outcomeOf(context, 'optuna_define_by_run_example', '--smoke-test')
    assert.equal(shown.trials.length, 10)
    assert.ok(over(shown.trials))
    const configs = shown.trials.map(({ config }) => JSON.stringify(config))
    for (const config of configs) assert.equal(config.includes('"mult"'), config.includes('relu'), config)
  })

  test('HyperOpt with conditions, in its own expressions', async (context) => {
    const { printed, shown } = await outcomeOf(context, 'hyperopt_conditional_search_space_example', '--smoke-test')
    assert.equal(shown.trials.length, 10)
    assert.ok(over(shown.trials))
    assert.match(printed, /found were: {2}{'activation': {'activation': '(relu', 'mult': 1\.\d+|tanh')}/)
  })

  test('several objectives', async (context) => {
    const { printed, shown } = await outcomeOf(context, 'optuna_multiobjective_example', '--smoke-test')
    assert.equal(shown.trials.length, 10)
    assert.match(printed, /for loss found were:(.|\n)*for gain found were:/)
  })

  test('a callback, and names of the user for trials and folders', async (context) => {
    const { printed, folder } = await outcomeOf(context, 'logging_example')
    assert.equal(printed.match(/TestLogger for trial easy_objective_\w+_123: {/g)?.length, 500)
    assert.equal(readdirSync(folder).filter((entry) => /^easy_objective_\w+_123$/.test(entry)).length, 5)
  })

  test('random samples of a grid', async (context) => {
    const { shown } = await outcomeOf(context, 'tune_basic_example', '--smoke-test')
    const kinds = shown.trials.map(({ config }) => String(config['activation']))
    assert.deepEqual(
      kinds.toSorted(),
      ['relu', 'tanh'].flatMap((kind) => Array<string>(5).fill(kind)),
    )
  })
})
