import assert from 'node:assert/strict'
import { test } from 'node:test'

import { compileSpace } from './compile.ts'
import { callFrom, spaceFrom } from './expression.ts'
import { spaceToJSON } from './json.ts'
import { bool, choice, constant, grid, int, loguniform, ordinal, prefer, uniform, when } from './index.ts'

test('expressions are the spaces that the functions make', () => {
  const space = spaceFrom([
    ['lr', 'loguniform(1e-5, 1e-1, default=0.01)'],
    ['x', ' uniform( 0 , 1 , step = 0.25 ) '],
    ['opt', `choice(adam, "sgd x", 'it', 3, true, default=adam)`],
    ['m', 'when(opt, [adam, 3], uniform(0, 1))'],
    ['net.width', 'ordinal(16, 32)'],
    ['net.depth', 'int(1, 8)'],
    ['flag', 'bool'],
    ['g', 'grid(1, 2)'],
    ['c', '0.5'],
    ['d', 'adam'],
    ['e', 'constant(7)'],
  ])
  const same = {
    lr: loguniform(1e-5, 1e-1, { default: 0.01 }),
    x: uniform(0, 1, { step: 0.25 }),
    opt: prefer(choice('adam', 'sgd x', 'it', 3, true), { default: 'adam' }),
    m: when('opt', ['adam', 3], uniform(0, 1)),
    net: { width: ordinal(16, 32), depth: int(1, 8) },
    flag: bool(),
    g: grid(1, 2),
    c: 0.5,
    d: 'adam',
    e: constant(7),
  }
  assert.deepEqual(spaceToJSON(space), spaceToJSON(same))
  compileSpace(space)
})

for (const [text, says] of [
  ['unifrom(0, 1)', /the parameter x: .*unifrom.*Did you mean uniform\?/],
  ['uniform(0, 1', /character 13/],
  ['uniform(1, 0)', /the parameter x: .*low < high/],
  ['uniform(0)', /2 arguments, received 1/],
  ['uniform(0, 1) 2', /the end at character 14/],
  ['"open', /character 1/],
  ['choice(1,', /a value/],
  ['uniform(0, 1, stp=1)', /step.*stp/],
] as const) {
  test(`${text} is refused, saying where and what`, () => {
    assert.throws(() => compileSpace(spaceFrom([['x', text]])), { name: 'TrialistError', message: says })
  })
}

test('a name twice is refused', () => {
  assert.throws(
    () =>
      spaceFrom([
        ['x', 'bool'],
        ['x', 'bool'],
      ]),
    /x.*twice/,
  )
})

test('algorithms with options', () => {
  assert.deepEqual(callFrom('--scheduler', 'asha(maxT=27, brackets=2)'), {
    name: 'asha',
    args: [],
    options: { maxT: 27, brackets: 2 },
  })
  assert.deepEqual(callFrom('--searcher', 'tpe'), { name: 'tpe', args: [], options: {} })
  assert.throws(() => callFrom('--searcher', '[1]'), /--searcher/)
})
