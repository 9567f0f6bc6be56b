import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

import { Tuner, choice, compileSpace, engine, int, loguniform, memory, random, uniform, when } from '../../src/index.ts'
import type { Config, EngineName, EngineOptions, SearcherFactory, StoreFactory } from '../../src/index.ts'
import { extentOf } from '../../src/testing/extent.ts'
import type { Brief } from '../../src/testing/extent.ts'
import { bowl, Rehearsal } from '../../src/testing/rehearsal.ts'
import { holdsInSpaces } from '../../src/testing/searcher-cases.ts'
import { testSearcher } from '../../src/testing/searcher.ts'

/** Conditions, steps, logarithms and categories. */
export const space = {
  x: uniform(-5, 5),
  lr: loguniform(1e-5, 1),
  width: int(16, 256, { step: 16 }),
  kind: choice('plain', 'deep'),
  depth: when('kind', 'deep', int(1, 4)),
  dropout: when('kind', 'deep', uniform(0, 0.5, { step: 0.1 })),
}

export interface Run {
  readonly searcher: SearcherFactory
  readonly trials: number
  readonly store: StoreFactory
  readonly resume?: boolean
  /** Called in each trial, with its number. */
  readonly during?: (trial: number) => void | Promise<void>
}

/** The configurations of a run, in the order of their trials. */
export async function configsOf(run: Run): Promise<readonly unknown[]> {
  const { searcher, trials, store, resume = false, during } = run
  const tuner = new Tuner({
    name: 'test',
    space,
    metric: 'loss',
    trials,
    concurrency: 1,
    searcher,
    store,
    seed: 3,
    log: () => {},
    trainable: async ({ config, trial }) => {
      await during?.(trial)
      return { loss: lossAt(config) }
    },
  })
  const results = await tuner.fit({ resume, trials })
  return [...results].map(({ config }) => config)
}

/** What the trials find. */
export function lossAt({ x, lr, width, dropout = 0.3 }: Config<typeof space>): number {
  return (x / 5) ** 2 + (Math.log10(lr) + 3) ** 2 / 9 + Math.abs(width - 128) / 256 + dropout
}

/** An experiment that was ended half way and gone on with tries what one does that never stopped. */
export function testGoingOn(name: EngineName, options: EngineOptions = {}, trials: number = 16): void {
  test(`${name} ${options.sampler ?? ''}: an experiment that is resumed goes on as if it had never stopped`, async () => {
    const whole = await configsOf({ searcher: engine(name, options), trials, store: memory() })
    const store = memory()
    await configsOf({ searcher: engine(name, options), trials: trials - 3, store })
    const resumed = await configsOf({ searcher: engine(name, options), trials, store, resume: true })
    assert.equal(new Set(whole.map((config) => JSON.stringify(config))).size, trials)
    assert.deepEqual(resumed, whole)
  })
}

/** One message says what to install where the package is not there. */
export function testMissing(name: EngineName, command: RegExp): void {
  test(`${name}: a missing package is one message with the command that installs it`, (context) => {
    const interpreter = process.env['TRIALIST_PYTHON']!
    const script = 'import sys; print(sys._base_executable)'
    const bare = execFileSync(interpreter, ['-c', script], { encoding: 'utf8' }).trim()
    process.env['TRIALIST_PYTHON'] = bare
    context.after(() => (process.env['TRIALIST_PYTHON'] = interpreter))
    const create = (): Rehearsal =>
      new Rehearsal(engine(name), compileSpace({ x: uniform(0, 1) }), 1, { metric: 'loss', mode: 'min' })
    assert.throws(create, { code: 'not_found', message: command })
  })
}

/** The losses of some trials, one after another, on a smooth function of four numbers. */
export function lossesOf(searcher: SearcherFactory, trials: number, seed: number = 1): number[] {
  const smooth = compileSpace({ a: uniform(0, 1), b: uniform(0, 1), c: uniform(0, 1), d: uniform(0, 1) })
  const rehearsal = new Rehearsal(searcher, smooth, seed, { metric: 'loss', mode: 'min' }, trials)
  return Array.from({ length: trials }, () => {
    const [trial] = rehearsal.ask(1)
    const loss = bowl(rehearsal.point(trial!), Infinity)
    rehearsal.report(trial!, loss)
    rehearsal.end(trial!, 'completed')
    return loss
  })
}

/** All that conformance asks of a searcher, in so few and short runs as its library's time allows. */
export function testConformance(name: EngineName, options: EngineOptions, brief: Brief, spaces: number = 2): void {
  // Suggestions made together need not keep apart further than the library takes care of.
  testSearcher(name, () => engine(name, options), { brief, spaces, slow: true, apart: 0 })
}

/** What conformance asks of all searchers, in few random spaces of any shape: inside, pure, the same when built from the log. */
export function testPromises(name: EngineName, options: EngineOptions = {}, spaces: number = 3): void {
  test(`${name} ${options.sampler ?? ''}: keeps the promises of a searcher in random spaces`, () => {
    holdsInSpaces(() => engine(name, options), { spaces, endsBySelf: false, slow: true }, extentOf(undefined))
  })
}

/**
 * It is the library that searches, not chance: the last quarter of what it tries is good. So many seeds are enough for their mean
 * to be so on any machine, as models round differently on each.
 */
export function testBetter(
  name: EngineName,
  options: EngineOptions = {},
  trials: number = 45,
  seeds: number = 1,
): void {
  test(`${name} ${options.sampler ?? ''}: comes to try better configurations than random search does`, () => {
    const late = (searcher: SearcherFactory, seed: number): number =>
      meanOf(lossesOf(searcher, trials, seed).slice(-Math.ceil(trials / 4)))
    const [found, byChance] = [engine(name, options), random()].map((searcher) =>
      meanOf(Array.from({ length: seeds }, (_, i) => late(searcher, i + 1))),
    ) as [number, number]
    assert.ok(found < 0.75 * byChance, `${found} against ${byChance} by random search`)
  })
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
