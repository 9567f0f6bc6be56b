import {
  bool,
  choice,
  constant,
  defineSpace,
  grid,
  int,
  logint,
  lognormal,
  loguniform,
  normal,
  ordinal,
  prefer,
  uniform,
  when,
} from '../../src/space/index.ts'
import type { Config, Value } from '../../src/space/index.ts'
import type { Equal, Expect } from './equal.ts'

const flat = defineSpace({
  a: uniform(0, 1),
  b: loguniform(1e-3, 1, { default: 0.1 }),
  c: normal(0, 1),
  d: lognormal(0, 1),
  e: int(1, 8, { step: 2 }),
  f: logint(1, 8),
  g: choice('adam', 'sgd'),
  h: choice(1, 'two', true, null),
  i: ordinal('small', 'large'),
  j: bool({ default: true }),
  k: constant('fixed'),
  l: grid(16, 32),
  m: choice([1, 2], [3]),
})
export type Flat = Expect<
  Equal<
    Config<typeof flat>,
    {
      a: number
      b: number
      c: number
      d: number
      e: number
      f: number
      g: 'adam' | 'sgd'
      h: 1 | 'two' | true | null
      i: 'small' | 'large'
      j: boolean
      k: 'fixed'
      l: 16 | 32
      m: readonly [1, 2] | readonly [3]
    }
  >
>

const literals = defineSpace({ epochs: 10, name: 'run', on: true, none: null, list: [1, 'a'] })
export type Literals = Expect<
  Equal<Config<typeof literals>, { epochs: 10; name: 'run'; on: true; none: null; list: readonly [1, 'a'] }>
>

const nested = defineSpace({ model: { layers: int(1, 8), optimizer: { lr: loguniform(1e-5, 1) } }, seed: 1 })
export type Nested = Expect<
  Equal<Config<typeof nested>, { model: { layers: number; optimizer: { lr: number } }; seed: 1 }>
>

const conditional = defineSpace({
  optimizer: choice('adam', 'sgd', 'rmsprop'),
  momentum: when('optimizer', 'sgd', uniform(0, 0.99)),
  nesterov: when('optimizer', ['sgd', 'rmsprop'], bool()),
  damping: when('optimizer', 'sgd', when('nesterov', true, uniform(0, 1))),
  schedule: when('nesterov', false, { warmup: int(0, 10), cosine: bool() }),
  layers: int(1, 4),
  skip: when('layers', [3, 4], bool()),
})
export type ConditionalConfig = Expect<
  Equal<
    Config<typeof conditional>,
    {
      optimizer: 'adam' | 'sgd' | 'rmsprop'
      layers: number
      momentum?: number
      nesterov?: boolean
      damping?: number
      schedule?: { warmup: number; cosine: boolean }
      skip?: boolean
    }
  >
>

const branches = defineSpace({
  model: choice(
    { type: 'cnn', kernel: choice(3, 5), dropout: uniform(0, 1) },
    { type: 'rnn', units: logint(8, 512), cell: { bidirectional: bool() } },
    'linear',
  ),
})
type Model = Config<typeof branches>['model']
export type Branches = Expect<
  Equal<
    Model,
    | { type: 'cnn'; kernel: 3 | 5; dropout: number }
    | { type: 'rnn'; units: number; cell: { bidirectional: boolean } }
    | 'linear'
  >
>

/** A choice of sub-spaces narrows by the property that tells them apart. */
export function width(model: Model): number {
  if (model === 'linear') return 1
  return model.type === 'cnn' ? model.kernel : model.units
}

class Activation {
  readonly #slope = 1
  apply(x: number): number {
    return x * this.#slope
  }
}
const relu = (x: number): number => Math.max(0, x)
const opaque = defineSpace({ f: choice(relu, 'linear'), instance: choice(new Activation(), 'none'), k: constant(relu) })
type OpaqueConfig = Config<typeof opaque>
export type Functions = Expect<Equal<OpaqueConfig['f'], 'linear' | ((x: number) => number)>>
export type Instances = Expect<Equal<OpaqueConfig['instance'], Activation | 'none'>>
export type ConstantFunction = Expect<Equal<OpaqueConfig['k'], (x: number) => number>>

const literalObjects = defineSpace({ size: choice({ heads: 1, width: 64 }, { heads: 2, width: 128 }) })
export type LiteralObjects = Expect<Equal<Config<typeof literalObjects>['size']['heads'], 1 | 2>>

const preferred = prefer(choice('adam', 'sgd'), { default: 'sgd', prior: [1, 3] })
export type Preferred = Expect<Equal<Value<typeof preferred>, 'adam' | 'sgd'>>

// @ts-expect-error the default is one of the options
prefer(choice('adam', 'sgd'), { default: 'rmsprop' })
// @ts-expect-error numeric parameters take their options themselves
prefer(uniform(0, 1), { default: 0.5 })
// @ts-expect-error at least one option
choice()
// @ts-expect-error a step is a number
uniform(0, 1, { step: '1' })
// @ts-expect-error unknown option
int(0, 1, { stepp: 1 })

defineSpace({
  optimizer: choice('adam', 'sgd'),
  // @ts-expect-error misspelt parent
  momentum: when('optimiser', 'sgd', uniform(0, 1)),
})
defineSpace({
  optimizer: choice('adam', 'sgd'),
  // @ts-expect-error a value that the parent can't have
  momentum: when('optimizer', 'rmsprop', uniform(0, 1)),
})
defineSpace({
  optimizer: choice('adam', 'sgd'),
  // @ts-expect-error one of the values is none of the parent's
  momentum: when('optimizer', ['sgd', 'rmsprop'], uniform(0, 1)),
})
defineSpace({
  optimizer: choice('adam', 'sgd'),
  // @ts-expect-error the inner condition is wrong
  momentum: when('optimizer', 'sgd', when('nestrov', true, uniform(0, 1))),
  nesterov: bool(),
})
defineSpace({
  // @ts-expect-error a parameter can't depend on itself
  loop: when('loop', 1, int(1, 2)),
})
defineSpace({
  optimizer: choice('adam', 'sgd'),
  model: {
    // @ts-expect-error only names beside it, not those around it
    momentum: when('optimizer', 'sgd', uniform(0, 1)),
  },
})
defineSpace({
  // @ts-expect-error wrong inside an option
  model: choice({ type: 'a', depth: int(1, 2), wide: when('dept', 1, bool()) }, 'none'),
})
// @ts-expect-error a function that was not called
defineSpace({ lr: uniform })
