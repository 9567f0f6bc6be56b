import assert from 'node:assert/strict'

import { memory, sqlite } from '../../src/index.ts'
import type { Event, StoreFactory } from '../../src/index.ts'
import { readExperiment } from '../../src/store/sqlite.ts'
import { eventsOf } from '../../src/tuner/build.ts'
import { verifyRecord } from '../../src/tuner/verify.ts'

/** A memory for one experiment of a test, which checks at the end that its log follows from itself. */
export function verifiedStore(): {
  readonly store: StoreFactory
  readonly verify: (name?: string) => void
  readonly events: () => Event[]
} {
  const store = memory()
  const events = (name: string = 'test'): Event[] => [...eventsOf(store.read(name))]
  const verify = (name: string = 'test'): void => {
    assert.equal(verifyRecord(events(name), undefined).difference, undefined)
  }
  return { store, verify, events }
}

/** The same in a folder, with the table of trials beside the log. */
export function verifiedFolder(root: string): { readonly store: StoreFactory; readonly verify: () => void } {
  const verify = (): void => {
    const { bodies, trials } = readExperiment(root, 'test')
    assert.equal(verifyRecord([...eventsOf(bodies)], trials).difference, undefined)
  }
  return { store: sqlite({ root }), verify }
}
