import type { Random } from '../base/random.ts'
import { bool, choice, compileSpace, int, loguniform, logint, normal, ordinal, uniform, when } from '../space/index.ts'
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
