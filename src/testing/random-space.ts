import type { Random } from '../base/random.ts'
import {
  bool,
  choice,
  compileSpace,
  grid,
  int,
  lognormal,
  loguniform,
  logint,
  normal,
  ordinal,
  prefer,
  uniform,
  when,
} from '../space/index.ts'
import type { EncodedSpace } from '../space/encoded.ts'

/** A space of one to six parameters of any kind, some of them conditional. */
export function randomSpace(random: Random): EncodedSpace {
  const space: Record<string, unknown> = { gate: choice('a', 'b', 'c') }
  const count = 1 + random.below(5)
  for (let i = 0; i < count; i++) {
    const made = parameter(random)
    space[`p${i}`] = random.below(3) === 0 ? when('gate', random.below(2) === 0 ? 'a' : ['b', 'c'], made) : made
  }
  return compileSpace(space)
}

function parameter(random: Random): unknown {
  const makers = [
    () => uniform(-1, 3),
    () => loguniform(1e-4, 10),
    () => normal(0, 2),
    () => int(0, 9),
    () => logint(1, 1000),
    () => uniform(0, 1, { step: 0.25 }),
    () => ordinal(8, 16, 32),
    () => choice('x', 'y'),
    () => bool(),
  ]
  return makers[random.below(makers.length)]!()
}

/**
 * A space of any shape: nested objects and unions of them, conditions on conditions, steps, scales, priors, defaults, a grid
 * parameter and a constraint.
 */
export function anySpace(random: Random): EncodedSpace {
  const space: Record<string, unknown> = { gate: choice('a', 'b', 'c') }
  const count = random.below(6)
  for (let i = 0; i < count; i++) {
    const made = rich(random)
    const draw = random.below(8)
    if (draw === 0) space[`p${i}`] = { inner: made, other: rich(random) }
    else if (draw === 1)
      space[`p${i}`] = choice({ is: 'x', a: made, b: rich(random) }, { is: 'y', c: rich(random) }, 'none')
    else if (draw <= 3) space[`p${i}`] = when('gate', random.below(2) === 0 ? 'a' : ['b', 'c'], made)
    else space[`p${i}`] = made
  }
  if (random.below(4) === 0) space['switch'] = when('gate', 'a', bool())
  if (space['switch'] !== undefined) space['deep'] = when('switch', true, rich(random))
  if (random.below(6) === 0) space['g'] = grid(1, 2, 3)
  const constraints = random.below(6) === 0 ? [({ gate }: { gate: string }) => gate !== 'b'] : []
  return compileSpace(space, { constraints })
}

function rich(random: Random): unknown {
  const makers = [
    () => parameter(random),
    () => uniform(-1, 3, { default: 2 }),
    () => uniform(0, 1, { prior: { mode: random.float(), deviation: 0.02 + random.float() } }),
    () => loguniform(1e-6, 1, { step: 1e-6 }),
    () => lognormal(0, 1),
    () => int(-3, -1),
    () => int(0, 1),
    () => int(1, 100_000, { prior: { mode: 7 } }),
    () => logint(1, 9, { default: 3 }),
    () => ordinal('small', 'large'),
    () => prefer(choice('x', 'y', 'z'), { default: 'z', prior: [1, 0, 5] }),
    () => choice('only'),
  ]
  return makers[random.below(makers.length)]!()
}
