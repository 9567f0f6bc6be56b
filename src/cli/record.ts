import { join, resolve } from 'node:path'

import { FolderCheckpoints } from '../checkpoint/folder.ts'
import { compileSpace } from '../space/compile.ts'
import { spaceFromJSON } from '../space/json.ts'
import { readExperiment } from '../store/sqlite.ts'
import { eventsOf, openingOf } from '../tuner/build.ts'
import { ResultGrid } from '../tuner/results.ts'
import { ExperimentState } from '../tuner/state.ts'

/** An experiment as its log has it. */
export interface Recorded {
  readonly state: ExperimentState
  readonly results: ResultGrid
}

/** Reads an experiment beside an engine that may be running it. Throws `not_found`, `corrupt_store` or `foreign_store`. */
export function recorded(root: string, name: string): Recorded {
  const bodies = [...readExperiment(root, name).bodies]
  const experiment = openingOf(bodies)
  // Code is not in the log: constraints and opaque elements are not needed to read it.
  const state = new ExperimentState(experiment, compileSpace(spaceFromJSON(experiment.space)))
  for (const event of eventsOf(bodies)) if (event.type !== 'opened') state.apply(event)
  const folder = resolve(root, name)
  const checkpoints = new FolderCheckpoints(join(folder, 'checkpoints'))
  const end = state.finished ? 'finished' : 'interrupted'
  return { state, results: new ResultGrid(state, join(root, name, 'log.db'), end, () => eventsOf(bodies), checkpoints) }
}
