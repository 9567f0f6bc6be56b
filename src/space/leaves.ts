import type { EncodedSpace } from './encoded.ts'

/** The values of a configuration by path, such as `model.lr`; lists and opaque elements are values. */
export function leavesOf(config: Readonly<Record<string, unknown>>, under = ''): [path: string, value: unknown][] {
  return Object.entries(config).flatMap(([name, value]): [string, unknown][] => {
    const path = under + name
    return isNested(value) ? leavesOf(value, `${path}.`) : [[path, value]]
  })
}

/** The paths of all parameters of a space, those that are constant or may be inactive too. */
export function parameterPaths(space: EncodedSpace): string[] {
  const present = leavesOf(space.decode(space.center())).map(([path]) => path)
  return [...new Set([...space.dimensions.map(({ name }) => name), ...present])]
}

function isNested(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('opaque' in value)
}
