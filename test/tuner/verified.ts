import assert from 'node:assert/strict'

import { memory } from '../../src/index.ts'
import type { StoreFactory } from '../../src/index.ts'
import { eventsOf } from '../../src/tuner/build.ts'
import { verifyRecord } from '../../src/tuner/verify.ts'

/** A memory for one experiment of a test, which checks at the end that its log follows from itself. */
export function verifiedStore(): { readonly store: StoreFactory; readonly verify: (name?: string) => void } {
  const store = memory()
  const verify = (name: string = 'test'): void => {
    assert.equal(verifyRecord([...eventsOf(store.read(name))], undefined).difference, undefined)
  }
  return { store, verify }
}
