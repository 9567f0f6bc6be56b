import { compileSpace } from '../space/compile.ts'
import type { EncodedSpace } from '../space/encoded.ts'
import { spaceFromJSON } from '../space/json.ts'
import type { Experiment } from './event.ts'

/** The space of an experiment as its record has it: without constraints, which are code. */
export function recordedSpace(experiment: Experiment): EncodedSpace {
  const open = compileSpace(spaceFromJSON(experiment.space))
  const candidates = experiment.candidates?.map((values) => open.configOf(values))
  return candidates === undefined ? open : compileSpace(spaceFromJSON(experiment.space), { candidates })
}
