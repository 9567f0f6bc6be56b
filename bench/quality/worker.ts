// Runs the searches that it is sent, one after the other.
import { parentPort } from 'node:worker_threads'

import { curveOf } from './curve.ts'
import type { Search } from './curve.ts'

// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort!.on('message', (search: Search) => parentPort!.postMessage(curveOf(search)))
