// The problems of bench:pbt as `npm run peers:pbt` has recorded them, with what peers reached.
import { readFileSync } from 'node:fs'

import { constant, loguniform, uniform } from '../../src/space/index.ts'
import type { Parameter } from '../../src/space/index.ts'

export type Config = Readonly<Record<string, number>>

export interface Problem {
  readonly members: number
  readonly steps: number
  /** Steps from one comparison of the members to the next. */
  readonly interval: number
  /** Bounds, and whether the scale is logarithmic. */
  readonly space: Readonly<Record<string, readonly [number, number, boolean]>>
  /** By seed, what the members begin with. */
  readonly beginnings: readonly (readonly Config[])[]
  /** By method and seed, what the best member had at the end; smaller is better. */
  readonly finals: Readonly<Record<'none' | 'ray-pbt' | 'ray-pb2', readonly number[]>>
  /** What a member has before it is trained. */
  readonly untrained: number
}

export interface Recorded {
  readonly versions: Readonly<Record<string, string>>
  readonly problems: Readonly<Record<'toy' | 'digits', Problem>>
}

export function recorded(): Recorded {
  return JSON.parse(readFileSync(new URL('../peers/pbt.json', import.meta.url), 'utf8')) as Recorded
}

/** The search space of one run: `seed` is the training's. */
export function spaceOf({ space }: Problem, seed: number): Record<string, Parameter<number>> {
  const parameters = Object.entries(space).map(([name, [low, high, isLog]]) => {
    return [name, isLog ? loguniform(low, high) : uniform(low, high)] as const
  })
  return { seed: constant(seed), ...Object.fromEntries(parameters) }
}
