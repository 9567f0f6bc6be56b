import assert from 'node:assert/strict'
import { test } from 'node:test'

import { stream } from '../base/random.ts'
import { bool, choice, compileSpace, int, uniform, when } from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { bowl, Rehearsal } from '../testing/rehearsal.ts'
import { auto } from './auto.ts'

const min = { metric: 'loss', mode: 'min' } as const
const numbers = compileSpace({ x: uniform(0, 1), y: uniform(0, 1), n: int(0, 50) })
const conditional = compileSpace({
  kind: choice('a', 'b', 'c'),
  x: when('kind', 'a', uniform(0, 1)),
  y: when('kind', ['b', 'c'], uniform(0, 1)),
})

/** One trial after the other, each of so many milliseconds; answers who proposed each. */
function proposers(rehearsal: Rehearsal, trials: number, ms: number): unknown[] {
  const by: unknown[] = []
  let now = rehearsal.events.findLast((event) => event.type === 'time')?.now ?? 0
  for (let i = 0; i < trials; i++) {
    const [trial] = rehearsal.ask(1)
    if (trial === undefined) break
    const { why } = rehearsal.events.findLast((event) => event.type === 'suggested')!
    assert.equal(why['via'], 'auto')
    by.push(why.by)
    rehearsal.feed({ type: 'time', now: (now += ms) })
    rehearsal.report(trial, bowl(rehearsal.point(trial)))
    rehearsal.end(trial, 'completed')
  }
  return by
}

function started(space: EncodedSpace, trialsMax: number): Rehearsal {
  return new Rehearsal(auto(), space, 1, min, trialsMax)
}

/** Where it changed, and to whom. */
function changes(by: readonly unknown[]): (readonly [number, unknown])[] {
  return by.flatMap((name, i) => (i === 0 || name !== by[i - 1] ? [[i, name] as const] : []))
}

test('a finite space that the budget covers is searched to its end, by TPE where models take too long', () => {
  const space = compileSpace({ a: int(1, 10), b: bool() })
  const by = proposers(started(space, 20), 25, 1)
  assert.deepEqual([by.length, changes(by)], [20, [[0, 'gp']]])
  const larger = compileSpace({ a: int(1, 11), b: int(1, 10) })
  const byAll = proposers(started(larger, Infinity), 120, 1)
  assert.equal(byAll.length, 110)
  assert.deepEqual(changes(byAll), [
    [0, 'gp'],
    [100, 'tpe'],
  ])
})

test('of a list of candidates the most promising that are left are taken', () => {
  const random = stream(7, 1)
  const candidates = Array.from({ length: 500 }, () => ({ x: random.float(), y: random.float() }))
  const space = compileSpace({ x: uniform(0, 1), y: uniform(0, 1) }, { candidates })
  const rehearsal = started(space, Infinity)
  const by = proposers(rehearsal, 30, 1)
  assert.deepEqual(changes(by), [[0, 'gp']])
  const values = Array.from({ length: 30 }, (_, trial) => bowl(rehearsal.point(trial)))
  assert.equal(Math.min(...values), Math.min(...space.candidates!.map((point) => bowl(point))))
})

test('once trials are ended early there is a process for each rung', () => {
  const rehearsal = started(numbers, 60)
  const losses = (trial: number): number[] => [1, 0.5].map((late) => late + bowl(rehearsal.point(trial)))
  for (let i = 0; i < 12; i++) {
    const [trial] = rehearsal.ask(1)
    const [first, second] = losses(trial!)
    rehearsal.report(trial!, first!)
    if (i % 2 === 0) rehearsal.report(trial!, second!)
    rehearsal.end(trial!, i % 2 === 0 ? 'completed' : 'stopped')
  }
  const by = rehearsal.events.flatMap((event) => (event.type === 'suggested' ? [event.why.by] : []))
  assert.deepEqual(changes(by), [
    [0, 'gp'],
    [2, 'mfes'],
  ])
})

test('where half of all trials run at once the space is filled evenly', () => {
  const rehearsal = started(numbers, 16)
  for (const { why } of rehearsal.searcher.suggest(8)) assert.deepEqual([why.by, why['via']], ['sobol', 'auto'])
  for (const { why } of rehearsal.searcher.suggest(7)) assert.equal(why.by, 'gp')
})

test('the members of a population fill the space evenly', () => {
  const rehearsal = new Rehearsal(auto(), numbers, 1, min, 60, { explores: true })
  assert.deepEqual(changes(proposers(rehearsal, 30, 1)), [[0, 'sobol']])
})

test('trials of no time go from the model to the evolution strategy in a numeric space, to TPE in others', () => {
  assert.deepEqual(changes(proposers(started(numbers, 1_000), 110, 1)), [
    [0, 'gp'],
    [100, 'cmaes'],
  ])
  assert.deepEqual(changes(proposers(started(conditional, 1_000), 110, 1)), [
    [0, 'gp'],
    [100, 'tpe'],
  ])
  // Too few are left for a strategy to begin.
  assert.deepEqual(changes(proposers(started(numbers, 120), 110, 1)), [
    [0, 'gp'],
    [100, 'tpe'],
  ])
})

test('the time of the first eight trials decides, not that of later ones', () => {
  const rehearsal = started(numbers, 1_000)
  proposers(rehearsal, 8, 10)
  assert.deepEqual(changes(proposers(rehearsal, 110, 0.5)), [[0, 'gp']])
})

test('around the change one that lived through the run and one built from its log answer alike', () => {
  for (const space of [numbers, conditional]) {
    const warm = started(space, 1_000)
    proposers(warm, 97, 1)
    for (let i = 0; i < 12; i++) {
      const cold = started(space, 1_000)
      for (const event of warm.events) cold.feed(event)
      assert.deepEqual(cold.searcher.suggest(2), warm.searcher.suggest(2), `after ${warm.columns.trials} trials`)
      proposers(warm, 1, 1)
    }
  }
})
