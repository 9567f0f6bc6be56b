import assert from 'node:assert/strict'
import { test } from 'node:test'

import { sessionFacts } from './session.ts'

test('a session knows what it runs on, and no environment variable', () => {
  process.env['TRIALIST_TEST_CANARY'] = 'canary-4711'
  const facts = sessionFacts()
  delete process.env['TRIALIST_TEST_CANARY']
  assert.match(String(facts['trialist']), /^\d+\.\d+\.\d+/)
  assert.equal(facts['node'], process.version)
  assert.equal(facts['platform'], `${process.platform} ${process.arch}`)
  assert.equal(facts['directory'], process.cwd())
  assert.equal(facts['pid'], process.pid)
  assert.match(String(facts['command']), /node/)
  assert.ok(Number(facts['cpus']) >= 1 && Number(facts['memoryBytes']) > 0)
  for (const name of ['cpu', 'host', 'gitCommit', 'gitDirty']) assert.ok(name in facts, name)
  assert.doesNotMatch(JSON.stringify(facts), /canary-4711/)
})
