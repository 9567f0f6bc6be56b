// Searches on all processors.
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

import type { Curve, Search } from './curve.ts'

/** The curves of all searches, in the same order. */
export async function runAll(searches: readonly Search[]): Promise<Curve[]> {
  const curves: Curve[] = []
  let next = 0
  const work = (): Promise<void> => {
    const worker = new Worker(new URL('worker.ts', import.meta.url))
    return new Promise<void>((resolve, reject) => {
      let at = -1
      const send = (): void => {
        at = next++
        // oxlint-disable-next-line unicorn/require-post-message-target-origin
        if (at < searches.length) return worker.postMessage(searches[at])
        void worker.terminate()
        resolve()
      }
      worker.on('message', (curve: Curve) => {
        curves[at] = curve
        send()
      })
      worker.on('error', reject)
      send()
    })
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return curves
}
