import type { Parameter } from './parameter.ts'
import type { Conditional, Primitive } from './when.ts'

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

/** What holds no parameters. */
type Leaf = Primitive | undefined | bigint | symbol | readonly unknown[] | ((...args: never[]) => unknown)

type Flatten<T> = { [K in keyof T]: T[K] } & {}
