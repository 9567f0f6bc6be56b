import type { Choice, Parameter } from './parameter.ts'
import type { Conditional, Primitive } from './when.ts'

declare const explanation: unique symbol

/** A search space: names to parameters, nested spaces and constants. */
export type Space = { readonly [name: string]: unknown }

/** The configuration that a space describes: what a trainable receives. */
export type Config<S> = Flatten<
  { -readonly [K in keyof S as S[K] extends Conditional ? never : K]: Value<S[K]> } & {
    -readonly [K in keyof S as S[K] extends Conditional ? K : never]?: Value<S[K]>
  }
>

/** The value in the configuration of one entry of a space: of a parameter, a condition, a nested space or a constant. */
export type Value<E> =
  E extends Parameter<infer T>
    ? T
    : E extends Conditional<string, unknown, infer T>
      ? Value<T>
      : E extends Leaf
        ? E
        : E extends object
          ? E[keyof E] extends Leaf
            ? E
            : Config<E>
          : E

/** Stands in place of what is wrong, so that the compiler's message holds the sentence and what would be right. */
export interface TuneTypeError<Message extends string, Alternatives = never> {
  readonly [explanation]: { readonly message: Message; readonly alternatives: Alternatives }
}

/**
 * The space itself where it is right; in place of a wrong entry a `TuneTypeError`. Declaring a property as
 * `S & CheckSpace<S>` infers `S` and makes a misspelt parent of `when`, or a value that the parent can't have, a compile
 * error at the entry.
 */
export type CheckSpace<S> = { readonly [K in keyof S]: CheckEntry<S, K, S[K]> }

type CheckEntry<S, K, E> = E extends Parameter | Conditional
  ? [Fault<S, K, E>] extends [never]
    ? E
    : Fault<S, K, E>
  : E extends Plain
    ? E
    : E extends AnyFunction
      ? TuneTypeError<`${Text<K>} is a function: call it, or write constant(…) for a fixed value`>
      : E extends object
        ? CheckSpace<E>
        : E

/** What is wrong with entry `E` that stands under the name `K` in the space `S`; never where nothing is. */
type Fault<S, K, E> =
  E extends Conditional<infer P, infer V, infer T>
    ? P extends Exclude<keyof S, K>
      ? [V] extends [Value<S[P]>]
        ? Fault<S, K, T>
        : TuneTypeError<`when('${P}', …): ${P} is never ${Text<Exclude<V, Value<S[P]>>>}`, Value<S[P]>>
      : TuneTypeError<`when('${P}', …): no parameter '${P}' beside it`, Exclude<keyof S, K>>
    : E extends Choice<unknown, infer O>
      ? FaultWithin<O>
      : FaultWithin<E>

/** What is wrong within a nested space or an option. */
type FaultWithin<E> = E extends Leaf | Parameter
  ? never
  : E extends object
    ? { [K in keyof E]: Fault<E, K, E[K]> }[keyof E]
    : never

type Text<V> = V extends string ? `'${V}'` : V extends Primitive ? `${V}` : 'that'

/** What holds no parameters. */
type Leaf = Plain | undefined | bigint | symbol | AnyFunction
type Plain = Primitive | readonly unknown[]
type AnyFunction = (...args: never[]) => unknown
type Flatten<T> = { [K in keyof T]: T[K] } & {}
