import assert from 'node:assert/strict'
import { test } from 'node:test'

import { purpose, stream } from '../base/random.ts'
import { choice, compileSpace, int, loguniform, ordinal, uniform, when } from '../space/index.ts'
import { SchedulerRehearsal } from '../testing/scheduler.ts'
import { perturbed } from './explore.ts'
import { ChangeModel } from './pb2-model.ts'
import { pb2 } from './pb2.ts'
import { pbt } from './pbt.ts'

const min = { metric: 'loss', mode: 'min' } as const

/** A population whose members all run. */
function population(options: Partial<Parameters<typeof pbt>[0]> = {}, members: number = 4): SchedulerRehearsal {
  const rehearsal = new SchedulerRehearsal(pbt({ interval: 2, ...options }), min)
  rehearsal.trialsMax = members
  for (let i = 0; i < members; i++) rehearsal.start()
  return rehearsal
}

test('only the worst quarter takes over, from the best quarter; not before the interval, not before burn-in', () => {
  const rehearsal = population({ burnIn: 4 })
  const at = (step: number): string[] => [0, 1, 2, 3].map((trial) => rehearsal.report(trial, step, 9 - trial).action)
  const all = ['continue', 'continue', 'continue', 'continue']
  for (let step = 1; step <= 5; step++) assert.deepEqual(at(step), all, `step ${step}`)
  assert.deepEqual(at(6), ['exploit', ...all.slice(1)])
  const exploited = rehearsal.events.findLast((event) => event.type === 'decided')
  assert.deepEqual([exploited?.trial, exploited?.exploit?.trial, exploited?.exploit?.step], [0, 3, 5])
  const launched = rehearsal.events.findLast((event) => event.type === 'launched')
  assert.deepEqual([launched?.trial, launched?.from?.trial, launched?.from?.step], [0, 3, 5])
})

test('who takes over is as far as its donor: it is not ready again before the interval from there', () => {
  const rehearsal = population({ interval: 4 }, 2)
  assert.equal(rehearsal.report(0, 4, 1).action, 'continue')
  assert.equal(rehearsal.report(0, 6, 1).action, 'continue')
  assert.equal(rehearsal.report(1, 5, 9).action, 'exploit')
  const launched = rehearsal.events.findLast((event) => event.type === 'launched')
  assert.equal(launched?.from?.step, 6)
  assert.equal(rehearsal.report(1, 7, 9).action, 'continue', 'the donor was ready at 4')
  assert.equal(rehearsal.report(1, 8, 9).action, 'exploit')
})

test('what is not finite is worst, and no donor; a member without a checkpoint is none either', () => {
  const rehearsal = population({}, 2)
  rehearsal.report(0, 2, NaN)
  assert.equal(rehearsal.report(1, 2, Infinity).action, 'continue', 'two that are equally bad')
  const one = population({}, 2)
  one.report(0, 2, 1)
  assert.equal(one.report(1, 2, NaN).action, 'exploit')
})

test('from one that is to end nobody takes over, though its end is not heard of yet', () => {
  for (const action of ['stop', 'complete'] as const) {
    const rehearsal = population({}, 3)
    rehearsal.report(1, 2, 5)
    rehearsal.report(0, 2, 1)
    rehearsal.feed({ type: 'decided', trial: 0, attempt: 1, action, by: 'test', why: {} })
    assert.equal(rehearsal.report(2, 2, 9).action, 'exploit')
    assert.equal(rehearsal.events.findLast((event) => event.type === 'decided')?.exploit?.trial, 1)
    const two = population({}, 2)
    two.report(0, 2, 1)
    two.feed({ type: 'decided', trial: 0, attempt: 1, action, by: 'test', why: {} })
    assert.equal(two.report(1, 2, 9).action, 'continue', 'nobody is left to compare with')
  }
})

test('where others wait, the member with the least training goes first, and takes over when its turn comes', () => {
  const rehearsal = new SchedulerRehearsal(pbt({ interval: 1 }), min)
  rehearsal.trialsMax = 3
  const [a, b] = [rehearsal.start(), rehearsal.start()]
  assert.equal(rehearsal.report(a, 2, 1).action, 'pause', 'a third one is still to start')
  assert.equal(rehearsal.next(), undefined)
  const c = rehearsal.start()
  assert.equal(rehearsal.report(b, 1, 9).action, 'pause')
  const next = rehearsal.next()
  assert.deepEqual([next?.action, next && 'trial' in next && next.trial], ['exploit', b])
  assert.equal(rehearsal.report(c, 1, 0.5).action, 'pause')
  assert.equal(rehearsal.next()?.action, 'resume')
})

test('synchronous: all wait for all that live; one that fails is not waited for; the worst take over at once', () => {
  const rehearsal = population({ synch: true })
  for (const trial of [0, 1, 2]) assert.equal(rehearsal.report(trial, 2, 5 - trial).action, 'pause')
  assert.deepEqual(rehearsal.next(), { action: 'wait' })
  rehearsal.end(3, 'failed')
  const actions = [rehearsal.next(), rehearsal.next(), rehearsal.next()]
  assert.deepEqual(
    actions.map((next) => next && 'trial' in next && [next.action, next.trial]),
    [
      ['exploit', 0],
      ['resume', 1],
      ['resume', 2],
    ],
  )
  assert.deepEqual(rehearsal.next(), { action: 'wait' })
  assert.equal(rehearsal.report(1, 3, 1).action, 'continue', 'the next time is at 4')
  assert.equal(rehearsal.report(1, 4, 1).action, 'pause')
})

const space = compileSpace({
  lr: loguniform(1e-4, 1),
  width: uniform(-1, 1),
  units: int(1, 100),
  size: ordinal(1, 3, 4, 8),
  kind: choice('a', 'b', 'c'),
  extra: when('kind', 'b', uniform(0, 1)),
})
/** Any order will do. */
const byText = (a: unknown, b: unknown): number => String(a).localeCompare(String(b))

const everything = space.dimensions.map(() => true)

test('without resampling: times a factor, whatever the scale; a neighbour in a list; within the bounds', () => {
  const values = [0.01, -0.5, 10, 4, 'a', null]
  const seen = Array.from({ length: 6 }, () => new Set<unknown>())
  for (let seed = 1; seed <= 200; seed++) {
    const moved = perturbed(
      space,
      values,
      { moves: everything, resample: 0, factors: [1.2, 0.8] },
      stream(seed, purpose.schedule),
    )
    moved.forEach((value, i) => seen[i]!.add(typeof value === 'number' ? Number(value.toPrecision(10)) : value))
  }
  const sorted = seen.map((each) => [...each].toSorted(byText))
  assert.deepEqual(sorted, [[0.008, 0.012], [-0.4, -0.6], [12, 8], [3, 8], ['a'], [null]])
})

test('an integer moves by one at least; at a bound it stays; 0 moves by a part of the range', () => {
  const move = (values: (number | string | null)[], factor: number) =>
    perturbed(space, values, { moves: everything, resample: 0, factors: [factor] }, stream(1, purpose.schedule))
  assert.deepEqual(move([0.9, 1, 1, 8, 'c', null], 1.2).slice(0, 4), [1, 1, 2, 8])
  assert.deepEqual(move([1e-4, 0, 1, 1, 'c', null], 0.8).slice(0, 4), [1e-4, -0.4, 1, 1])
})

test('with resampling: all values of the space come, in the same way each time, and conditions hold', () => {
  const kinds = new Set<unknown>()
  for (let seed = 1; seed <= 300; seed++) {
    const draw = () =>
      perturbed(
        space,
        [0.01, 0.5, 10, 4, 'a', null],
        { moves: everything, resample: 1, factors: [1.2] },
        stream(seed, purpose.schedule),
      )
    const values = draw()
    assert.deepEqual(draw(), values, `seed ${seed}`)
    kinds.add(values[4])
    assert.equal(values[5] === null, values[4] !== 'b', `seed ${seed}`)
    assert.ok((values[0] as number) >= 1e-4 && (values[0] as number) <= 1)
    assert.deepEqual(space.valuesOf(space.configOf(values)), values, `seed ${seed}`)
  }
  assert.deepEqual([...kinds].toSorted(byText), ['a', 'b', 'c'])
})

test('parameters that are not to change stay exactly as they are; constraints hold', () => {
  const bounded = compileSpace(
    { a: uniform(0, 1), b: uniform(0, 1) },
    { constraints: [({ a, b }: { a: number; b: number }) => a + b <= 1] },
  )
  for (let seed = 1; seed <= 200; seed++) {
    const exact = 0.1 + 0.2
    const values = perturbed(
      bounded,
      [exact, 0.69],
      { moves: [false, true], resample: 0.5, factors: [1.2, 0.8] },
      stream(seed, purpose.schedule),
    )
    assert.equal(values[0], exact)
    assert.ok((values[1] as number) + exact <= 1)
  }
})

test('a function has the last word on an explored configuration, and its parameters are those of the space', () => {
  const scheduler = pbt({ interval: 1, explore: (config) => ({ ...config, depth: 3 }) })
  const rehearsal = new SchedulerRehearsal(scheduler, min)
  rehearsal.trialsMax = 2
  const [a, b] = [rehearsal.start(), rehearsal.start()]
  rehearsal.report(a, 1, 1)
  const decision = rehearsal.report(b, 1, 2)
  assert.equal(decision.action === 'exploit' && decision.exploit.values[2], 3)
  assert.notEqual(scheduler.name, 'pbt', 'code is not made again from a record')
})

test('wrong options are refused', () => {
  for (const options of [{ interval: 0 }, { quantile: 0.6 }, { resample: 2 }, { factors: [] }, { population: 1 }]) {
    assert.throws(() => pbt({ interval: 1, ...options }), { code: 'invalid_option' }, JSON.stringify(options))
  }
  assert.throws(() => new SchedulerRehearsal(pbt({ interval: 1, mutate: ['lrr'] }), min), { code: 'invalid_option' })
  assert.throws(() => pb2({ interval: 1, factors: [1] } as never), { code: 'unknown_option' })
})

test('the model of changes: nearer in time says more; deviations, not variances; pending points lower them', () => {
  const observed = [0, 0.25, 0.5, 0.75, 1].map((u) => ({
    time: 5,
    reward: 1,
    point: Float64Array.of(u),
    change: -((u - 0.5) ** 2),
  }))
  const model = new ChangeModel(observed, [])
  const bound = (u: number, beta: number, time = 5, from = model) =>
    from.bound({ time, reward: 1, point: Float64Array.of(u) }, beta)
  assert.ok(bound(0.5, 0) > bound(0, 0) && bound(0.5, 0) > bound(1, 0))
  const deviation = (u: number, time = 5, from = model) => bound(u, 1, time, from) - bound(u, 0, time, from)
  assert.ok(Math.abs(bound(0.3, 4) - bound(0.3, 0) - 2 * deviation(0.3)) < 1e-9, 'the root of beta times the deviation')
  assert.ok(deviation(0.5, 50) > deviation(0.5, 6), 'what is long past says little')
  const pending = new ChangeModel(observed, [{ time: 5, reward: 1, point: Float64Array.of(0.9) }])
  assert.ok(deviation(0.9, 5, pending) < deviation(0.9))
  assert.ok(Math.abs(bound(0.9, 0, 5, pending) - bound(0.9, 0)) < 1e-9)
})
