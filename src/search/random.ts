import { knownOptions } from '../base/check.ts'
import { purpose, stream } from '../base/random.ts'
import { Proposals } from './proposals.ts'
import type { Draw } from './proposals.ts'
import type { SearcherFactory } from './searcher.ts'

const why = { by: 'random' }

/** Random search: every dimension uniform in its encoded range, which is the parameter's own distribution. */
export function random(options: object = {}): SearcherFactory {
  knownOptions('random()', options, [])
  return {
    name: 'random',
    options: {},
    capabilities: { objectivesMax: Infinity, outcomeConstraints: true, warmStart: false },
    create(context) {
      const proposals = new Proposals(context)
      const draw = uniformDraw(context.seed)
      return {
        observe: (event) => proposals.observe(event),
        suggest: (n) =>
          context.space.candidates === undefined ? proposals.propose(n, draw) : proposals.enumerate(n, why),
      }
    },
  }
}

/** Uniform points: what is drawn for a trial depends on the seed, its number and the attempt alone. */
function uniformDraw(seed: number): Draw {
  return (trial, point, attempt) => {
    const source = stream(seed, purpose.suggest, trial, attempt)
    for (let i = 0; i < point.length; i++) point[i] = source.float()
    return why
  }
}
