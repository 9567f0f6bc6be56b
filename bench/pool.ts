// Work on all processors: each thread runs one task after the other.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

export class Pool<Task, Result> {
  readonly #file: URL

  /** `file` answers each message, a task, with one message, its result. */
  constructor(file: URL) {
    this.#file = file
  }

  /** The results of all tasks, in the same order. `each` is told each result as it comes; where it answers false, no further task begins. */
  async run(tasks: readonly Task[], each: (result: Result) => boolean = () => true): Promise<Result[]> {
    const results: Result[] = []
    let next = 0
    const work = (): Promise<void> => {
      const worker = new Worker(this.#file)
      return new Promise<void>((resolve, reject) => {
        let at = -1
        const send = (): void => {
          at = next++
          // oxlint-disable-next-line unicorn/require-post-message-target-origin
          if (at < tasks.length) return worker.postMessage(tasks[at])
          void worker.terminate()
          resolve()
        }
        worker.on('message', (result: Result) => {
          results[at] = result
          if (!each(result)) next = tasks.length
          send()
        })
        worker.on('error', reject)
        send()
      })
    }
    await Promise.all(Array.from({ length: availableParallelism() }, work))
    return results
  }
}
