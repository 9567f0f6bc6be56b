/** The signatures by which the space's types reach a trainable, declared here so that they are proven by themselves. */
import type { CheckSpace, Config, Space } from '../../src/space/index.ts'

export interface Metrics {
  readonly [name: string]: number
}
export type MetricsWith<M extends string> = Metrics & { readonly [K in M]: number }

export interface TrialContext<C, R extends Metrics> {
  readonly config: C
  readonly report: (metrics: R) => Promise<void>
}

export type Trainable<C, R extends Metrics> = (context: TrialContext<C, R>) => Promise<R | void> | R | void

export interface TunerOptions<S, M extends string> {
  readonly space: S & CheckSpace<S>
  readonly trainable: Trainable<Config<S>, MetricsWith<NoInfer<M>>>
  readonly metric: M
  readonly constraints?: readonly ((config: Config<S>) => boolean)[]
  readonly candidates?: readonly Config<S>[]
}

export declare class Tuner<const S extends Space, const M extends string> {
  constructor(options: TunerOptions<S, M>)
  fit(): Promise<{ readonly best: { readonly config: Config<S>; readonly metrics: MetricsWith<M> } }>
}

export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
export type Expect<T extends true> = T
