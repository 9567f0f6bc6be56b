import { purpose, stream } from '../base/random.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import type { SearcherFactory } from './searcher.ts'

/** Random search: every dimension uniform in its encoded range, which is the parameter's own distribution. */
export function random(): SearcherFactory {
  return {
    name: 'random',
    options: {},
    capabilities: { objectivesMax: Infinity },
    create({ space, seed, history }) {
      return {
        suggest: (n) =>
          Array.from({ length: n }, (_, i) => ({
            point: draw(space, seed, history.trials + i),
            why: { by: 'random' },
          })),
      }
    },
  }
}

function draw(space: EncodedSpace, seed: number, trial: number): Float64Array {
  const source = stream(seed, purpose.suggest, trial)
  const point = new Float64Array(space.dimensions.length)
  for (let i = 0; i < point.length; i++) point[i] = source.float()
  space.activate(point)
  return point
}
