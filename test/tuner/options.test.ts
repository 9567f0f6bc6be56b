// Wrong options are told before anything runs: what was expected, what came.
import assert from 'node:assert/strict'
import { test } from 'node:test'

import {
  local,
  memory,
  patience,
  resourceChanging,
  simulated,
  Study,
  Tuner,
  TrialistError,
  uniform,
} from '../../src/index.ts'

const fine = { name: 'test', space: { x: uniform(0, 1) }, metric: 'loss', trainable: () => 1, log: () => {} } as const
const curves = { steps: 3, metrics: () => ({ loss: 1 }) }

/** The error of a call that must be refused, with all its parts. */
async function refusal(what: string, call: () => unknown): Promise<TrialistError> {
  try {
    await call()
  } catch (thrown) {
    assert.ok(thrown instanceof TrialistError, `${what}: ${String(thrown)}`)
    assert.ok(thrown.expected !== undefined, `${what}: ${thrown.message}`)
    assert.ok(thrown.received !== undefined || thrown.code === 'unknown_option', `${what}: ${thrown.message}`)
    return thrown
  }
  return assert.fail(`${what} was accepted`)
}

const wrong: readonly (readonly [option: string, values: readonly unknown[]])[] = [
  ['trainable', [undefined, 'train.py', null]],
  ['steps', [{ trainable: { ...curves, steps: 0 } }, { trainable: { ...curves, steps: NaN } }]],
  ['metrics', [{ trainable: { steps: 3 } }]],
  ['seconds', [{ trainable: { ...curves, seconds: 60 } }]],
  ['metric', [undefined, '', 5, '__proto__', 'constructor']],
  ['mode', ['least', { trainable: curves, mode: 'max', objectives: [{ metric: 'loss', mode: 'min' }] }]],
  ['objectives', [5, [5], [{ metric: 'accuracy', mode: 'max' }]]],
  ['score', ['mean:0', 'first', 5]],
  ['searcher', [5, {}, null]],
  ['scheduler', [5, {}, null]],
  ['stop', ['maxSteps', {}, [5]]],
  ['callbacks', [{}, [5], [{}], [{ onReprot() {} }]]],
  ['initialConfigs', [{ x: 1 }, [5]]],
  ['constraints', [() => true, ['x > 0']]],
  ['candidates', [5, []]],
  ['executor', ['local', {}]],
  ['store', ['memory', {}]],
  ['log', [true]],
  ['resources', [{ gpu: 1 }, { cpus: 0 }, null]],
  ['trials', ['5', 0, 1.5, Infinity]],
  ['time', ['5', 0, -1, Infinity]],
  ['concurrency', [0, 1.5]],
  ['terminationGrace', [-1, NaN]],
  ['maxFailures', [-1, 0.5]],
  ['seed', [-1, 1.5, 'one']],
]

test('a wrong value is refused when the tuner is made, by the option’s name', async () => {
  for (const [option, values] of wrong) {
    for (const value of values) {
      const inTrainable = typeof value === 'object' && value !== null && 'trainable' in value
      const options = inTrainable ? value : { [option]: value }
      const error = await refusal(option, () => new Tuner({ ...fine, store: memory(), ...options } as never))
      assert.match(error.message, new RegExp(option))
    }
  }
})

test('an unknown option is refused with the ones there are', async () => {
  const tuner = await refusal('trails', () => new Tuner({ ...fine, trails: 5 } as never))
  assert.match(tuner.message, /"trails".*\btrials\b/)
  const made = new Tuner({ ...fine, store: memory() })
  assert.match((await refusal('fit', () => made.fit({ resum: true } as never))).message, /"resum".*\bresume\b/)
  assert.match((await refusal('fit', () => made.fit(5 as never))).message, /fit\(\)/)
  const study = await refusal('study', () => new Study({ space: fine.space, metric: 'loss', trials: 5 } as never))
  assert.match(study.message, /Study.*"trials"/)
  const workers = await refusal('simulated', () => simulated({ wrokers: 1 } as never))
  assert.match(workers.message, /"wrokers".*\bworkers\b/)
})

test('what a machine gives, what a table holds and what a scheduler is around are looked at', async () => {
  for (const wrongly of [{ cpus: 'all' }, { cpus: 0 }, { memory: -1 }, { gpus: 2 }, { gpus: [0] }]) {
    const [name] = Object.keys(wrongly) as [string]
    assert.match((await refusal(name, () => local(wrongly as never))).message, new RegExp(`local\\(\\): ${name}`))
  }
  const { results } = new Study({ space: fine.space, metric: 'loss' })
  assert.match((await refusal('csv', () => results.toCSV({ report: true } as never))).message, /"report".*\breports\b/)
  assert.match((await refusal('lines', () => results.toJSONLines({ reports: 1 } as never))).message, /reports/)
  for (const around of [patience, resourceChanging]) {
    assert.match(
      (await refusal('of', () => around({ of: 'asha' } as never))).message,
      /of: expected a scheduler.*"asha"/,
    )
  }
})

test('an executor refuses what it can’t run', async () => {
  for (const [options, name] of [
    [{ executor: local(), trainable: curves }, 'local'],
    [{ executor: simulated() }, 'simulated'],
    [{ resources: { cpus: 2 } }, 'local'],
  ] as const) {
    const error = await refusal(name, () => new Tuner({ ...fine, store: memory(), ...options }).fit())
    assert.equal(error.code, 'unsupported')
  }
  for (const options of [{ workers: 0 }, { workers: 10_001 }, { preemptionsPerHour: -1 }, { startSeconds: NaN }]) {
    const [name] = Object.keys(options) as [string]
    assert.match((await refusal(name, () => simulated(options))).message, new RegExp(name))
  }
})

test('a wrong report fails its trial, by name; a wrong answer of ask and tell is refused and changes nothing', async () => {
  for (const [returned, named] of [
    ['high', /"high"/],
    [null, /null/],
    [[1], /\[1\]/],
    [{ loss: 1, when: new Date(0) }, /"when"/],
    [JSON.parse('{ "loss": 1, "__proto__": 2 }') as object, /"__proto__"/],
  ] as const) {
    const results = await new Tuner({ ...fine, store: memory(), trials: 1, trainable: () => returned as never }).fit()
    assert.equal(results.at(0).state, 'failed')
    assert.match(results.at(0).failure!.message, named)
  }
  const study = new Study({ space: fine.space, metric: 'loss', seed: 1 })
  const asked = study.ask()
  const tells: readonly (() => unknown)[] = [
    () => study.tell(asked, 5 as never),
    () => study.tell(asked, undefined as never),
    () => study.tell(asked, { loss: 'x' } as never),
    () => study.tell(asked, { loss: 1 }, { step: NaN }),
    () => study.report(asked, { loss: 1 }, { step: '1' } as never),
    () => study.tell(undefined as never, { loss: 1 }),
  ]
  for (const tell of tells) await refusal(tell.toString(), tell)
  assert.match((await refusal('step', () => study.tell(asked, { loss: 1 }, { epoch: 1 } as never))).message, /"epoch"/)
  assert.deepEqual([study.results.at(0).state, study.results.at(0).history()], ['running', []])
  study.tell(asked, { loss: 1 })
  assert.equal(study.best.score, 1)
})

test('curves that answer nonsense fail their trial and say so', async () => {
  for (const [odd, named] of [
    [{ seconds: () => -5 }, /seconds\(\).*-5/],
    [{ steps: () => NaN }, /steps\(\).*NaN/],
    [{ metrics: () => ({ loss: 'x' }) }, /"loss".*"x"/],
  ] as const) {
    const results = await new Tuner({
      ...fine,
      store: memory(),
      trials: 1,
      trainable: { ...curves, ...odd } as never,
    }).fit()
    assert.match(results.at(0).failure!.message, named)
  }
})
