import type { EncodedSpace } from '../space/encoded.ts'
import { clientName } from '../trial/event.ts'
import type { Experiment } from '../trial/event.ts'
import { ClientHost } from './client.ts'
import type { ClientPipe } from './client.ts'
import { hostFor } from './searcher-host.ts'
import type { SearcherHost } from './searcher-host.ts'

/** Who answers and who listens outside of the engine's own thread. */
export interface Hosts {
  readonly host: SearcherHost | undefined
  readonly client: ClientHost | undefined
}

export interface HostSetting {
  readonly experiment: Experiment
  readonly space: EncodedSpace
  /** The log by now. */
  readonly log: () => Iterable<string>
  readonly pipe: ClientPipe | undefined
  /** On virtual time nothing waits for a suggestion. */
  readonly isVirtual: boolean
}

/** The hosts of a session. */
export function hostsFor({ experiment, space, log, pipe, isVirtual }: HostSetting): Hosts {
  const client = pipe && new ClientHost(pipe, experiment, space, log())
  if (experiment.searcher.name === clientName) return { host: client, client }
  return { host: isVirtual ? undefined : hostFor(experiment, log), client }
}
