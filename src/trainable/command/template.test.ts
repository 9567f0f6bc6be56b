import assert from 'node:assert/strict'
import { test } from 'node:test'

import { stream } from '../../base/random.ts'
import { checkVariables, variablesOf } from './environment.ts'
import { checkTemplate, parseTemplate, renderTemplate } from './template.ts'
import { splitWords } from './words.ts'

const extras = { trial: 7, directory: '/d', config: '/d/config.json' }

for (const [text, words] of [
  ['python train.py --lr {lr}', ['python', 'train.py', '--lr', '{lr}']],
  [`a 'b  c' "d \\" e" f\\ g`, ['a', 'b  c', 'd " e', 'f g']],
  [`'' x""y "\\n"`, ['', 'xy', '\\n']],
  ['  a\t\nb  ', ['a', 'b']],
  [`"$HOME" '*.py'`, ['$HOME', '*.py']],
] as const) {
  test(`${JSON.stringify(text)} is split into words`, () => assert.deepEqual(splitWords(text), words))
}

test('quotes that are not closed are refused', () => {
  for (const text of [`a 'b`, 'a "b', 'a\\']) assert.throws(() => splitWords(text), { code: 'invalid_option' })
})

test('random words, quoted, are split back', () => {
  const random = stream(1, 6)
  const letters = ['a', ' ', "'", '"', '\\', '$', '\n', 'é', '{x}']
  for (let round = 0; round < 500; round++) {
    const words = Array.from({ length: 1 + random.below(4) }, () =>
      Array.from({ length: random.below(6) }, () => letters[random.below(letters.length)]!).join(''),
    )
    const text = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    assert.deepEqual(splitWords(text), words, `round ${round}`)
  }
})

test('values take their places; numbers are read back exactly', () => {
  const random = stream(2, 6)
  for (let round = 0; round < 200; round++) {
    const x = (random.float() - 0.5) * 10 ** (random.below(40) - 20)
    assert.equal(Number(renderTemplate(['{x}'], { x }, extras)[0]), x)
  }
  const config = { lr: 0.5, net: { width: 3 }, name: 'a b', flag: true, sizes: [1, 2] }
  assert.deepEqual(renderTemplate(['--lr={lr}', '{net.width}x{name}', '{flag}', '{sizes}', '{{lr}}'], config, extras), [
    '--lr=0.5',
    '3xa b',
    'true',
    '[1,2]',
    '{lr}',
  ])
  assert.deepEqual(renderTemplate(['{trial}', '{directory}', '{config}'], config, extras), [
    '7',
    '/d',
    '/d/config.json',
  ])
  assert.deepEqual(renderTemplate(['p', '{params}'], { a: 1, b: { c: 'x' } }, extras), ['p', '--a', '1', '--b.c', 'x'])
})

test('a word whose parameter is inactive goes, with the option before it', () => {
  const template = [
    'p',
    '--opt',
    '{opt}',
    '--momentum',
    '{momentum}',
    '--nesterov={momentum}',
    '-m',
    '{momentum}',
    'end',
  ]
  assert.deepEqual(renderTemplate(template, { opt: 'adam' }, extras), ['p', '--opt', 'adam', 'end'])
  assert.deepEqual(renderTemplate(['p', '--verbose', 'x{momentum}'], {}, extras), ['p', '--verbose'])
})

test('unknown and unused parameters are refused, the near one named', () => {
  assert.throws(() => checkTemplate(['p', '{lrr}'], ['lr']), { code: 'invalid_option', remedy: 'Did you mean lr?' })
  assert.throws(() => checkTemplate(['p', '{lr}'], ['lr', 'width']), /does not use width/)
  for (const template of [['{lr}', '{width}'], ['{params}'], ['{config}', '{trial}']])
    checkTemplate(template, ['lr', 'width'])
  assert.throws(() => parseTemplate(' '), { code: 'invalid_option' })
})

test('parameters as environment variables', () => {
  const config = { lr: 0.1, net: { width: 3 }, 'l-2': 1 }
  assert.deepEqual(variablesOf(config), {
    TRIALIST_PARAM_lr: '0.1',
    TRIALIST_PARAM_net__width: '3',
    TRIALIST_PARAM_l_2: '1',
  })
  assert.throws(() => checkVariables(['a-b', 'a_b']), /TRIALIST_PARAM_a_b/)
})
