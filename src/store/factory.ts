import type { LogValue } from '../space/encoded.ts'
import type { Store } from './store.ts'

/** Where experiments are kept: what a user passes as `store`. */
export interface StoreFactory {
  /** True where an experiment outlives the process, so that a resume command makes sense. */
  readonly durable: boolean
  exists(name: string): boolean
  /** The folder, absolute, where an experiment's files beside its log lie. It need not exist. Throws `invalid_option` for a wrong name. */
  folder(name: string): string
  /** A new experiment. Throws `name_taken` where there is one of this name, `experiment_locked` where an engine runs it. */
  create(name: string, session: Session): Store
  /** An earlier experiment. Throws `not_found`, `experiment_locked`, `corrupt_store` or `foreign_store`. */
  resume(name: string, session: Session): Store
  /** The log's batches, read without the lease. */
  read(name: string): Iterable<string>
}

/** Facts about one session of the engine, for people; nothing is decided by them. */
export interface Session {
  /** Milliseconds since 1970. */
  readonly startedWallMs: number
  readonly facts: Readonly<Record<string, LogValue>>
}
