import type { Suggestion } from '../search/searcher.ts'
import type { Event } from '../trial/event.ts'

/** A searcher that answers later, from a thread or a process of its own, so that no report waits for it. */
export interface SlowSearcher {
  /** Every event of the log, in order, once it was applied to the history. Cheap: it only passes the event on. */
  observe(event: Event): void
  /**
   * Configurations of the next `n` trials (1 or more), for the events observed so far; those observed while it works do not
   * count. Fewer than `n`: there are no more. At most one request is under way. Rejects where the searcher fails, or was closed.
   */
  suggest(n: number): Promise<readonly Suggestion[]>
  /** Ends the thread or process at once; a request that is under way is given up. Called again it does nothing. */
  close(): void
}
