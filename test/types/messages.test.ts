import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from './tsc.ts'

const imports = "import { choice, defineSpace, uniform, when } from 'space'\nimport { Tuner } from 'tuner'\n"

/** What a user wrote wrongly, and the words that the compiler's message must hold. */
const cases: Readonly<Record<string, { readonly wrong: string; readonly message: string }>> = {
  parent: {
    wrong: `defineSpace({ lr: uniform(0, 1), optimizer: choice('adam', 'sgd'), m: when('optimiser', 'sgd', uniform(0, 1)) })`,
    message: `TuneTypeError<"when('optimiser', …): no parameter 'optimiser' beside it", "lr" | "optimizer">`,
  },
  value: {
    wrong: `defineSpace({ optimizer: choice('adam', 'sgd'), m: when('optimizer', 'rmsprop', uniform(0, 1)) })`,
    message: `TuneTypeError<"when('optimizer', …): optimizer is never 'rmsprop'", "adam" | "sgd">`,
  },
  function: {
    wrong: `defineSpace({ lr: uniform })`,
    message: `TuneTypeError<"'lr' is a function: call it, or write constant(…) for a fixed value", never>`,
  },
  tuner: {
    wrong: `new Tuner({ space: { a: choice(1, 2), b: when('c', 1, uniform(0, 1)) }, metric: 'loss', trainable: () => ({ loss: 1 }) })`,
    message: `TuneTypeError<"when('c', …): no parameter 'c' beside it", "a">`,
  },
  metric: {
    wrong: `new Tuner({ space: {}, metric: 'loss', trainable: async ({ report }) => { await report({ los: 1 }) } })`,
    message: `Property 'loss' is missing in type '{ los: number; }'`,
  },
  config: {
    wrong: `new Tuner({ space: { lr: uniform(0, 1) }, metric: 'loss', trainable: ({ config }) => ({ loss: config.lrr }) })`,
    message: `Property 'lrr' does not exist on type '{ lr: number; }'`,
  },
}

test('the compiler says in words what is wrong with a space or its use', () => {
  const files = Object.entries(cases).map(([name, { wrong }]) => [`${name}.ts`, imports + wrong] as const)
  const output = compile(Object.fromEntries(files))
  for (const [name, { message }] of Object.entries(cases)) {
    // A message's further lines are indented.
    const messages = output.split(/\n(?=\S)/).filter((text) => text.includes(`${name}.ts(`))
    assert.ok(
      messages.some((text) => text.includes(message)),
      `${name}: expected ${message}\n${output}`,
    )
  }
})
