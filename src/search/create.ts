import type { EncodedSpace } from '../space/encoded.ts'
import type { Experiment } from '../trial/event.ts'
import type { History } from '../trial/history.ts'
import { earlierOf } from './earlier.ts'
import { repeated } from './repeated.ts'
import type { Searcher, SearcherFactory } from './searcher.ts'

/** The searcher of an experiment, as its record has it. `trialsMax` counts the known results too. */
export function createSearcher(
  factory: SearcherFactory,
  experiment: Experiment,
  space: EncodedSpace,
  history: History,
  trialsMax: () => number,
): Searcher {
  const {
    objectives,
    seed,
    outcomeConstraints = [],
    known = [],
    repeats = 1,
    noisy,
    explores = false,
    earlier = [],
  } = experiment
  return repeated(factory, { repeats, known: known.length }).create({
    space,
    objectives,
    seed,
    trialsMax,
    history,
    outcomeConstraints,
    earlier: earlier.map((record) => earlierOf(record, space)),
    noisy,
    explores,
  })
}
