// Files that are not what the engine wrote. Each case changes the file of a closed experiment; whatever then happens,
// the file stays as it is, no lease is left, and no batch is ever read that was not written.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'

import { TrialistError } from '../base/errors.ts'
import type { ErrorCode } from '../base/errors.ts'
import { purpose, stream } from '../base/random.ts'
import { batchOf, session, throwsCode, trialRow } from '../testing/store.ts'
import { sqlite } from './sqlite.ts'

const folder = mkdtempSync(join(tmpdir(), 'trialist-damage-'))
after(() => rmSync(folder, { recursive: true }))
const name = 'damaged'
const batches = Array.from({ length: 60 }, (_, i) => batchOf(`${i} ${'b'.repeat(i * 20)}`, [trialRow(i)]))
const bodies = batches.map(({ body }) => body)

test('bytes overwritten anywhere: what is read is what was written, or the log is refused', () => {
  const { root, file } = experiment()
  const whole = readFileSync(file)
  const seeds = 60
  let refused = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const draw = stream(seed, purpose.trial)
    const bytes = Buffer.from(whole)
    const length = 1 + draw.below(seed % 3 === 0 ? 4 : 3_000)
    const start = draw.below(bytes.length - length)
    for (let i = start; i < start + length; i++) bytes[i] = draw.below(256)
    refused += readsOrRefuses(root, file, bytes, `seed ${seed}: ${length} bytes from ${start}`) ? 0 : 1
  }
  assert.ok(refused > seeds / 3, `only ${refused} of ${seeds} damaged files were refused`)
  assert.ok(readsOrRefuses(root, file, whole, 'the file as it was'))
})

test('cut off anywhere: corrupt_store', () => {
  const { root, file } = experiment()
  const whole = readFileSync(file)
  const pages = whole.length / 4096
  const lengths = [
    0,
    1,
    99,
    100,
    4095,
    4096,
    4097,
    8192,
    ...Array.from({ length: pages - 3 }, (_, i) => (i + 2) * 4096 + 7),
  ]
  for (const length of lengths) {
    const bytes = whole.subarray(0, length)
    assert.equal(readsOrRefuses(root, file, bytes, `cut to ${length} bytes`), false, `cut to ${length} bytes: accepted`)
  }
  truncateSync(file, 0)
  const { message } = throwsCode('corrupt_store', () => sqlite({ root }).resume(name, session))
  assert.match(message, /damaged\/log\.db is damaged: it is empty.*Restore it.*another name/)
})

test('a file that is no database: corrupt_store', () => {
  const { root, file } = experiment()
  writeFileSync(file, 'Dear diary,\n'.repeat(1_000))
  assert.match(refusal(root, 'corrupt_store').message, /log\.db is damaged: file is not a database/)
})

const changes: readonly [what: string, sql: string, message: RegExp][] = [
  [
    'a changed body',
    `UPDATE log SET body = replace(body, '30', '31') WHERE seq = 31`,
    /row 31 .* not what was written/,
  ],
  ['a body that is no text', `UPDATE log SET body = CAST(body AS BLOB) WHERE seq = 7`, /row 7 .* is not text/],
  ['a changed checksum', 'UPDATE log SET crc = crc + 1 WHERE seq = 60', /row 60 .* not what was written/],
  ['a missing row', 'DELETE FROM log WHERE seq = 12', /row 12 .* is missing/],
  ['a missing first row', 'DELETE FROM log WHERE seq = 1', /row 1 .* is missing/],
  [
    'a missing row, with those after it moved up',
    'DELETE FROM log WHERE seq = 12; UPDATE log SET seq = seq - 1 WHERE seq > 12',
    /row 12 .* not what was written/,
  ],
  [
    'two rows exchanged',
    'UPDATE log SET seq = -1 WHERE seq = 5; UPDATE log SET seq = 5 WHERE seq = 6; UPDATE log SET seq = 6 WHERE seq = -1',
    /row 5 .* not what was written/,
  ],
  [
    'a row that was put in',
    `INSERT INTO log (seq, n, body, crc) SELECT 61, n, body, crc FROM log WHERE seq = 60`,
    /row 61 .* not what was written/,
  ],
  ['a missing table', 'DROP TABLE log', /no such table: log/],
]
for (const [what, sql, message] of changes) {
  test(`${what}: corrupt_store`, () => {
    const { root, file } = experiment()
    change(file, sql)
    const { read } = outcome(root, file, what)
    assert.ok(read instanceof TrialistError, `${what} was not noticed`)
    assert.equal(read.code, 'corrupt_store')
    assert.match(read.message, message)
  })
}

test('another program’s database: foreign_store', () => {
  const root = mkdtempSync(join(folder, 'root-'))
  const file = join(root, name, 'log.db')
  mkdirSync(join(root, name))
  change(file, 'CREATE TABLE log (seq INTEGER PRIMARY KEY, body TEXT)')
  assert.match(refusal(root, 'foreign_store').message, /expected a trialist log, received another SQLite database/)
})

test('a log of a newer version: foreign_store, naming both formats', () => {
  const { root, file } = experiment()
  change(file, 'PRAGMA user_version = 99')
  assert.match(refusal(root, 'foreign_store').message, /expected format 1, received format 99.*upgrade trialist/)
})

/** A closed experiment of `batches`, one a commit. */
function experiment(): { root: string; file: string } {
  const root = mkdtempSync(join(folder, 'root-'))
  const store = sqlite({ root }).create(name, session)
  for (const batch of batches) store.append(batch)
  store.close()
  return { root, file: join(root, name, 'log.db') }
}

function change(file: string, sql: string): void {
  const database = new DatabaseSync(file)
  database.exec(sql)
  database.close()
}

/** Puts bytes in the file's place. Answers whether they could be read, to the very batches that were written. */
function readsOrRefuses(root: string, file: string, bytes: Buffer, where: string): boolean {
  writeFileSync(file, bytes)
  const { read, resumed } = outcome(root, file, where)
  for (const fault of [read, resumed]) {
    if (fault !== undefined) assert.match(fault.code, /^(corrupt_store|foreign_store)$/, `${where}: ${fault.message}`)
  }
  return read === undefined && resumed === undefined
}

/** What reading and resuming threw, if anything. The file must be as before, and the lease free. */
function outcome(root: string, file: string, where: string): { read?: TrialistError; resumed?: TrialistError } {
  const before = readFileSync(file)
  const stores = sqlite({ root })
  const read = faultOf(() => assert.deepEqual([...stores.read(name)], bodies, where))
  const resumed = faultOf(() => stores.resume(name, session).close())
  const again = faultOf(() => stores.resume(name, session).close())
  assert.equal(again?.code, resumed?.code, `${where}: the second try to resume`)
  assert.deepEqual(readFileSync(file), before, `${where}: the file was changed`)
  return { ...(read && { read }), ...(resumed && { resumed }) }
}

/** The error by which a file is refused, whatever is asked of it. */
function refusal(root: string, code: ErrorCode): TrialistError {
  const stores = sqlite({ root })
  const before = readFileSync(join(root, name, 'log.db'))
  throwsCode(code, () => stores.create(name, session))
  throwsCode(code, () => [...stores.read(name)])
  throwsCode(code, () => stores.exists(name))
  const fault = throwsCode(code, () => stores.resume(name, session))
  assert.deepEqual(readFileSync(join(root, name, 'log.db')), before)
  return fault
}

function faultOf(body: () => void): TrialistError | undefined {
  try {
    body()
    return undefined
  } catch (thrown) {
    if (thrown instanceof TrialistError) return thrown
    throw thrown
  }
}
