// Records the golden logs anew: the final state's hash, then the log's batches, a line each.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { memory } from '../../src/store/memory.ts'
import { open, scenario } from '../simulate/scenario.ts'
import { stateHash } from '../simulate/state-hash.ts'

for (const seed of [1, 4, 7, 9, 12]) {
  const chosen = scenario(seed)
  const stores = memory()
  const { name, searcher, scheduler } = chosen.experiment
  const { core, engine } = open(chosen, stores.create(name, { startedWallMs: 0, facts: {} }))
  await engine.run()
  const lines = [JSON.stringify(stateHash(core.state)), ...stores.read(name)]
  const file = `scenario-${seed}-${searcher.name}-${scheduler.name}.jsonl`
  writeFileSync(join(import.meta.dirname, file), `${lines.join('\n')}\n`)
}
