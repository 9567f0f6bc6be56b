import { build } from './build.ts'
import type { CheckSpace, Space } from './types.ts'

/**
 * A space that is written apart from the tuner that uses it, with its exact type; `Config<typeof space>` is that of its
 * configurations.
 *
 * @throws TrialistError `invalid_space`, here rather than where the space is used.
 */
export function defineSpace<const S extends Space>(space: S & CheckSpace<S>): S {
  build(space)
  return space
}
