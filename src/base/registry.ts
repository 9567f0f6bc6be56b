import { didYouMean } from './check.ts'
import { TrialistError, show } from './errors.ts'

/** A description of something that can be made again from data. */
interface Described {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

/** The algorithms of one kind that come with the package, by name. */
export class Registry<F extends Described> {
  readonly #kind: string
  // Each maker checks its own options.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly #makers: ReadonlyMap<string, (options: any) => F>

  // oxlint-disable-next-line typescript/no-explicit-any
  constructor(kind: string, makers: Readonly<Record<string, (options: any) => F>>) {
    this.#kind = kind
    this.#makers = new Map(Object.entries(makers))
  }

  /** Makes what a record describes; undefined where it is none of ours. */
  from({ name, options }: Described): F | undefined {
    return this.#makers.get(name)?.(options)
  }

  /** What a user named, with its defaults, or handed in. Throws `unknown_option` for an unknown name. */
  resolve(given: F | string): F {
    if (typeof given !== 'string') return given
    const made = this.from({ name: given, options: {} })
    if (made !== undefined) return made
    const known = [...this.#makers.keys()]
    throw new TrialistError({
      code: 'unknown_option',
      message: `there is no such ${this.#kind}`,
      expected: known.join(', '),
      received: show(given),
      ...didYouMean(given, known),
    })
  }
}
