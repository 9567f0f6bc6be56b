import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'

import { batchOf, session, throwsCode, trialRow } from '../testing/store.ts'
import { makeFolder } from './folder.ts'
import { readExperiment, sqlite } from './sqlite.ts'
import type { SqliteOptions } from './sqlite.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { Batch, TrialRow } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'trialist-sqlite-'))
after(() => rmSync(folder, { recursive: true }))
const freshRoot = (): string => mkdtempSync(join(folder, 'root-'))

test('tables and views answer what users ask', () => {
  const root = freshRoot()
  const store = sqlite({ root }).create('asked', session)
  const trials = [
    trialRow(0, { score: 0.25, config: '{"lr":0.1,"net.layers":2}' }),
    trialRow(1, { score: null, state: 'failed', error: 'out of luck' }),
    trialRow(2, { score: -Infinity, step: null }),
  ]
  store.append(batchOfEvents([['s', 0, 1, [0.1], 'random']]))
  store.append(
    batchOfEvents([
      ['r', 0, 1, 1, 0.5],
      ['r', 0, 1, 2, 0.25, 1, { acc: 0.9, top: 'NaN' }],
      ['r', 1, 2, 1, 'NaN', 0],
      ['r', 2, 1, 1, '-Infinity'],
      ['r', 2, 1, 2, [1, 'NaN']],
      ['d', 2, 1, 'stop', 'asha', { rung: 1 }],
    ]),
  )
  store.append({ ...batchOfEvents([['e', 0, 1, 'completed']]), trials })
  store.close()
  const ask = asking(root, 'asked')
  assert.deepEqual(ask(`SELECT number FROM trials WHERE state <> 'failed' ORDER BY score`), [[2], [0]])
  assert.deepEqual(ask(`SELECT config ->> 'net.layers', config ->> 'lr' FROM trials WHERE number = 0`), [[2, 0.1]])
  assert.deepEqual(ask('SELECT score, error FROM trials WHERE number > 0'), [
    [null, 'out of luck'],
    [-Infinity, null],
  ])
  assert.deepEqual(ask('SELECT * FROM reports'), [
    [0, 1, 1, 0.5, 1, null],
    [0, 1, 2, 0.25, 1, '{"acc":0.9,"top":"NaN"}'],
    [1, 2, 1, null, 0, null],
    [2, 1, 1, -Infinity, 1, null],
    [2, 1, 2, '[1,"NaN"]', 1, null],
  ])
  assert.deepEqual(ask('SELECT avg(value) FROM reports WHERE trial < 2'), [[0.375]], 'NaN is not a zero')
  assert.deepEqual(ask(`SELECT metrics ->> 'acc' FROM reports WHERE step = 2 AND trial = 0`), [[0.9]])
  assert.deepEqual(ask('SELECT * FROM decisions'), [[2, 1, 'stop', 'asha', '{"rung":1}']])
  assert.deepEqual(ask('SELECT seq, n FROM log'), [
    [1, 1],
    [2, 6],
    [3, 1],
  ])
})

test('finished trials are read as they were handed in', () => {
  const root = freshRoot()
  const store = sqlite({ root }).create('rows', session)
  const rows = [
    trialRow(0),
    trialRow(1, { score: null, step: null, state: 'failed', attempts: 3, error: 'no\u0000 é 👩‍🔬' }),
    trialRow(2, { score: Infinity, startedMs: 0.1 + 0.2, endedMs: 2 ** 52 + 1, step: 1e300 }),
  ]
  store.append(batchOf('two', [rows[2]!, rows[0]!]))
  store.append(batchOf('one', [rows[1]!]))
  assert.deepEqual(rowsOf(readExperiment(root, 'rows').trials), rows)
  store.close()
  const { bodies, trials } = readExperiment(root, 'rows')
  assert.deepEqual(rowsOf(trials), rows)
  assert.deepEqual([...bodies], [batchOf('two').body, batchOf('one').body])
})

test('each session that changed the log is recorded, with the environment variables that were asked for', () => {
  const root = freshRoot()
  process.env['TRIALIST_TEST_PLAIN'] = 'plain'
  process.env['TRIALIST_TEST_TOKEN'] = 'hidden'
  const recordEnv = ['TRIALIST_TEST_PLAIN', 'TRIALIST_TEST_TOKEN', 'TRIALIST_TEST_UNSET']
  const first = sqlite({ root }).create('sessions', { startedWallMs: 5, facts: { node: 'v1' } })
  first.append(batchOf('one'))
  first.append(batchOf('two'))
  first.close()
  sqlite({ root }).resume('sessions', session).close()
  const last = sqlite({ root, recordEnv }).resume('sessions', { startedWallMs: 9, facts: { node: 'v2' } })
  last.append(batchOf('three'))
  last.close()
  const recorded = {
    'env.TRIALIST_TEST_PLAIN': 'plain',
    'env.TRIALIST_TEST_TOKEN': '***',
    'env.TRIALIST_TEST_UNSET': null,
  }
  assert.deepEqual(asking(root, 'sessions')('SELECT started_wall_ms, first_seq, facts FROM sessions ORDER BY id'), [
    [5, 1, '{"node":"v1"}'],
    [9, 3, JSON.stringify({ node: 'v2', ...recorded })],
  ])
  delete process.env['TRIALIST_TEST_PLAIN']
  delete process.env['TRIALIST_TEST_TOKEN']
})

test('resuming and reading change nothing until something is appended', () => {
  const root = freshRoot()
  const stores = sqlite({ root })
  const first = stores.create('still', session)
  first.append(batchOf('one', [trialRow(0)]))
  first.close()
  const file = join(root, 'still', 'log.db')
  const bytes = readFileSync(file)
  const store = stores.resume('still', session)
  assert.equal([...store.read()].length, 1)
  store.close()
  assert.equal(readExperiment(root, 'still').trials.length, 1)
  assert.deepEqual(readFileSync(file), bytes)
})

test('an experiment that never committed leaves its name free', () => {
  const root = freshRoot()
  const stores = sqlite({ root })
  stores.create('early', session).close()
  assert.equal(stores.exists('early'), false)
  throwsCode('not_found', () => stores.resume('early', session))
  const store = stores.create('early', session)
  store.append(batchOf('one'))
  store.close()
  assert.deepEqual([...stores.read('early')], [batchOf('one').body])
})

for (const durability of ['process', 'power'] as const) {
  test(`${durability}: a batch that finds no space in the database leaves nothing, and is kept when there is some`, () => {
    const root = freshRoot()
    const file = join(root, 'full', 'log.db')
    makeFolder(dirname(file))
    const store = SqliteStore.create(file, 'full', durability, session)
    const kept = Array.from({ length: 20 }, (_, i) => numbered(i))
    for (const batch of kept) store.append(batch)
    store.limitPages(1)
    const lost = numbered(20)
    for (let i = 0; i < 3; i++) throwsCode('disk_full', () => store.append(lost))
    assert.deepEqual([...store.read()], bodiesOf(kept))
    assert.equal(readExperiment(root, 'full').trials.length, kept.length)
    store.limitPages(0)
    for (const batch of [lost, numbered(21)]) store.append(batch)
    store.close()
    const { bodies, trials } = readExperiment(root, 'full')
    assert.deepEqual([...bodies], bodiesOf([...kept, lost, numbered(21)]))
    assert.equal(trials.length, kept.length + 2)
  })
}

test('whatever was read and refused meanwhile, no file stays open after close', () => {
  const root = freshRoot()
  const stores = sqlite({ root })
  const store = stores.create('open', session)
  for (let i = 0; i < 30; i++) {
    store.append(numbered(i))
    assert.equal(stores.exists('open'), true)
    assert.equal([...stores.read('open')].length, i + 1)
    const [first] = stores.read('open')
    assert.equal(first, numbered(0).body)
    throwsCode('experiment_locked', () => stores.resume('open', session))
    throwsCode('name_taken', () => stores.create('open', session))
  }
  const open = openIn(root)
  // Closed connections leave theirs to SQLite, which keeps them as long as the locks of this process, and uses them again.
  assert.ok(open.length > 0 && open.length < 12, open.join('\n'))
  store.close()
  store.close()
  assert.deepEqual(openIn(root), [])
  assert.throws(() => store.append(numbered(30)), /closed/)
  assert.deepEqual(openIn(root), [])
})

test('wrong options: what was expected and what came', () => {
  const wrong: [SqliteOptions, RegExp][] = [
    [{ durability: 'disk' as 'power' }, /durability: expected 'process' or 'power', received "disk"/],
    [{ root: 7 as unknown as string }, /root: expected the path of a folder, received 7/],
    [{ root: '' }, /root: expected the path of a folder, received ""/],
    [{ recordEnv: 'HOME' as unknown as string[] }, /recordEnv: expected a list .*, received "HOME"/],
  ]
  for (const [options, message] of wrong) {
    assert.match(throwsCode('invalid_option', () => sqlite(options)).message, message)
  }
  const unknown = { durabilty: 'power' } as SqliteOptions
  assert.match(throwsCode('unknown_option', () => sqlite(unknown)).message, /durabilty.*durability/)
})

test('a root that is no folder', () => {
  const root = join(freshRoot(), 'file')
  writeFileSync(root, 'a file')
  const stores = sqlite({ root })
  assert.match(throwsCode('store', () => stores.create('a', session)).message, /file.*not a directory/)
  assert.match(throwsCode('store', () => stores.resume('a', session)).message, /file.*not a directory/)
})

function batchOfEvents(events: readonly unknown[]): Batch {
  return { count: events.length, body: JSON.stringify(events), trials: [] }
}

/** Large enough that two do not fit a page. */
function numbered(i: number): Batch {
  return batchOf(`${i} ${'ä'.repeat(3_000)}`, [trialRow(i)])
}

function bodiesOf(batches: readonly Batch[]): string[] {
  return batches.map(({ body }) => body)
}

/** SQLite's rows have no prototype. */
function rowsOf(trials: readonly TrialRow[]): TrialRow[] {
  return trials.map((row) => ({ ...row }))
}

function asking(root: string, name: string): (sql: string) => unknown[] {
  return (sql) => {
    const database = new DatabaseSync(join(root, name, 'log.db'), { readOnly: true })
    try {
      const statement = database.prepare(sql)
      statement.setReturnArrays(true)
      return statement.all()
    } finally {
      database.close()
    }
  }
}

/** The files below a folder that this process has open. */
function openIn(root: string): string[] {
  return readdirSync('/proc/self/fd')
    .map(targetOf)
    .filter((path) => path.startsWith(root))
}

/** The descriptor by which the list itself was read is gone. */
function targetOf(descriptor: string): string {
  try {
    return readlinkSync(join('/proc/self/fd', descriptor))
  } catch {
    return ''
  }
}
