import assert from 'node:assert/strict'
import { test } from 'node:test'

import { CheckpointSources } from './checkpoint-sources.ts'

test('a folder is that of one running trial, whose newest one counts', () => {
  const sources = new CheckpointSources('experiment/checkpoints')
  sources.claim(0, 'model')
  sources.claim(0, './model/')
  assert.throws(() => sources.claim(1, 'model'), { code: 'invalid_option' })
  sources.claim(1, 'model-1')
  // What it reported from before is free.
  sources.claim(0, 'other')
  sources.claim(2, 'model')
  sources.leave(2)
  sources.claim(1, 'model')
  assert.throws(() => sources.claim(3, 'other'), /trials 0 and 3/)
})

test('what lies in the store may be reported again by any number', () => {
  const sources = new CheckpointSources('experiment/checkpoints')
  for (const trial of [0, 1]) sources.claim(trial, 'experiment/checkpoints/0-1-1')
})
