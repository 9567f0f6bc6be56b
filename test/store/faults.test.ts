// Faults of the surroundings, met by real processes: another engine, no space, folders that may not be written.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

import { wallTimeMs } from '../../src/base/clock.ts'
import { sqlite } from '../../src/store/sqlite.ts'
import { throwsCode } from '../../src/testing/store.ts'
import { numberedBatch } from './numbered.ts'
import { start } from './process.ts'

const folder = mkdtempSync(join(tmpdir(), 'trialist-store-faults-'))
after(() => rmSync(folder, { recursive: true }))
chmodSync(folder, 0o755)
const session = { startedWallMs: 0, facts: {} }

test('another engine has the experiment: it is named, and free as soon as that process is killed', async () => {
  const root = freshRoot()
  const stores = sqlite({ root })
  const other = start({ root, does: 'hold' })
  await other.until(/holding/)
  const { message } = throwsCode('experiment_locked', () => stores.resume('numbered', session))
  const since = /since (\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)/.exec(message)?.[1]
  assert.ok(message.includes(`the process ${other.child.pid} on ${hostname()} since`), message)
  assert.ok(Math.abs(Date.parse(since!) - wallTimeMs()) < 60_000, message)
  assert.match(message, /Wait until it ends, or stop it/)
  assert.deepEqual([...stores.read('numbered')], logOf(1), 'reading needs no lease')
  other.child.kill('SIGKILL')
  assert.equal(await other.end, 'SIGKILL')
  const store = stores.resume('numbered', session)
  const holder = JSON.parse(readFileSync(join(root, 'numbered', 'lease.json'), 'utf8')) as { pid: number }
  assert.equal(holder.pid, process.pid)
  store.append(numberedBatch(1))
  store.close()
  assert.deepEqual([...stores.read('numbered')], logOf(2))
})

test('an engine that ends by itself leaves the database in one file, and says nothing', async () => {
  const root = freshRoot()
  const other = start({ root, does: 'hold' })
  await other.until(/holding/)
  assert.deepEqual(filesIn(root), ['lease.db', 'lease.json', 'log.db', 'log.db-shm', 'log.db-wal'])
  other.child.stdin.end('go on\n')
  assert.equal(await other.end, 0)
  assert.equal(other.said(), 'holding\n', 'no warning of Node’s, such as that its SQLite is experimental')
  assert.deepEqual(filesIn(root), ['lease.db', 'log.db'])
})

for (const durability of ['process', 'power'] as const) {
  test(`${durability}: files may not grow: nothing of the batch is kept, and all of it once they may`, async () => {
    const root = freshRoot()
    const limited = start({ root, does: 'fill', durability }, 'ulimit -S -f 300; exec "$@"')
    await limited.until(/(disk_full \d+\n){3}/)
    const [, ...full] = /^disk_full (\d+)\ndisk_full (\d+)\ndisk_full (\d+)\n$/.exec(limited.said())!
    const length = Number(full[0])
    assert.deepEqual(full, Array(3).fill(String(length)), 'the batch that found no space finds none, again and again')
    assert.ok(length > 10, `${length} batches found space`)
    assert.deepEqual([...sqlite({ root }).read('numbered')], logOf(length))
    execFileSync('prlimit', ['--pid', String(limited.child.pid), '--fsize=unlimited'])
    limited.child.stdin.end('go on\n')
    assert.equal(await limited.end, 0, limited.said())
    assert.match(limited.said(), new RegExp(`kept ${length + 21}\n$`))
    assert.deepEqual([...sqlite({ root }).read('numbered')], logOf(length + 21))
  })
}

test('no space for a new experiment: its name stays free', async () => {
  const root = freshRoot()
  for (const blocks of [0, 8]) {
    const limited = start({ root, does: 'create' }, `ulimit -S -f ${blocks}; exec "$@"`)
    await limited.end
    assert.match(limited.said(), /^disk_full: there is no space to write .*numbered\/(log|lease)\.db/)
    assert.equal(existsSync(join(root, 'numbered', 'log.db')), false)
    assert.deepEqual(filesIn(root), ['lease.db'])
  }
  assert.equal(await finished(start({ root, does: 'create' })), 'appended\n')
})

test('no space to go on: nothing changes', async () => {
  const root = written(3)
  const before = readFileSync(join(root, 'numbered', 'log.db'))
  const limited = await finished(start({ root, does: 'resume' }, 'ulimit -S -f 16; exec "$@"'))
  assert.match(limited, /^disk_full: /)
  assert.deepEqual(readFileSync(join(root, 'numbered', 'log.db')), before)
  assert.equal(await finished(start({ root, does: 'resume' })), 'appended\n')
  assert.deepEqual([...sqlite({ root }).read('numbered')], logOf(4))
})

test('a folder that may not be written: read_only, but it can be read', async () => {
  const root = written(3)
  const numbered = join(root, 'numbered')
  const before = filesIn(root)
  for (const path of [root, numbered]) chmodSync(path, 0o555)
  for (const does of ['resume', 'create'] as const) {
    const said = await finished(start({ root, does, asNobody: true }))
    const expected =
      does === 'resume' ? /^read_only: .*numbered can't be written.*read-only.*sqlite\(\{ root \}\)/ : /^name_taken/
    assert.match(said, expected)
  }
  assert.equal(await finished(start({ root, does: 'read', asNobody: true })), 'read 3\n')
  assert.deepEqual(filesIn(root), before)
})

test('a root that may not be written: read_only, and nothing is made', async () => {
  const root = freshRoot()
  chmodSync(root, 0o555)
  assert.match(
    await finished(start({ root, does: 'create', asNobody: true })),
    /^read_only: .*numbered can't be written/,
  )
  assert.deepEqual(readdirSync(root), [])
})

test('files that may not be written in a folder that may: read_only, whichever it is', async () => {
  for (const file of ['log.db', 'lease.db']) {
    const root = written(3)
    for (const path of [root, join(root, 'numbered')]) chmodSync(path, 0o777)
    for (const path of ['log.db', 'lease.db']) chmodSync(join(root, 'numbered', path), path === file ? 0o444 : 0o666)
    const said = await finished(start({ root, does: 'resume', asNobody: true }))
    assert.match(said, new RegExp(`^read_only: .*${file} can't be written`))
  }
})

test('someone who may only read reads beside a running engine', async () => {
  const root = freshRoot()
  const engine = start({ root, does: 'hold' })
  await engine.until(/holding/)
  for (const path of [root, join(root, 'numbered')]) chmodSync(path, 0o555)
  assert.equal(await finished(start({ root, does: 'read', asNobody: true })), 'read 1\n')
  engine.child.stdin.end('go on\n')
  assert.equal(await engine.end, 0, engine.said())
})

async function finished(process: ReturnType<typeof start>): Promise<string> {
  await process.end
  return process.said()
}

function freshRoot(): string {
  const root = mkdtempSync(join(folder, 'root-'))
  chmodSync(root, 0o755)
  return root
}

/** A root with a closed experiment of so many batches. */
function written(length: number): string {
  const root = freshRoot()
  mkdirSync(root, { recursive: true })
  const store = sqlite({ root }).create('numbered', session)
  for (let i = 0; i < length; i++) store.append(numberedBatch(i))
  store.close()
  return root
}

function logOf(length: number): string[] {
  return Array.from({ length }, (_, i) => numberedBatch(i).body)
}

function filesIn(root: string): string[] {
  return readdirSync(join(root, 'numbered')).sort()
}
