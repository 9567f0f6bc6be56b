import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from './tsc.ts'

const imports = `import { bool, choice, int, loguniform, ordinal, uniform, when } from 'space'
import { Tuner } from 'tuner'
export const used = [bool, choice, int, loguniform, ordinal, uniform, when, Tuner]
`

/** Fifty parameters of every kind, ten of them conditional, in a tuner whose trainable reads them. */
function spaceOfFifty(): string {
  const groups = Array.from(
    { length: 10 },
    (_, i) => `
    lr${i}: loguniform(1e-5, 1e-1), layers${i}: int(1, 8), optimizer${i}: choice('adam', 'sgd', 'rmsprop'),
    momentum${i}: when('optimizer${i}', ['sgd', 'rmsprop'], uniform(0, 0.99)), size${i}: ordinal('s', 'm', 'l'),`,
  )
  return `new Tuner({ space: {${groups.join('')}
  }, metric: 'loss', trainable: ({ config }) => ({ loss: config.lr0 + (config.momentum9 ?? 0) }) })`
}

function instantiations(source: string): number {
  const output = compile({ 'space.ts': source }, ['--extendedDiagnostics'])
  assert.doesNotMatch(output, /error TS/)
  const count = /^Instantiations:\s*(\d+)/m.exec(output)?.[1]
  assert.ok(count !== undefined, output)
  return Number(count)
}

test('a space of 50 parameters costs the type checker at most 20,000 instantiations', () => {
  const cost = instantiations(imports + spaceOfFifty()) - instantiations(imports)
  assert.ok(cost > 0 && cost <= 20_000, `${cost} instantiations`)
  // What is counted must be the whole space: half as many parameters cost about half as much.
  assert.ok(cost > 2_000, `${cost} instantiations are too few to be true`)
})
