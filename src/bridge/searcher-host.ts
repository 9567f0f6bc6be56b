import { Worker } from 'node:worker_threads'

import { TrialistError, messageOf } from '../base/errors.ts'
import type { Suggestion } from '../search/searcher.ts'
import type { Experiment } from '../trial/event.ts'
import { searcherFrom } from './engines/engine.ts'
import type { HostAnswer, HostRequest } from './searcher-thread.ts'

/** A copy of an experiment's searcher that answers later, from a thread of its own, so that no report waits for it. */
export interface SearcherHost {
  /** A batch of the log, as it was committed: all of them, in order. Cheap: it only passes the batch on. */
  observe(body: string): void
  /**
   * Configurations of the next `n` trials (1 or more), for the batches observed so far; those observed while it works do not
   * count. Fewer than `n`: there are no more. At most one request is under way. Rejects where the searcher fails.
   */
  suggest(n: number): Promise<readonly Suggestion[]>
  /** Where it is true, fewer than `n` are no end: none at all are, and it answers once it has one. */
  readonly waits?: boolean
  /** Ends the thread at once; a request that is under way is given up. Called again it does nothing. */
  close(): void
}

/**
 * A host for the searcher of an experiment; undefined where its code is not in the record: a searcher of the user's, or one
 * that must ask constraints. The thread starts with the first request, so that a session without a slow searcher has none;
 * `log` answers all batches that are committed by then.
 */
export function hostFor(experiment: Experiment, log: () => Iterable<string>): SearcherHost | undefined {
  const isRecorded = experiment.constraints === 0 && searcherFrom(experiment.searcher) !== undefined
  return isRecorded ? new ThreadHost(experiment, log) : undefined
}

interface Waiting {
  resolve(suggestions: readonly Suggestion[]): void
  reject(fault: unknown): void
}

class ThreadHost implements SearcherHost {
  readonly #experiment: Experiment
  readonly #log: () => Iterable<string>
  #worker: Worker | undefined
  #waiting: Waiting | undefined
  #closed = false

  constructor(experiment: Experiment, log: () => Iterable<string>) {
    this.#experiment = experiment
    this.#log = log
  }

  observe(body: string): void {
    if (this.#worker !== undefined) this.#send({ type: 'observe', body })
  }

  suggest(n: number): Promise<readonly Suggestion[]> {
    if (this.#worker === undefined) this.#start()
    // It keeps the process alive only while somebody waits for it.
    this.#worker!.ref()
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#send({ type: 'suggest', n })
    })
  }

  close(): void {
    this.#closed = true
    void this.#worker?.terminate()
  }

  #start(): void {
    const base = import.meta.url
    const entry = new URL(`searcher-thread${base.slice(base.lastIndexOf('.'))}`, base)
    // What the engine itself was started with is no business of the thread's.
    const worker = new Worker(entry, { workerData: this.#experiment, execArgv: [] })
    this.#worker = worker
    worker.on('message', (answer: HostAnswer) => this.#settle(answer))
    worker.on('error', (fault) => this.#settle({ error: messageOf(fault) }))
    worker.on('exit', () => this.#settle({ error: 'its thread ended' }))
    for (const body of this.#log()) this.#send({ type: 'observe', body })
  }

  #send(request: HostRequest): void {
    // A port's second argument is a list of what is handed over, no origin.
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    this.#worker!.postMessage(request)
  }

  #settle(answer: HostAnswer): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#worker?.unref()
    if (waiting === undefined || this.#closed) return
    if ('suggestions' in answer) waiting.resolve(answer.suggestions)
    else waiting.reject(failed(this.#experiment.searcher.name, answer.error))
  }
}

function failed(name: string, why: string): TrialistError {
  return new TrialistError({
    code: 'plugin',
    message: `the searcher ${name} failed while suggesting configurations: ${why}`,
    remedy: 'Mend it and resume: nothing that the log holds is lost.',
  })
}
