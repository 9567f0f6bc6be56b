import { knownOptions } from '../base/check.ts'
import { purpose, stream } from '../base/random.ts'
import { drawFromPriors } from './prior.ts'
import { Proposals } from './proposals.ts'
import type { Draw } from './proposals.ts'
import type { SearcherContext, SearcherFactory } from './searcher.ts'

const why = { by: 'random' }

/** Random search: every dimension uniform in its encoded range, which is the parameter's own distribution, or as its prior says. */
export function random(options: object = {}): SearcherFactory {
  knownOptions('random()', options, [])
  return {
    name: 'random',
    options: {},
    capabilities: { objectivesMax: Infinity, outcomeConstraints: true, warmStart: false },
    create(context) {
      const proposals = new Proposals(context)
      const draw = drawOf(context)
      return {
        observe: (event) => proposals.observe(event),
        suggest: (n) =>
          context.space.candidates === undefined ? proposals.propose(n, draw) : proposals.enumerate(n, why),
      }
    },
  }
}

/** What is drawn for a trial depends on the seed, its number and the attempt alone. */
function drawOf({ space, seed }: SearcherContext): Draw {
  return (trial, point, attempt) => {
    const source = stream(seed, purpose.suggest, trial, attempt)
    for (let i = 0; i < point.length; i++) point[i] = source.float()
    drawFromPriors(space.dimensions, point)
    return why
  }
}
