/**
 * What the rest of the engine sees of a search space: numbered dimensions, each encoded to [0, 1]. Searchers branch on
 * a dimension's kind, levels, activation and prior, and on nothing else.
 *
 * A point is a `Float64Array` with one entry a dimension: `u` in [0, 1] where the dimension is active and NaN where it is
 * not. Discrete dimensions stand at the representative point of their cell, `snap(u)`.
 */
export interface EncodedSpace {
  /** Parents come before the dimensions that they activate. */
  readonly dimensions: readonly Dimension[]
  /** Number of different configurations; Infinity where a continuous dimension can be active. */
  readonly size: number
  /** Product of the levels of all grid dimensions: 1 where there is none. */
  readonly gridSize: number
  /** The only configurations that may be proposed, where the user listed them; activated points. */
  readonly candidates: readonly Float64Array[] | undefined
  /** True where the user gave constraints, so that `feasible` can answer false. */
  readonly constrained: boolean
  /** In place: snaps active discrete dimensions to their cells and sets inactive dimensions to NaN. */
  activate(point: Float64Array): void
  /** The user's configuration, deeply frozen: typed, nested, without inactive parameters. */
  decode(point: Float64Array): Readonly<Record<string, unknown>>
  /** The inverse of `decode`; a missing active parameter, an unknown one or a bad value is a `TrialistError`. */
  encode(config: Readonly<Record<string, unknown>>): Float64Array
  /** What the log records: one JSON scalar a dimension, null where inactive; opaque elements by their label. */
  values(point: Float64Array): LogValue[]
  /** The inverse of `values`, written to `out` from `offset` on. */
  readValues(values: readonly LogValue[], out: Float64Array, offset: number): void
  /** What the log records of a configuration that a user gave, exactly as given; checked as by `encode`. */
  valuesOf(config: Readonly<Record<string, unknown>>): LogValue[]
  /** The user's configuration from logged values, exactly as they are; deeply frozen. */
  configOf(values: readonly LogValue[]): Readonly<Record<string, unknown>>
  /**
   * The point that a configuration of another space stands for, given by parameters' names and logged values: numbers keep
   * their value or take the nearest level, options keep their label, what the other does not have stands at its default or in
   * the middle. Undefined where a value lies outside of this space.
   */
  adopt(other: ReadonlyMap<string, LogValue>): Float64Array | undefined
  /** Whether a decoded configuration meets every constraint. */
  feasible(config: Readonly<Record<string, unknown>>): boolean
  /** The default configuration (what has no default stands at the middle), or undefined where no parameter has one. */
  defaults(): Float64Array | undefined
  /** The middle of the space, an activated point. */
  center(): Float64Array
  /** The space as data; the inverse is `spaceFromJSON`. */
  toJSON(): SpaceJSON
}

export type LogValue = number | string | boolean | null

export type DimensionKind = 'continuous' | 'ordered' | 'unordered'

export interface Dimension {
  /** The path of the parameter, such as `model.lr`; unique in the space. */
  readonly name: string
  readonly index: number
  readonly kind: DimensionKind
  /** Number of levels K; Infinity for a continuous dimension. */
  readonly levels: number
  /** True for a `grid` parameter: its level is a function of the trial number, crossed with all others. */
  readonly grid: boolean
  /** Active where every one of these holds; empty for a dimension that is always active. */
  readonly parents: readonly Activation[]
  /** Where the user believes the optimum to be. */
  readonly prior: Prior | undefined
  /** The encoded default. */
  readonly default: number | undefined
  /** The parameter's JSON form, all but options that are listed: for engines that have parameters of their own. */
  readonly parameter: Readonly<Record<string, unknown>>
  /** The representative of the cell that holds `u`; `u` itself, clamped to [0, 1], for a continuous dimension. */
  snap(u: number): number
  /** The level (0 … K − 1) of the cell that holds `u`. Discrete dimensions only. */
  level(u: number): number
  /** The representative point of a level. Discrete dimensions only. */
  at(level: number): number
  /** The cell's lower and upper edge in [0, 1]; both equal `u` for a continuous dimension. */
  lower(u: number): number
  upper(u: number): number
  /**
   * The point of the value times a factor, on whatever scale it is, within the bounds; a discrete value moves by one level at
   * least, one of a list by one. A value of 0 moves by that part of the range.
   */
  times(u: number, factor: number): number
}

/** Holds where dimension `parent` is active and at one of `levels`. */
export interface Activation {
  readonly parent: number
  readonly levels: readonly number[]
}

/** In encoded units: a normal around `mode`, or one weight a level (they sum to 1). */
export type Prior =
  | { readonly kind: 'normal'; readonly mode: number; readonly deviation: number }
  | { readonly kind: 'weights'; readonly weights: readonly number[] }

/** A search space as JSON; see `docs/space.md` for its fields. */
export interface SpaceJSON {
  readonly [key: string]: unknown
}
